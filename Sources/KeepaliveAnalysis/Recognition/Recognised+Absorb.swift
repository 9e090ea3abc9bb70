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
    let (own, peer, whole) = (place(subject), place(subject.peer), subject.prober >> 1)
    let sender = table.records[index][side]
    let heard = table.records[index][side.peer].lastTime
    let roundTrip = table.ends[index].roundTrip(to: side)
    let shortest = max(KeepaliveTimer.shortestIdle, roundTrip ?? 0)
    guard segment.flags == .ack, table.records[index][side.peer].window != 0, sender.hasNothingInFlight,
      segment.time &- heard >= shortest, !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      !sender.knowledge.contains(.timestamps)
        || Int32(bitPattern: segment.timestampValue &- sender.timestampValue) >= 0,
      records[own].marks.union(records[peer].marks).isDisjoint(with: [.needsCloserLook, .latestIsWaiting]),
      records[own].unansweredRun == 0, !records[whole].hasOpenSilence
    else { return false }
    if segment.payloadLength > 0 {
      // Its octet is garbage: what was sent before it is known, and was not that octet alone.
      guard table.records[index].hasSeenEnd(of: side),
        !table.ends[index].hasSentOneOctet(below: segment.end, from: side)
      else { return false }
    }
    if let cause = records[own].cause {
      guard let time = cause.time, segment.time &- time >= shortest else { return false }
    }
    if let time = records[own].latest?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified, time <= heard else { return false }
    }
    // An own answer to the peer's probe, of which it is no copy either.
    if let time = records[peer].takenAnswer?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified else { return false }
    }
    guard let silence = newSilence(endedBy: segment, own, peer, table.records[index]),
      let tick = measuredTick(segment, own, whole, sender, side), settle(by: segment, subject, roundTrip, table)
    else { return false }
    let subject = remember(subject, &table)
    let place = place(subject)
    let gap = Double(segment.time &- heard) / 1e9
    let held = HeldSegment(segment)
    records[place].take(probe: held, after: gap)
    note(silence, tick, subject, isProbe: true)
    table.records[index].update(segment, from: side, isProbe: true)
    tell(probe: held, unansweredBefore: 0, silence: gap, doubt: nil, subject, table)
    return true
  }

  // MARK: - An answer

  /// Takes the answer to the latest probe, the only one that waits.
  private mutating func absorb(answer segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let (own, prober, whole) = (place(subject), place(subject.peer), subject.prober >> 1)
    let sender = table.records[index][side]
    guard segment.flags == .ack, segment.window != 0, prober > 0, records[prober].unansweredRun == 1,
      records[prober].marks.isDisjoint(with: [.answersComeEarly, .answerIsPending, .needsCloserLook]),
      records[prober].marks.contains(.latestIsWaiting),
      records[own].marks.isDisjoint(with: [.answerIsPending, .needsCloserLook]),
      segment.time &- sender.lastTime >= Reaction.longestDelayedAcknowledgment,
      !ForeignSegments.differ(segment.timeToLive, sender.timeToLive),
      let probe = records[prober].latest, segment.acknowledgment == probe.sequence.advanced(by: 1),
      segment.time >= probe.time
    else { return false }
    if let time = records[prober].answer?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified else { return false }
    }
    if let time = records[own].latest?.time {
      guard segment.time &- time > CapturePlaces.delayIdentified else { return false }
    }
    let isSurvived = records[whole].hasOpenSilence && records[whole].sideOfOpenSilence == side.peer
    guard isSurvived || !records[whole].hasOpenSilence && segment.time &- probe.time < NetworkPath.tellingSilence,
      records[prober].isCertain(
        answerAt: segment.time, of: probe, roundTrip: table.ends[index].roundTrip(to: side)),
      let tick = measuredTick(segment, own, whole, sender, side)
    else { return false }
    if isSurvived { records[whole].surviveOpenSilence() }
    note(0, tick, subject, isProbe: false)
    if !records[prober].marks.contains(.hasCause) {
      records[prober].cause = (sender.lastTime, Int(sender.lastFrame))
    }
    let isNewer = probe.hasTimestamps && Int32(bitPattern: segment.timestampValue &- probe.timestampEcho) > 0
    records[prober].take(
      answer: HeldSegment(segment), heardBefore: sender.lastTime, isNewer: isNewer, waitsToBeTold: holdsAnswers)
    if !holdsAnswers { tellPendingAnswer(of: subject.peer, isAccepted: nil, table) }
    table.records[index].update(segment, from: side, isProbe: false)
    return true
  }

  // MARK: - Data

  /// Takes data at SND.NXT, or an acknowledgment of it, while no probe waits.
  private mutating func absorb(other segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let (index, side) = (subject.index, subject.side)
    let (own, peer, whole) = (place(subject), place(subject.peer), subject.prober >> 1)
    let sender = table.records[index][side]
    let isSurvived = records[whole].hasOpenSilence && records[whole].sideOfOpenSilence == side.peer
    guard segment.payloadLength != 1, segment.window != 0, isSurvived || !records[whole].hasOpenSilence,
      records[own].marks.union(records[peer].marks).isDisjoint(with: [.needsCloserLook, .latestIsWaiting]),
      !sender.isRetransmitting(segment),
      let silence = isSurvived ? 0 : newSilence(endedBy: segment, own, peer, table.records[index]),
      let tick = measuredTick(segment, own, whole, sender, side),
      settle(by: segment, subject, table.ends[index].roundTrip(to: side), table)
    else { return false }
    if peer > 0 {
      if records[peer].marks.contains(.answerIsPending) {
        if records[peer].marks.contains(.answerWaitsToBeTold) {
          tellPendingAnswer(of: subject.peer, isAccepted: nil, table)
        }
        records[peer].settleAnswer()
      }
      records[peer].marks.subtract([.heardAnswerLast, .hasCause])
    }
    if isSurvived { records[whole].surviveOpenSilence() }
    note(silence, tick, subject, isProbe: false)
    if segment.payloadLength > 0 { records[whole].latestDataTime = segment.time }
    table.records[index].update(segment, from: side, isProbe: false)
    return true
  }

  // MARK: - What all have in common

  /// Settles what a segment of a prober tells of the latest answer.
  ///
  /// - Returns: whether that is clear; otherwise nothing is changed, and the segment is to be examined.
  @inline(__always)
  private mutating func settle(
    by segment: Segment, _ prober: Subject, _ roundTrip: Int64?, _ table: ConnectionTable
  ) -> Bool {
    let place = place(prober)
    guard records[place].marks.contains(.answerIsPending), let answer = records[place].answer else { return true }
    let hasForm = KeepaliveRule.hasForm(segment)
    if hasForm, segment.time &- answer.time <= NetworkPath.longestCrossing { return false }
    var isAccepted: Bool?
    if answer.hasTimestamps, segment.traits.contains(.timestamps) {
      guard segment.time &- answer.time > roundTrip ?? NetworkPath.likelyRoundTrip else { return false }
      if records[place].marks.contains(.answerIsNewer) {
        guard Int32(bitPattern: segment.timestampEcho &- answer.timestampValue) >= 0 else { return false }
        isAccepted = true
      }
    } else if hasForm, let latest = records[place].latest, segment.sequence == latest.sequence {
      guard !records[place].gapHasFallen(Double(segment.time &- latest.time) / 1e9) else { return false }
    }
    if records[place].marks.contains(.answerWaitsToBeTold) {
      tellPendingAnswer(of: prober, isAccepted: isAccepted, table)
    }
    records[place].settleAnswer()
    return true
  }

  /// Tells the one answer for which its prober has room.
  @inline(__always)
  private mutating func tellPendingAnswer(of prober: Subject, isAccepted: Bool?, _ table: ConnectionTable) {
    guard wantsEvents else {
      tally.answers += 1
      return
    }
    if let pending = records[place(prober)].pendingAnswer {
      tell(pending, isAccepted: isAccepted, prober.peer, table)
    }
  }

  /// The length of the silence that a segment ends, where it is long enough to tell something, otherwise 0; `nil` where that is
  /// to be looked at more closely.
  @inline(__always)
  private func newSilence(endedBy segment: Segment, _ own: Int, _ peer: Int, _ record: Connection) -> Int64? {
    var latest = record.lastTime
    guard segment.time &- latest >= NetworkPath.tellingSilence else { return 0 }
    if let time = records[own].latest?.time { latest = max(latest, time) }
    if let time = records[peer].latest?.time { latest = max(latest, time) }
    guard segment.time &- latest >= NetworkPath.tellingSilence else { return 0 }
    return record.first.hasNothingInFlight && record.second.hasNothingInFlight && latest > 0
      ? segment.time &- latest : nil
  }

  /// The tick of the sender's timestamps, where a silence tells it, otherwise 0; `nil` where they disagree with the capture's
  /// clock.
  @inline(__always)
  private func measuredTick(
    _ segment: Segment, _ own: Int, _ whole: Int, _ sender: Endpoint, _ side: Side
  ) -> Int64? {
    guard segment.time &- sender.lastTime >= NetworkPath.tellingSilence, segment.traits.contains(.timestamps) else {
      return 0
    }
    var since = sender.lastTime
    if let probe = records[own].latest, probe.timestampValue == sender.timestampValue { since = probe.time }
    let known = records[whole][tickOf: side]
    guard segment.time &- since >= NetworkPath.tellingSilence,
      let comparison = TimestampComparison(
        since: since, until: segment.time, advance: segment.timestampValue &- sender.timestampValue, tick: known)
    else { return 0 }
    guard comparison.disagreement == nil else { return nil }
    return comparison.tick == known ? 0 : comparison.tick ?? 0
  }

  /// Notes what a segment told of the whole connection.
  @inline(__always)
  private mutating func note(_ silence: Int64, _ tick: Int64, _ subject: Subject, isProbe: Bool) {
    let whole = subject.prober >> 1
    if silence > 0 { records[whole].open(silence: silence, endedBy: subject.side, isProbe: isProbe) }
    if tick > 0 { records[whole][tickOf: subject.side] = tick }
  }
}
