import PacketWire

/// The short ways for connections with probers: probes, their answers, and data between, as long as nothing is lost, late or
/// in doubt.
///
/// Each asks for what makes `Recogniser.examine` come to the same, and does no more than that would. What it cannot take is
/// left as it was.
extension Recognised {
  /// Takes a segment of a connection that has a prober, or that begins to have one with it.
  ///
  /// `ConnectionTable.absorb` does the same where only one end probes and nobody wants to be told.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - index: its connection's.
  ///   - side: who sent it.
  ///   - table: the connections.
  ///   - latest: the latest time of the capture before it.
  /// - Returns: whether it was taken; otherwise it is to be examined.
  mutating func absorb(
    _ segment: Segment, _ index: Int, from side: Side, _ table: inout ConnectionTable, after latest: Int64
  ) -> Bool {
    guard table.records[index].mayBeSteady(segment, from: side), hasTimes, clock.isQuiet(segment, after: latest)
    else { return false }
    var subject = Subject(index: index, side: side, prober: Int(table.records[index].prober))
    if !subject.hasProber {
      guard table.records[index].mayBeginProbing(with: segment, from: side) else { return false }
      subject = remember(subject, &table)
    }
    reasons.examined = nil
    let place = subject.prober >> 1
    guard !probers.records[place].marks.contains(.peerProbes) else {
      return absorbBeside(segment, subject, &table)
    }
    let before = wantsEvents ? probers.records[place] : nil
    let heard = table.records[index][side.peer].lastTime
    let outcome = probers.records[place].absorb(
      segment, from: side, &table.records[index], table.ends[index], waitsToBeTold: holdsAnswers)
    if outcome == .untaken { return absorbBare(segment, subject, &table) }
    guard let before else {
      tally.note(outcome, holdsAnswers: holdsAnswers)
      return true
    }
    switch outcome {
    case .untaken: return false
    case .other: break
    case .settles: tell(answerOf: before, by: segment, subject, table)
    case .probe(let settles):
      if settles { tell(answerOf: before, by: segment, subject, table) }
      tell(
        probe: HeldSegment(segment), unansweredBefore: 0, silence: Double(segment.time &- heard) / 1e9, doubt: nil,
        subject, table)
    case .answer:
      if !holdsAnswers, let pending = probers.records[place].pendingAnswer {
        tell(pending, isAccepted: nil, subject, table)
      }
    }
    return true
  }

  /// Tells the answer that a prober had room for before a segment that settles it.
  private mutating func tell(
    answerOf prober: ProberRecord, by segment: Segment, _ sender: Subject, _ table: ConnectionTable
  ) {
    guard let pending = prober.pendingAnswer else { return }
    let isOwn = sender.side == prober.side
    tell(
      pending, isAccepted: isOwn ? prober.hasAccepted(by: segment) : nil, isOwn ? sender.peer : sender, table)
  }

  /// Takes a segment where both ends have probed and no probe waits.
  private mutating func absorbBeside(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let receiver = table.records[subject.index][subject.side.peer]
    return segment.payloadLength == 0 && segment.acknowledgment == receiver.oldestUnacknowledged
      ? absorbBare(segment, subject, &table) : absorbData(segment, subject, &table)
  }

  /// Takes data at SND.NXT, or an acknowledgment of it.
  private mutating func absorbData(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (own, peer) = (probers.place(subject), probers.place(subject.peer))
    guard !probers.records[own].isOpen, !probers.records[peer].isOpen, !probers[connectionOf: subject].hasOpenSilence,
      original(of: segment, subject) == nil, table.records[subject.index].absorbData(segment, from: subject.side)
    else { return false }
    probers.records[peer].marks.subtract([.heardAnswerLast, .hasCause])
    return true
  }

