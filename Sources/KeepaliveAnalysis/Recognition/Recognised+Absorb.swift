import PacketWire

/// The short ways for connections with probers: probes, their answers, and data between, as long as nothing is lost, late or
/// in doubt.
///
/// Each asks for what makes `Recogniser.examine` come to the same, and does no more than that would. What it cannot take is
/// left as it was.
extension Recognised {
  /// Takes a segment of a connection that has a prober, or that begins to have one with it.
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
    reasons.examined = nil
    let sender = table.records[index][side]
    if sender.hasNothingInFlight, segment.sequence.advanced(by: 1) == sender.nextToSend {
      return absorb(probe: segment, index, side, &table)
    }
    let subject = Subject(index: index, side: side, prober: Int(table.records[index].prober))
    guard subject.hasProber, segment.sequence == sender.nextToSend else { return false }
    let bringsNothing =
      segment.payloadLength == 0
      && segment.acknowledgment == table.records[index][side.peer].oldestUnacknowledged
    return bringsNothing ? absorb(answer: segment, subject, &table) : absorb(other: segment, subject, &table)
  }

  /// Takes a probe after one that was answered, or the first, of the only end that probes.
  private mutating func absorb(
    probe segment: Segment, _ index: Int, _ side: Side, _ table: inout ConnectionTable
  ) -> Bool {
    let heard = table.records[index][side.peer].lastTime
    guard segment.payloadLength <= 1, segment.time &- heard >= KeepaliveTimer.shortestIdle else { return false }
    if segment.payloadLength > 0 {
      // Its octet is garbage: what was sent before it is known, and was not that octet alone.
      guard table.records[index].hasSeenEnd(of: side),
        !table.ends[index].hasSentOneOctet(below: segment.end, from: side)
      else { return false }
    }
    let prober = Subject(index: index, side: side, prober: Int(table.records[index].prober))
    let subject = prober.hasProber ? prober : remember(prober, &table)
    let place = subject.prober >> 1
    guard subject.isFirstProber, records[place].other == 0 else { return false }
    let before = wantsEvents ? records[place] : nil
    let answerIsSettled = records[place].marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold])
    guard records[place].absorb(probe: segment, &table.records[index]) else { return false }
    if let before {
      if answerIsSettled, let pending = before.pendingAnswer {
        tell(pending, isAccepted: before.hasAccepted(by: segment), subject.peer, table)
      }
      tell(
        probe: HeldSegment(segment), unansweredBefore: 0, silence: Double(segment.time &- heard) / 1e9, doubt: nil,
        subject, table)
    } else {
      tally.probes += 1
      if answerIsSettled { tally.answers += 1 }
    }
    return true
  }

  /// Takes the answer to the latest probe, the only one that waits, of the only end that probes.
  private mutating func absorb(answer segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let place = subject.prober >> 1
    guard subject.peer.isFirstProber, records[place].other == 0,
      records[place].absorb(answer: segment, &table.records[subject.index], waitsToBeTold: holdsAnswers)
    else { return false }
    if !holdsAnswers { tellPendingAnswer(place, isAccepted: nil, subject, table) }
    return true
  }

  /// Takes data at SND.NXT, or an acknowledgment of it, while no probe waits.
  private mutating func absorb(other segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let (own, peer, whole) = (place(subject), place(subject.peer), subject.prober >> 1)
    let sender = table.records[index][side]
    let isSurvived = records[whole].hasOpenSilence && records[whole].sideOfOpenSilence == side.peer
    guard segment.payloadLength != 1, segment.window != 0, isSurvived || !records[whole].hasOpenSilence,
      records[own].marks.union(records[peer].marks).isDisjoint(with: [.needsCloserLook, .latestIsWaiting]),
      !sender.isRetransmitting(segment),
      own == 0 || !records[own].marks.contains(.answerIsPending) || records[own].isSettled(by: segment)
    else { return false }
    let latest = max(
      table.records[index].lastTime, records[own].latest?.time ?? 0, records[peer].latest?.time ?? 0)
    let silence = isSurvived ? 0 : table.records[index].tellingSilence(endedBy: segment, after: latest)
    guard let silence, let tick = records[whole].measuredTick(segment, sender, side, records[own].latest)
    else { return false }
    if records[own].marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold]) {
      tellPendingAnswer(own, isAccepted: records[own].hasAccepted(by: segment), subject.peer, table)
    }
    if own > 0 { records[own].settleAnswer() }
    if records[peer].marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold]) {
      tellPendingAnswer(peer, isAccepted: nil, subject, table)
    }
    if peer > 0 { records[peer].marks.subtract([.answerIsPending, .heardAnswerLast, .hasCause]) }
    records[whole].note(data: segment, from: side, silence: silence, survives: isSurvived, tick: tick)
    table.records[index].update(segment, from: side, isProbe: false)
    return true
  }

  /// Tells the one answer for which the prober at a place has room.
  private mutating func tellPendingAnswer(
    _ place: Int, isAccepted: Bool?, _ subject: Subject, _ table: ConnectionTable
  ) {
    guard wantsEvents else {
      tally.answers += 1
      return
    }
    if let pending = records[place].pendingAnswer { tell(pending, isAccepted: isAccepted, subject, table) }
  }
}

