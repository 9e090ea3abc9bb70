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
  @inline(__always)
  mutating func absorb(
    _ segment: Segment, _ index: Int, from side: Side, _ table: inout ConnectionTable, after latest: Int64
  ) -> Bool {
    guard table.records[index].traits.isDisjoint(with: .notPlain), hasTimes,
      segment.flags.isDisjoint(with: [.syn, .fin, .rst, .urg]), segment.flags.contains(.ack),
      clock.isQuiet(segment, after: latest)
    else { return false }
    let subject = Subject(index: index, side: side, prober: Int(table.records[index].prober))
    let sender = table.records[index][side]
    guard sender.knowledge.isSuperset(of: [.heard, .nextToSend, .acknowledged, .lastTime]),
      table.records[index][side.peer].knowledge.isSuperset(of: [.heard, .lastTime]),
      segment.traits.contains(.timestamps) == sender.knowledge.contains(.timestamps),
      segment.time >= table.records[index].lastTime
    else { return false }
    reasons.examined = nil
    if KeepaliveRule.standing(of: segment, from: sender) == .belowNext {
      return absorb(probe: segment, subject, &table)
    }
    guard subject.hasProber, segment.sequence == sender.nextToSend else { return false }
    let bringsNothing =
      segment.payloadLength == 0
      && segment.acknowledgment == table.records[index][side.peer].oldestUnacknowledged
    return bringsNothing ? absorb(answer: segment, subject, &table) : absorb(other: segment, subject, &table)
  }

  // MARK: - A probe

  /// Takes a probe after one that was answered, or the first.
  private mutating func absorb(probe segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let (sender, peer) = (table.records[index][side], table.records[index][side.peer])
    guard segment.flags == .ack, peer.window != 0, sender.hasNothingInFlight,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      !sender.knowledge.contains(.timestamps)
        || Int32(bitPattern: segment.timestampValue &- sender.timestampValue) >= 0,
      isGarbage(segment, subject, table),
      let since = isTimely(probe: segment, subject, peer, table.ends[index]),
      let settlement = settlement(by: segment, subject, table.ends[index]),
      let silence = newSilence(endedBy: segment, subject, table.records[index]),
      let tick = measuredTick(segment, subject, sender)
    else { return false }
    let subject = remember(subject, &table)
    settle(settlement, subject, table)
    let held = HeldSegment(segment)
    let gap = Double(segment.time &- since) / 1e9
    records[place(subject)].take(probe: held, after: gap)
    note(silence, endedBy: subject, isProbe: true)
    note(tick, subject)
    table.records[index].update(segment, from: side, isProbe: true)
    tell(probe: held, unansweredBefore: 0, silence: gap, doubt: nil, subject, table)
    return true
  }

  /// Whether an octet that a segment carries is garbage: what was sent before it is known, and was not that octet alone.
  @inline(__always)
  private func isGarbage(_ segment: Segment, _ subject: Subject, _ table: ConnectionTable) -> Bool {
    segment.payloadLength == 0
      || table.records[subject.index].hasSeenEnd(of: subject.side)
        && !table.ends[subject.index].hasSentOneOctet(below: segment.end, from: subject.side)
  }

  /// Whether a probe comes after a silence that no round trip explains, to a prober that waits for nothing.
  ///
  /// - Returns: when the peer was last heard; `nil` where the probe is to be looked at more closely.
  @inline(__always)
  private func isTimely(
    probe segment: Segment, _ subject: Subject, _ peer: Endpoint, _ ends: ConnectionEnds
  ) -> Int64? {
    let shortest = max(KeepaliveTimer.shortestIdle, ends.roundTrip(to: subject.side) ?? 0)
    guard segment.time &- peer.lastTime >= shortest else { return nil }
    guard subject.hasProber else { return peer.lastTime }
    let waits = records[place(subject)].unansweredRun > 0 || records[place(subject)].isAwaitingAnswer
    guard !waits, !isOpen(subject), !records[subject.prober >> 1].hasOpenSilence else { return nil }
    if let cause = records[place(subject)].cause {
      guard let time = cause.time, segment.time &- time >= shortest else { return nil }
    }
    if let latest = records[place(subject)].latest {
      guard segment.time &- latest.time > CapturePlaces.delayIdentified, latest.time <= peer.lastTime else {
        return nil
      }
    }
    // An own answer to the peer's probe: no copy of it either.
    if let answer = records[place(subject.peer)].takenAnswer {
      guard segment.time &- answer.time > CapturePlaces.delayIdentified else { return nil }
    }
    return peer.lastTime
  }

  // MARK: - An answer

  /// Takes the answer to the latest probe, the only one that waits.
  private mutating func absorb(answer segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let prober = subject.peer
    let sender = table.records[index][side]
    guard segment.flags == .ack, segment.window != 0, let probe = records[place(prober)].latest,
      records[place(prober)].unansweredRun == 1,
      records[place(prober)].marks.isDisjoint(with: [.answersComeEarly, .answerIsPending]),
      records[place(prober)].marks.contains(.latestIsWaiting), !isOpen(subject),
      !records[place(subject)].marks.contains(.answerIsPending),
      segment.acknowledgment == probe.sequence.advanced(by: 1), segment.time >= probe.time,
      segment.time &- sender.lastTime >= Reaction.longestDelayedAcknowledgment,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive)
    else { return false }
    if let earlier = records[place(prober)].answer {
      guard segment.time &- earlier.time > CapturePlaces.delayIdentified else { return false }
    }
    if let own = records[place(subject)].latest {
      guard segment.time &- own.time > CapturePlaces.delayIdentified else { return false }
    }
    let roundTrip = table.ends[index].roundTrip(to: side)
    let isSurvived =
      records[subject.prober >> 1].hasOpenSilence && records[subject.prober >> 1].sideOfOpenSilence == prober.side
    guard records[place(prober)].isCertain(answerAt: segment.time, of: probe, roundTrip: roundTrip),
      isSurvived || segment.time &- probe.time < NetworkPath.tellingSilence,
      isSurvived || !records[subject.prober >> 1].hasOpenSilence, let tick = measuredTick(segment, subject, sender)
    else { return false }
    if isSurvived { records[subject.prober >> 1].surviveOpenSilence() }
    note(tick, subject)
    if records[place(prober)].cause == nil { records[place(prober)].cause = (sender.lastTime, Int(sender.lastFrame)) }
    let isNewer = probe.hasTimestamps && Int32(bitPattern: segment.timestampValue &- probe.timestampEcho) > 0
    records[place(prober)].take(
      answer: HeldSegment(segment), heardBefore: sender.lastTime, isNewer: isNewer, waitsToBeTold: holdsAnswers)
    if !holdsAnswers, let pending = records[place(prober)].pendingAnswer {
      tell(pending, isAccepted: nil, subject, table)
    }
    table.records[index].update(segment, from: side, isProbe: false)
    return true
  }

  // MARK: - Data

  /// Takes data at SND.NXT, or an acknowledgment of it, while no probe waits.
  private mutating func absorb(other segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let sender = table.records[index][side]
    let whole = records[subject.prober >> 1].hasOpenSilence
    let isSurvived = whole && records[subject.prober >> 1].sideOfOpenSilence == side.peer
    guard segment.payloadLength != 1, segment.window != 0, !isOpen(subject), isSurvived || !whole,
      !records[place(subject)].isAwaitingAnswer, !records[place(subject.peer)].isAwaitingAnswer,
      !sender.isRetransmitting(segment), let settlement = settlement(by: segment, subject, table.ends[index]),
      let silence = isSurvived ? 0 : newSilence(endedBy: segment, subject, table.records[index]),
      let tick = measuredTick(segment, subject, sender)
    else { return false }
    settle(settlement, subject, table)
    noteOther(than: subject.peer, table)
    forgetCause(of: subject.peer)
    if isSurvived { records[subject.prober >> 1].surviveOpenSilence() }
    note(silence, endedBy: subject, isProbe: false)
    note(tick, subject)
    if segment.payloadLength > 0 { records[subject.prober >> 1].latestDataTime = segment.time }
    table.records[index].update(segment, from: side, isProbe: false)
    return true
  }

  // MARK: - What all have in common

  /// Whether anything is open of either end that each segment has to be looked at for.
  @inline(__always)
  private func isOpen(_ subject: Subject) -> Bool {
    records[place(subject)].marks.union(records[place(subject.peer)].marks).contains(.needsCloserLook)
  }

  /// What a prober's segment tells of the latest answer.
  private enum Settlement {
    /// No answer is open.
    case nothing
    /// It was accepted; `nil` where the packets do not tell.
    case settled(isAccepted: Bool?)
  }

  /// What a segment of a prober tells of the latest answer; `nil` where that is to be looked at more closely.
  @inline(__always)
  private func settlement(by segment: Segment, _ subject: Subject, _ ends: ConnectionEnds) -> Settlement? {
    guard records[place(subject)].marks.contains(.answerIsPending), let answer = records[place(subject)].answer else {
      return .nothing
    }
    if KeepaliveRule.hasForm(segment), segment.time &- answer.time <= NetworkPath.longestCrossing { return nil }
    guard answer.hasTimestamps, segment.traits.contains(.timestamps) else {
      guard let latest = records[place(subject)].latest, KeepaliveRule.hasForm(segment),
        segment.sequence == latest.sequence
      else { return .settled(isAccepted: nil) }
      return records[place(subject)].gapHasFallen(Double(segment.time &- latest.time) / 1e9)
        ? nil : .settled(isAccepted: nil)
    }
    guard segment.time &- answer.time > ends.roundTrip(to: subject.side) ?? NetworkPath.likelyRoundTrip else {
      return nil
    }
    guard records[place(subject)].marks.contains(.answerIsNewer) else { return .settled(isAccepted: nil) }
    return Int32(bitPattern: segment.timestampEcho &- answer.timestampValue) >= 0 ? .settled(isAccepted: true) : nil
  }

  @inline(__always)
  private mutating func settle(_ settlement: Settlement, _ subject: Subject, _ table: ConnectionTable) {
    guard case .settled(let isAccepted) = settlement else { return }
    if records[place(subject)].marks.contains(.answerWaitsToBeTold), let pending = records[place(subject)].pendingAnswer
    {
      tell(pending, isAccepted: isAccepted, subject.peer, table)
    }
    records[place(subject)].settleAnswer()
  }

  /// The length of the silence that a segment ends, where it is long enough to tell something, otherwise 0; `nil` where that is
  /// to be looked at more closely.
  @inline(__always)
  private func newSilence(endedBy segment: Segment, _ subject: Subject, _ record: Connection) -> Int64? {
    var latest = record.lastTime
    guard segment.time &- latest >= NetworkPath.tellingSilence else { return 0 }
    if subject.hasProber {
      latest = max(latest, records[place(subject)].latest?.time ?? 0, records[place(subject.peer)].latest?.time ?? 0)
      guard segment.time &- latest >= NetworkPath.tellingSilence else { return 0 }
    }
    return record.first.hasNothingInFlight && record.second.hasNothingInFlight && latest > 0
      ? segment.time &- latest : nil
  }

  @inline(__always)
  private mutating func note(_ silence: Int64, endedBy subject: Subject, isProbe: Bool) {
    if silence > 0 { records[subject.prober >> 1].open(silence: silence, endedBy: subject.side, isProbe: isProbe) }
  }

  /// The tick of the sender's timestamps, where a silence tells it, otherwise 0; `nil` where they disagree with the capture's
  /// clock.
  @inline(__always)
  private func measuredTick(_ segment: Segment, _ subject: Subject, _ sender: Endpoint) -> Int64? {
    guard segment.time &- sender.lastTime >= NetworkPath.tellingSilence, segment.traits.contains(.timestamps) else {
      return 0
    }
    var since = sender.lastTime
    var known: Int64?
    if subject.hasProber {
      known = records[subject.prober >> 1][tickOf: subject.side]
      if let probe = records[place(subject)].latest, probe.timestampValue == sender.timestampValue {
        since = probe.time
      }
    }
    guard segment.time &- since >= NetworkPath.tellingSilence,
      let comparison = TimestampComparison(
        since: since, until: segment.time, advance: segment.timestampValue &- sender.timestampValue, tick: known)
    else { return 0 }
    guard comparison.disagreement == nil else { return nil }
    return comparison.tick == known ? 0 : comparison.tick ?? 0
  }

  @inline(__always)
  private mutating func note(_ tick: Int64, _ subject: Subject) {
    if tick > 0 { records[subject.prober >> 1][tickOf: subject.side] = tick }
  }
}