  /// Takes a bare acknowledgment of old, at SND.NXT or one octet below it, that is no probe because it comes too soon, and no
  /// answer because no probe waits.
  private mutating func absorbBare(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (own, peer) = (probers.place(subject), probers.place(subject.peer))
    let record = table.records[subject.index]
    let (sender, receiver) = (record[subject.side], record[subject.side.peer])
    guard peer > 0, segment.payloadLength == 0, segment.window != 0, receiver.window != 0, sender.hasNothingInFlight,
      segment.acknowledgment == receiver.oldestUnacknowledged,
      !probers.records[own].isOpen, !probers.records[peer].isOpen, !probers[connectionOf: subject].hasOpenSilence,
      segment.time &- sender.lastTime < Reaction.longestDelayedAcknowledgment,
      original(of: segment, subject) == nil
    else { return false }
    if segment.sequence == sender.nextToSend {
      if !probers.records[peer].marks.contains(.hasCause) {
        probers.records[peer].cause = (sender.lastTime, Int(sender.lastFrame))
      }
    } else {
      let cause = probers.records[own].marks.contains(.hasCause) ? probers.records[own].causeTime : receiver.lastTime
      guard segment.sequence.advanced(by: 1) == sender.nextToSend, cause != ProberRecord.unknown,
        segment.time &- cause < NetworkPath.longestCrossing,
        probers.records[own].early?.isCrossed(by: HeldSegment(segment)) != true,
        // The general way ends probers of which nothing is known any more.
        !probers.records[own].isIdle || probers.records[peer].hasEvidence
      else { return false }
      probers.records[peer].marks.remove(.hasCause)
    }
    probers.records[peer].marks.remove(.heardAnswerLast)
    table.records[subject.index].update(segment, from: subject.side, isProbe: false)
    return true
  }
}

extension EventTally {
  /// Counts what a segment was that was taken the short way.
  @inline(__always)
  mutating func note(_ outcome: ProberRecord.Outcome, holdsAnswers: Bool) {
    switch outcome {
    case .untaken, .other: break
    case .settles: answers &+= 1
    case .probe(let settles):
      probes &+= 1
      if settles { answers &+= 1 }
    case .answer: if !holdsAnswers { answers &+= 1 }
    }
  }
}

extension Connection {
  /// Whether a segment is one without SYN, FIN, RST and URG of a connection of which both ends were heard, and of which nothing
  /// is open that makes each segment worth a closer look.
  @inline(__always)
  func mayBeSteady(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    return traits.isDisjoint(with: .notPlain) && segment.flags.subtracting(.psh) == .ack
      && sender.knowledge.isSuperset(of: [.heard, .nextToSend, .acknowledged, .lastTime])
      && self[side.peer].knowledge.isSuperset(of: [.heard, .lastTime])
      && segment.traits.contains(.timestamps) == sender.knowledge.contains(.timestamps)
      && segment.time >= lastTime
      && (segment.identification == 0 || segment.identification != sender.identification
        || !isRenumbered(segment, from: side))
  }

  /// Whether a segment stands where a probe does, after a silence of its peer.
  @inline(__always)
  fileprivate func mayBeginProbing(with segment: Segment, from side: Side) -> Bool {
    self[side].hasNothingInFlight && segment.sequence.advanced(by: 1) == self[side].nextToSend
      && segment.payloadLength <= 1 && segment.time &- self[side.peer].lastTime >= KeepaliveTimer.shortestIdle
  }

  /// Takes data at SND.NXT, or an acknowledgment that brings something new, after no long silence.
  ///
  /// - Returns: whether it was; otherwise nothing is changed.
  fileprivate mutating func absorbData(_ segment: Segment, from side: Side) -> Bool {
    guard segment.sequence == self[side].nextToSend, segment.payloadLength != 1, segment.window != 0,
      segment.time &- self[side].lastTime < NetworkPath.tellingSilence,
      segment.time &- lastTime < NetworkPath.tellingSilence, !self[side].isRetransmitting(segment)
    else { return false }
    update(segment, from: side, isProbe: false)
    return true
  }

  /// The length of the silence that a segment ends, where it is long enough to tell something, otherwise 0.
  ///
  /// - Returns: `nil` where that is to be looked at more closely.
  @inline(__always)
  fileprivate func tellingSilence(endedBy segment: Segment, after latest: Int64) -> Int64? {
    guard segment.time &- latest >= NetworkPath.tellingSilence else { return 0 }
    return first.hasNothingInFlight && second.hasNothingInFlight && latest > 0 ? segment.time &- latest : nil
  }
}

/// The same where only one end probes: what each of the connection's segments does to it.
extension ProberRecord {
  /// What became of a segment.
  enum Outcome: Equatable {
    /// It is to be examined, and nothing is changed.
    case untaken
    /// It was a probe; whether it settles an answer that waits to be told.
    case probe(settles: Bool)
    /// It was the answer to the latest probe.
    case answer
    /// It was data, or an acknowledgment of it, and settles an answer that waits to be told.
    case settles
    /// It was that, and settles none.
    case other
  }