extension Connection {
  /// Whether a segment is one without SYN, FIN, RST and URG of a connection of which both ends were heard, and of which nothing
  /// is open that makes each segment worth a closer look.
  @inline(__always)
  fileprivate func mayBeSteady(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    return traits.isDisjoint(with: .notPlain) && segment.flags.subtracting(.psh) == .ack
      && sender.knowledge.isSuperset(of: [.heard, .nextToSend, .acknowledged, .lastTime])
      && self[side.peer].knowledge.isSuperset(of: [.heard, .lastTime])
      && segment.traits.contains(.timestamps) == sender.knowledge.contains(.timestamps)
      && segment.time >= lastTime
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

extension ProberRecord {
  // MARK: - A probe

  /// Takes a probe after one that was answered, or the first.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  fileprivate mutating func absorb(probe segment: Segment, _ connection: inout Connection) -> Bool {
    let sender = connection[side]
    let heard = connection[side.peer].lastTime
    let shortest = max(KeepaliveTimer.shortestIdle, roundTrip(to: side) ?? 0)
    guard segment.flags == .ack, connection[side.peer].window != 0, segment.time &- heard >= shortest,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      !segment.traits.contains(.timestamps)
        || Int32(bitPattern: segment.timestampValue &- sender.timestampValue) >= 0,
      marks.isDisjoint(with: [.needsCloserLook, .latestIsWaiting]), unansweredRun == 0, !hasOpenSilence,
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
    connection.update(segment, from: side, isProbe: true)
    return true
  }

  /// Whether a segment of the prober leaves nothing open of the latest answer.
  @inline(__always)
  fileprivate func isSettled(by segment: Segment) -> Bool {
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
  fileprivate mutating func absorb(
    answer segment: Segment, _ connection: inout Connection, waitsToBeTold: Bool
  ) -> Bool {
    let sender = connection[side.peer]
    guard segment.flags == .ack, segment.window != 0, unansweredRun == 1, marks.contains(.latestIsWaiting),
      marks.isDisjoint(with: [.answersComeEarly, .answerIsPending, .needsCloserLook]),
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
    connection.update(segment, from: side.peer, isProbe: false)
    return true
  }

  // MARK: - The whole connection

  /// Takes what data or an acknowledgment of it tells of the connection.
  @inline(__always)
  fileprivate mutating func note(
    data segment: Segment, from side: Side, silence: Int64, survives: Bool, tick: Int64
  ) {
    if survives { surviveOpenSilence() }
    if silence > 0 { open(silence: silence, endedBy: side, isProbe: false) }
    if tick > 0 { self[tickOf: side] = tick }
    if segment.payloadLength > 0 { latestDataTime = segment.time }
  }

  /// The tick of the timestamps of an end, where a silence tells it, otherwise 0.
  ///
  /// - Parameters:
  ///   - segment: a segment of that end.
  ///   - sender: the end.
  ///   - side: which it is.
  ///   - probe: its latest probe.
  /// - Returns: `nil` where the timestamps disagree with the capture's clock.
  @inline(__always)
  fileprivate func measuredTick(
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
