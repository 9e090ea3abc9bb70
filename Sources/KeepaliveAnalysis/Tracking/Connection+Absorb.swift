import PacketWire

/// The short ways for connections without probers: segments in which there is nothing to recognise.
extension Connection {
  /// Takes a segment of a connection without a prober that is what nearly all are: data that begins where the last ended,
  /// or an acknowledgment at SND.NXT.
  ///
  /// It is neither a probe, nor anything that could make one of a later segment.
  ///
  /// - Returns: whether it was; otherwise nothing is changed.
  @inline(__always)
  mutating func absorbPlain(_ segment: Segment, from side: Side) -> Bool {
    guard prober == 0, traits.isDisjoint(with: .notPlain), segment.flags.isDisjoint(with: [.syn, .fin, .rst]),
      segment.payloadLength != 1
    else { return false }
    // One comparison for nearly all: a silence tells something at 30 s, of a bare acknowledgment sooner.
    let silence = segment.time &- lastTime
    if silence >= (segment.payloadLength == 0 ? Reaction.longestDelayedAcknowledgment : NetworkPath.tellingSilence) {
      guard silence < NetworkPath.tellingSilence, !isIdleRepetition(segment, from: side) else { return false }
    }
    guard self[side].absorbPlain(segment) else { return false }
    if segment.flags.contains(.ack), self[side.peer].acknowledge(segment.acknowledgment) {
      traits.insert(.hasGaps)
      traits.remove(side == .first ? .endOfSecondIsSeen : .endOfFirstIsSeen)
    }
    noteData(segment, from: side)
    return true
  }

  /// Takes data at SND.NXT that ends a long silence of a connection without a prober, in which nothing was in flight.
  ///
  /// The capture's clock must have gone on without a long gap, and leave no question.
  ///
  /// - Returns: whether it was; otherwise nothing is changed.
  mutating func absorbAfterSilence(_ segment: Segment, from side: Side, _ ends: inout ConnectionEnds) -> Bool {
    let sender = self[side]
    let silence = segment.time &- lastTime
    guard prober == 0, traits.isDisjoint(with: .notPlain), segment.flags.subtracting(.psh) == .ack,
      segment.payloadLength > 1, silence >= NetworkPath.tellingSilence,
      sender.knowledge.isSuperset(of: [.heard, .nextToSend, .acknowledged, .lastTime]),
      segment.sequence == sender.nextToSend, first.mayHaveNothingInFlight, second.mayHaveNothingInFlight,
      segment.identification == 0 || segment.identification != sender.identification,
      !disprovesFIN(segment, from: side), !isForeign(segment, from: side), clockAgrees(with: segment, from: side)
    else { return false }
    update(segment, from: side, isProbe: false)
    traits.insert(.silenceWaits)
    ends.openSilence = silence
    return true
  }

  /// Whether the timestamps of an end say nothing else than the capture's clock, as far as they tell.
  private func clockAgrees(with segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    guard segment.traits.contains(.timestamps), sender.knowledge.contains(.timestamps),
      segment.time &- sender.lastTime >= NetworkPath.tellingSilence
    else { return true }
    let comparison = TimestampComparison(
      since: sender.lastTime, until: segment.time, advance: segment.timestampValue &- sender.timestampValue, tick: nil)
    return comparison?.disagreement == nil
  }

  /// The length of the silence that data ended which its receiver has not answered yet, and which end sent that; `nil` without
  /// one.
  func waitingSilence(_ ends: ConnectionEnds) -> Silences.Ended? {
    guard traits.contains(.silenceWaits), let side = latestDataSide else { return nil }
    return Silences.Ended(
      side: side, length: ends.openSilence,
      frame: FrameReference(frame: Int(self[side].lastFrame), file: lastFile, time: self[side].lastTime))
  }

  /// Whether a segment is an acknowledgment that brings nothing new on an idle connection: what a keepalive probe draws.
  @inline(__always)
  func isIdleRepetition(_ segment: Segment, from side: Side) -> Bool {
    segment.payloadLength == 0 && segment.acknowledgment == self[side.peer].oldestUnacknowledged
      && segment.time &- lastTime >= Reaction.longestDelayedAcknowledgment
  }

  /// Whether a segment is a bare acknowledgment of what was acknowledged before.
  @inline(__always)
  func bringsNothing(_ segment: Segment, from side: Side) -> Bool {
    segment.flags.control == .ack && segment.payloadLength == 0 && segment.sequence == self[side].nextToSend
      && self[side.peer].knowledge.contains(.acknowledged)
      && segment.acknowledgment == self[side.peer].oldestUnacknowledged
  }

  /// The data that ended a silence got through.
  private mutating func surviveWaitingSilence(_ ends: inout ConnectionEnds) {
    guard traits.contains(.silenceWaits) else { return }
    traits.remove(.silenceWaits)
    traits.insert(.hasSilence)
    ends.longestSilence = max(ends.longestSilence, ends.openSilence)
    ends.silences &+= 1
  }

  /// Takes such a segment on an idle connection: it may be an answer to a probe that comes after it in the capture.
  private mutating func absorbRepetition(
    _ segment: Segment, from side: Side, isIdle: Bool, _ ends: inout ConnectionEnds
  ) {
    let before =
      traits.contains(.repetition(of: side))
      ? side == .first ? ends.beforeRepetitionOfFirst : ends.beforeRepetitionOfSecond
      : BeforeRepetition(time: self[side].lastTime, frame: self[side].lastFrame)
    let heardBefore = isIdle ? self[side].lastTime : BeforeRepetition.isNoAnswer
    noteHandshake(segment, from: side, &ends)
    update(segment, from: side, isProbe: false)
    traits.insert(.repetition(of: side))
    let noted = BeforeRepetition(
      time: before.time, frame: before.frame, echo: segment.timestampEcho, heardBefore: heardBefore)
    if side == .first { ends.beforeRepetitionOfFirst = noted } else { ends.beforeRepetitionOfSecond = noted }
  }