  /// Takes a segment of a connection of which this is the only prober.
  @inline(__always)
  mutating func absorb(
    _ segment: Segment, from sender: Side, _ connection: inout Connection, _ ends: @autoclosure () -> ConnectionEnds,
    waitsToBeTold: Bool
  ) -> Outcome {
    if sender == side, connection[sender].hasNothingInFlight,
      segment.sequence.advanced(by: 1) == connection[sender].nextToSend
    {
      let settles = hasAnswerToTell
      if isUntimely(segment, from: sender, connection) {
        return absorb(data: segment, from: sender, &connection) ? settles ? .settles : .other : .untaken
      }
      if segment.payloadLength > 0 {
        // Its octet is garbage: what was sent before it is known, and was not that octet alone.
        guard segment.payloadLength == 1, connection.hasSeenEnd(of: sender),
          !ends().hasSentOneOctet(below: segment.end, from: sender)
        else { return .untaken }
      }
      return absorb(probe: segment, &connection) ? .probe(settles: settles) : .untaken
    }
    guard segment.sequence == connection[sender].nextToSend || isUntimely(segment, from: sender, connection) else {
      return .untaken
    }
    if segment.payloadLength == 0, segment.sequence == connection[sender].nextToSend,
      segment.acknowledgment == connection[sender.peer].oldestUnacknowledged
    {
      guard sender != side, absorb(answer: segment, &connection, waitsToBeTold: waitsToBeTold) else {
        return .untaken
      }
      return .answer
    }
    let settles = hasAnswerToTell
    return absorb(data: segment, from: sender, &connection) ? settles ? .settles : .other : .untaken
  }

  /// Whether a segment stands where a probe does, but so soon after its peer was heard that it is none (`KeepaliveRule`,
  /// point 3).
  @inline(__always)
  private func isUntimely(_ segment: Segment, from sender: Side, _ connection: Connection) -> Bool {
    guard segment.payloadLength == 0, !marks.contains(.hasCause), connection[sender].hasNothingInFlight,
      segment.sequence.advanced(by: 1) == connection[sender].nextToSend
    else { return false }
    return segment.time &- connection[sender.peer].lastTime < NetworkPath.longestCrossing
  }

  /// Whether the latest answer waits to be told.
  @inline(__always)
  private var hasAnswerToTell: Bool { marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold]) }

  /// Whether each segment is to be looked at more closely, or an answer is awaited.
  @inline(__always)
  fileprivate var isOpen: Bool { !marks.isDisjoint(with: [.needsCloserLook, .latestIsWaiting, .answerIsPending]) }

  // MARK: - A probe

  /// Takes a probe after one that was answered, or the first.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  private mutating func absorb(probe segment: Segment, _ connection: inout Connection) -> Bool {
    let sender = connection[side]
    let heard = connection[side.peer].lastTime
    let shortest = max(KeepaliveTimer.shortestIdle, roundTrip(to: side) ?? 0)
    guard segment.flags == .ack, connection[side.peer].window != 0, segment.time &- heard >= shortest,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      !segment.traits.contains(.timestamps)
        || Int32(bitPattern: segment.timestampValue &- sender.timestampValue) >= 0,
      marks.isDisjoint(with: [.needsCloserLook, .keepsRecent, .latestIsWaiting]), unansweredRun == 0, !hasOpenSilence,
      !marks.contains(.hasCause) || causeTime != Self.unknown && segment.time &- causeTime >= shortest,
      !marks.contains(.answerIsPending) || isSettled(by: segment)
    else { return false }
    if let time = latest?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified, time <= heard else { return false }
    }
    guard let silence = connection.tellingSilence(endedBy: segment, after: connection.lastTime),
      let tick = measuredTick(segment, sender, side, latest)
    else { return false }
    settleAnswer()
    take(probe: HeldSegment(segment), after: Double(segment.time &- heard) / 1e9)
    if silence > 0 { open(silence: silence, endedBy: side, isProbe: true) }
    if tick > 0 { self[tickOf: side] = tick }
    connection.updateIdle(segment, from: side, isProbe: true)
    return true
  }

  /// Whether a segment of the prober leaves nothing open of the latest answer.
  ///
  /// It changes nothing, but for a function that may not, the whole record would be copied.
  private mutating func isSettled(by segment: Segment) -> Bool {
    guard let answer else { return true }
    let hasForm = KeepaliveRule.hasForm(segment)
    if hasForm, segment.time &- answer.time <= NetworkPath.longestCrossing { return false }
    if answer.hasTimestamps, segment.traits.contains(.timestamps) {
      guard segment.time &- answer.time > roundTrip(to: side) ?? NetworkPath.likelyRoundTrip else { return false }
      return !marks.contains(.answerIsNewer) || hasAccepted(by: segment) == true
    }
    guard hasForm, let latest, segment.sequence == latest.sequence else { return true }
    return !gapHasFallen(Double(segment.time &- latest.time) / 1e9)
  }

  /// Whether a segment of the prober shows that it accepted the latest answer; `nil` where it does not tell.
  @inline(__always)
  fileprivate func hasAccepted(by segment: Segment) -> Bool? {
    guard marks.contains(.answerIsNewer), let answer, answer.hasTimestamps, segment.traits.contains(.timestamps)
    else { return nil }
    return Int32(bitPattern: segment.timestampEcho &- answer.timestampValue) >= 0
  }

  // MARK: - An answer

  /// Takes the answer to the latest probe, the only one that waits.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  private mutating func absorb(
    answer segment: Segment, _ connection: inout Connection, waitsToBeTold: Bool
  ) -> Bool {
    let sender = connection[side.peer]
    guard segment.flags == .ack, segment.window != 0, unansweredRun == 1, marks.contains(.latestIsWaiting),
      marks.isDisjoint(with: [.answersComeEarly, .answerIsPending, .needsCloserLook, .keepsRecent]),
      segment.time &- sender.lastTime >= Reaction.longestDelayedAcknowledgment,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      let latest, segment.acknowledgment == latest.sequence.advanced(by: 1), segment.time >= latest.time
    else { return false }
    if let time = answer?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified else { return false }
    }
    guard !hasOpenSilence || sideOfOpenSilence == side,
      hasOpenSilence || segment.time &- latest.time < NetworkPath.tellingSilence,
      isCertain(answerAt: segment.time, of: latest, roundTrip: roundTrip(to: side.peer)),
      let tick = measuredTick(segment, sender, side.peer, nil)
    else { return false }
    if hasOpenSilence { surviveOpenSilence() }
    if tick > 0 { self[tickOf: side.peer] = tick }
    if !marks.contains(.hasCause) { cause = (sender.lastTime, Int(sender.lastFrame)) }
    let isNewer = latest.hasTimestamps && Int32(bitPattern: segment.timestampValue &- latest.timestampEcho) > 0
    take(
      answer: HeldSegment(segment), heardBefore: sender.lastTime, isNewer: isNewer, waitsToBeTold: waitsToBeTold)
    connection.updateIdle(segment, from: side.peer, isProbe: false)
    return true
  }

  // MARK: - Data

  /// Takes data at SND.NXT, or an acknowledgment of it, while no probe waits.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  private mutating func absorb(data segment: Segment, from sender: Side, _ connection: inout Connection) -> Bool {
    let isOwn = sender == side
    let survives = hasOpenSilence && sideOfOpenSilence != sender
    guard segment.payloadLength != 1, segment.window != 0, survives || !hasOpenSilence,
      marks.isDisjoint(with: [.needsCloserLook, .keepsRecent, .latestIsWaiting]),
      !connection[sender].isRetransmitting(segment),
      !isOwn || !marks.contains(.answerIsPending) || isSettled(by: segment)
    else { return false }
    let latestPacket = max(connection.lastTime, latest?.time ?? 0)
    guard let silence = survives ? 0 : connection.tellingSilence(endedBy: segment, after: latestPacket),
      let tick = measuredTick(segment, connection[sender], sender, isOwn ? latest : nil)
    else { return false }
    settleAnswer()
    if !isOwn { marks.subtract([.heardAnswerLast, .hasCause]) }
    if survives { surviveOpenSilence() }
    if silence > 0 { open(silence: silence, endedBy: sender, isProbe: false) }
    if tick > 0 { self[tickOf: sender] = tick }
    connection.update(segment, from: sender, isProbe: false)
    return true
  }

  // MARK: - The clock

  /// The tick of the timestamps of an end, where a silence tells it, otherwise 0.
  ///
  /// - Parameters:
  ///   - segment: a segment of that end.
  ///   - sender: the end.
  ///   - side: which it is.
  ///   - probe: its latest probe.
  /// - Returns: `nil` where the timestamps disagree with the capture's clock.
  @inline(__always)
  private func measuredTick(
    _ segment: Segment, _ sender: Endpoint, _ side: Side, _ probe: HeldSegment?
  ) -> Int64? {
    guard segment.time &- sender.lastTime >= NetworkPath.tellingSilence, segment.traits.contains(.timestamps) else {
      return 0
    }
    var since = sender.lastTime
    if let probe, probe.timestampValue == sender.timestampValue { since = probe.time }
    let known = self[tickOf: side]
    guard segment.time &- since >= NetworkPath.tellingSilence,
      let comparison = TimestampComparison(
        since: since, until: segment.time, advance: segment.timestampValue &- sender.timestampValue, tick: known)
    else { return 0 }
    guard comparison.disagreement == nil else { return nil }
    return comparison.tick == known ? 0 : comparison.tick ?? 0
  }
}