  /// Whether a segment may make something of what is kept of a connection's first packets, for who loads that beforehand: it may
  /// be a probe by its number, or brings nothing new after a while.
  @inline(__always)
  func mayNeedEnds(for segment: Segment) -> Bool {
    guard segment.payloadLength <= 1 else { return false }
    let next = segment.sequence.advanced(by: 1)
    return next == first.oldestUnacknowledged || next == second.oldestUnacknowledged
      || segment.time &- lastTime >= Reaction.longestDelayedAcknowledgment
  }

  /// Whether a segment of the form of a probe is none: by its number, or because it comes too soon.
  @inline(__always)
  private func isNoProbe(_ segment: Segment, from side: Side) -> Bool {
    switch KeepaliveRule.standing(of: segment, from: self[side]) {
    case .elsewhere: true
    case .unknown: false
    case .belowNext:
      // What it may follow is the peer's latest segment only where that brought something new.
      self[side.peer].window != 0 && !traits.contains(.repetition(of: side.peer))
        && KeepaliveRule.isUntimely(segment, from: self[side], after: self[side.peer])
    }
  }

  /// Takes a connection's first segment, if it is as uneventful: what nearly every connection begins with.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  @inline(__always)
  mutating func absorbFirst(_ segment: Segment, _ ends: inout ConnectionEnds) -> Bool {
    if segment.flags == .ack, segment.payloadLength == 0 {
      traits.insert(.firstMayBeProbe)
      update(segment, from: .first, isProbe: true)
      keepFirst(segment)
      return true
    }
    return absorbUneventful(segment, from: .first, &ends)
  }

  /// Takes a segment of a connection without a prober that is no plain one, but as uneventful: of a handshake or a close,
  /// or data out of order.
  ///
  /// `KeepaliveAnalyzer.examine` would find nothing in it, and do no more than this.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  mutating func absorbUneventful(_ segment: Segment, from side: Side, _ ends: inout ConnectionEnds) -> Bool {
    guard prober == 0, traits.isDisjoint(with: .open), !segment.flags.contains(.rst) else { return false }
    let silence = segment.time &- lastTime
    guard silence >= 0, silence < NetworkPath.tellingSilence || lastTime == 0, !isForeign(segment, from: side)
    else { return false }
    if segment.identification != 0, segment.identification == self[side].identification {
      guard !isRenumbered(segment, from: side) else { return false }
    }
    if traits.contains(.silenceWaits), latestDataSide == side { return false }
    if traits.contains(.firstMayBeProbe) {
      guard !keepsFirstOpen(segment, from: side) else { return false }
      takeFirstAsOrdinary()
    }
    if segment.payloadLength > 0 {
      guard !isDuplicate(segment, from: side), !self[side].isRetransmitting(segment), !disprovesFIN(segment, from: side)
      else { return false }
    }
    if segment.flags.contains(.fin), segment.sequence != self[side].nextToSend {
      guard AcceptanceRule(segment: segment, sender: self[side], receiver: self[side.peer]).isAccepted else {
        return false
      }
    }
    if KeepaliveRule.hasForm(segment) {
      guard isNoProbe(segment, from: side),
        !WindowProbeRule.fits(segment, from: self[side], to: self[side.peer])
      else { return false }
    }
    let isRepetition = bringsNothing(segment, from: side)
    if isRepetition, lastTime > 0 {
      let isIdle = isIdleRepetition(segment, from: side)
      if isIdle || traits.contains(.repetition(of: side)) {
        // One that comes soon after another may be its copy.
        guard isIdle || segment.time &- self[side].lastTime > NetworkPath.longestCrossing else { return false }
        surviveWaitingSilence(&ends)
        absorbRepetition(segment, from: side, isIdle: isIdle, &ends)
        return true
      }
    }
    surviveWaitingSilence(&ends)
    noteHandshake(segment, from: side, &ends)
    if segment.payloadLength == 1 { ends.note(oneOctet: segment, from: side) }
    if !segment.flags.isDisjoint(with: [.syn, .fin]) { noteControl(segment, from: side, &ends) }
    update(segment, from: side, isProbe: false)
    return true
  }
}

extension Endpoint {
  /// Takes a segment without SYN, FIN or RST at SND.NXT, after all that is known of this end; else changes nothing.
  ///
  /// - Returns: whether it was one.
  @inline(__always)
  mutating func absorbPlain(_ segment: Segment) -> Bool {
    guard knowledge.isSuperset(of: [.heard, .nextToSend, .acknowledged]), segment.time >= lastTime,
      segment.sequence == nextToSend
    else { return false }
    nextToSend = nextToSend.advanced(by: segment.payloadLength)
    window = segment.window
    take(segment, isProbe: false)
    return true
  }

  /// Whether data from SND.UNA on comes again: of the head of the queue.
  @inline(__always)
  func isRetransmitting(_ segment: Segment) -> Bool {
    segment.payloadLength > 0 && knowledge.contains(.acknowledged) && segment.sequence == oldestUnacknowledged
      && segment.sequence.isBefore(nextToSend)
  }
}
