import PacketWire

extension Connection {
  /// What the second packet of a connection says of the first, which may be a probe.
  ///
  /// - Returns: whether that is still open; otherwise the first was an ordinary acknowledgment.
  func keepsFirstOpen(_ segment: Segment, from side: Side) -> Bool {
    let beyond = first.nextToSend.advanced(by: 1)
    if side == .second { return segment.flags.contains(.ack) && segment.acknowledgment == beyond }
    if segment.flags.contains(.rst) { return segment.sequence == beyond }
    return segment.length == 0 && (segment.sequence == first.nextToSend || segment.sequence == beyond)
  }

  /// Keeps the time of a first packet that may be a probe; it counts only if it is none.
  mutating func keepFirst(_ segment: Segment) {
    first.lastTime = segment.time
    first.lastFrame = UInt32(truncatingIfNeeded: segment.frame)
  }

  /// The first packet was an ordinary acknowledgment after all.
  mutating func takeFirstAsOrdinary() {
    traits.remove(.firstMayBeProbe)
    first.knowledge.insert(.lastTime)
  }

  /// The first packet is still open: it waits in an `UncertainRun`.
  mutating func putFirstAside() {
    traits.remove(.firstMayBeProbe)
    first.lastTime = 0
    first.lastFrame = 0
  }

  @inline(__always)
  mutating func noteData(_ segment: Segment, from side: Side) {
    lastFile = segment.file
    // Without a branch: whether the next packet has data cannot be predicted.
    let mask: UInt32 = segment.payloadLength > 0 ? .max : 0
    let own: ConnectionTraits =
      side == .first ? [.hasData, .latestDataFromFirst, .endOfFirstIsSeen] : [.hasData, .endOfSecondIsSeen]
    dataTime ^= (dataTime ^ segment.time) & Int64(Int32(bitPattern: mask))
    let gone = mask & ConnectionTraits.latestDataFromFirst.rawValue | ConnectionTraits.repetition(of: side).rawValue
    traits = ConnectionTraits(rawValue: traits.rawValue & ~gone | mask & own.rawValue)
  }

  /// Takes what the segment says of either end.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - side: who sent it.
  ///   - isProbe: it is a keepalive or window probe, or may be one: it does not show that its sender has sent anything of
  ///     its own, and does not end a silence.
  @inline(__always)
  mutating func update(_ segment: Segment, from side: Side, isProbe: Bool) {
    if self[side].network == 0 { self[side].network = Self.folded(segment.network) }
    if !segment.flags.contains(.rst) {
      if self[side].moveOn(segment, isProbe: isProbe) { traits.insert(.hasGaps) }
      if segment.flags.contains(.ack), self[side.peer].acknowledge(segment.acknowledgment) {
        traits.insert(.hasGaps)
        traits.remove(side == .first ? .endOfSecondIsSeen : .endOfFirstIsSeen)
      }
      if !segment.flags.isDisjoint(with: [.syn, .fin]) {
        traits.insert(side == .first ? .endOfFirstIsSeen : .endOfSecondIsSeen)
      }
    }
    self[side].take(segment, isProbe: isProbe)
    if isProbe { lastFile = segment.file } else { noteData(segment, from: side) }
  }

  /// The same of a probe, or of an acknowledgment at SND.NXT without data, of a connection whose ends were both heard: there is
  /// less to look at.
  @inline(__always)
  mutating func updateIdle(_ segment: Segment, from side: Side, isProbe: Bool) {
    guard segment.acknowledgment == self[side.peer].oldestUnacknowledged else {
      update(segment, from: side, isProbe: isProbe)
      return
    }
    self[side].window = segment.window
    self[side].take(segment, isProbe: isProbe)
    lastFile = segment.file
  }

  /// A segment's networks in 16 bits, never 0.
  static func folded(_ network: UInt32) -> UInt16 { UInt16(truncatingIfNeeded: network ^ network >> 16) | 1 << 15 }

  /// Whether a segment is another connection's with the same addresses and ports: it was captured in another VLAN or virtual
  /// network than its sender's, and a number of it lies far from the connection's.
  ///
  /// One connection's packets may be routed from one VLAN to another; then their numbers fit.
  func isForeign(_ segment: Segment, from side: Side) -> Bool {
    guard !self[side].isInNetwork(of: segment), !segment.flags.contains(.syn),
      self[side].knowledge.contains(.nextToSend), self[side.peer].knowledge.contains(.nextToSend)
    else { return false }
    return hasFarNumber(segment, from: side)
  }

  /// Whether a segment is of the other leg of a proxy that renumbers the connection, as a SYN proxy does (nf_synproxy_core.c):
  /// a number of it lies far from the connection's, and the handshake was repeated, or it is its sender's latest packet again.
  func isRenumbered(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    let isSoon = (segment.time &- lastTime).magnitude <= CapturePlaces.delayElsewhere.magnitude
    let isWithinTick =
      segment.traits.contains(.timestamps) && sender.knowledge.contains(.timestamps)
      && segment.timestampValue == sender.timestampValue
    let isAgain =
      segment.identification != 0 && segment.identification == sender.identification && (isSoon || isWithinTick)
    return (isAgain || traits.contains(.handshakeIsRepeated)) && hasFarNumber(segment, from: side)
  }

  /// Whether a number of a segment lies far from the connection's, as far as those are known.
  func hasFarNumber(_ segment: Segment, from side: Side) -> Bool {
    let isFar = { (number: SequenceNumber, end: Endpoint) in
      !end.knowledge.isDisjoint(with: [.heard, .nextToSend])
        && Int32(bitPattern: number.distance(to: end.nextToSend)).magnitude > CaptureOrder.mostMissed
    }
    return isFar(segment.sequence, self[side])
      || (segment.flags.contains(.ack) && isFar(segment.acknowledgment, self[side.peer]))
  }

  /// Takes what a segment of the handshake says of the way to its sender; to be called before `update`.
  mutating func noteHandshake(_ segment: Segment, from side: Side, _ ends: inout ConnectionEnds) {
    let peer = self[side.peer]
    if segment.flags.isSuperset(of: [.syn, .ack]) {
      guard !self[side].knowledge.contains(.heard), peer.knowledge.contains(.lastTime) else { return }
      traits.insert(.handshakeIsOpen)
      // It echoes the SYN that it answers: of several the first or the latest; without timestamps nothing tells which.
      guard opened(by: side.peer) else { return }
      let hasTimestamps = segment.traits.contains(.timestamps)
      if hasTimestamps ? segment.timestampEcho == peer.timestampValue : peer.lastTime == ends.firstTime {
        ends.roundTrips.note(segment.time &- peer.lastTime, to: side)
      } else if hasTimestamps, segment.timestampEcho == ends.firstTimestamp {
        ends.roundTrips.note(segment.time &- ends.firstTime, to: side)
      }
    } else if traits.contains(.handshakeIsOpen), !segment.flags.contains(.syn), opened(by: side) {
      // Where the answer to the SYN,ACK is not in the capture, or stands before it, this comes much later.
      let delay = segment.time &- peer.lastTime
      if delay <= NetworkPath.longestRoundTrip { ends.roundTrips.note(delay, to: side) }
      traits.remove(.handshakeIsOpen)
    }
  }

  /// Whether a SYN shows that an end opened the connection.
  func opened(by side: Side) -> Bool { traits.contains(side == .first ? .synFromFirst : .synFromSecond) }

  /// Takes what a SYN, FIN or reset says of the connection; to be called before `update`.
  mutating func noteControl(_ segment: Segment, from side: Side, _ ends: inout ConnectionEnds) {
    if segment.flags.contains(.syn) {
      if segment.flags.contains(.ack) {
        if !opened(by: side.peer) { ends.initialSequence = segment.acknowledgment.moved(backBy: 1) }
        traits.insert(side == .first ? .synFromSecond : .synFromFirst)
      } else {
        traits.insert(side == .first ? .synFromFirst : .synFromSecond)
        ends.initialSequence = segment.sequence
      }
    }
    guard !segment.flags.isDisjoint(with: [.fin, .rst]) else { return }
    self[side].knowledge.insert(segment.flags.contains(.rst) ? .reset : .fin)
    guard ends.endFrame == 0 else { return }
    ends.endFrame = UInt32(truncatingIfNeeded: segment.frame)
    ends.endFile = segment.file
    ends.endTime = segment.time
    if dataTime > 0 { ends.silenceOfDataBeforeEnd = segment.time &- dataTime }
    ends.silenceBeforeEnd = lastTime > 0 ? Float(segment.time &- lastTime) / 1e9 : .nan
    if side == .first { traits.insert(.endedByFirst) }
    if segment.flags.contains(.rst) { traits.insert(.endIsReset) }
  }

  /// Whether a segment has data at the number of its sender's FIN, which nobody acknowledged: then that was none.
  func disprovesFIN(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    let fin = sender.nextToSend.moved(backBy: 1)
    return sender.knowledge.contains(.fin) && segment.payloadLength > 0 && !segment.sequence.isAfter(fin)
      && segment.end.isAfter(sender.nextToSend) && !sender.oldestUnacknowledged.isAfter(fin)
  }

  /// Takes a side's FIN back, if that is what ended the connection.
  ///
  /// - Returns: the FIN; `nil` where another ended it.
  mutating func takeBackFIN(of side: Side, _ ends: inout ConnectionEnds) -> FrameReference? {
    let ender: Side = traits.contains(.endedByFirst) ? .first : .second
    guard ends.endFrame != 0, ender == side, !traits.contains(.endIsReset),
      self[side.peer].knowledge.isDisjoint(with: [.fin, .reset])
    else { return nil }
    let fin = FrameReference(frame: Int(ends.endFrame), file: ends.endFile, time: ends.endTime)
    self[side].knowledge.remove(.fin)
    self[side].nextToSend = self[side].nextToSend.moved(backBy: 1)
    traits.remove(.endedByFirst)
    ends.endFrame = 0
    return fin
  }

  /// Whether a segment repeats its sender's latest: the same identification or timestamp shortly after it.
  func isDuplicate(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    guard segment.payloadLength > 0, sender.knowledge.contains(.nextToSend), segment.identification != 0,
      segment.identification == sender.identification, segment.end == sender.nextToSend,
      !segment.traits.contains(.timestamps) || segment.timestampValue == sender.timestampValue
    else { return false }
    return abs(segment.time &- sender.lastTime) <= CapturePlaces.delayElsewhere
  }

  /// Whether `segment` is earlier than what stands before it in the file, and older by its own marks too.
  ///
  /// Then the file is joined to itself or to another capture of the same packets. A clock that was set back makes new marks.
  func goesBackInTime(with segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    guard sender.knowledge.contains(.heard), lastTime &- segment.time > CaptureOrder.disorder else { return false }
    if segment.flags.contains(.syn) { return true }
    if segment.traits.contains(.timestamps), sender.knowledge.contains(.timestamps) {
      return Int32(bitPattern: segment.timestampValue &- sender.timestampValue) <= 0
    }
    if segment.identification != 0, sender.identification != 0 {
      return Int16(bitPattern: segment.identification &- sender.identification) <= 0
    }
    return !segment.end.isAfter(sender.nextToSend)
  }
}

extension Endpoint {

  /// SEG.SEQ, SEG.LEN and SEG.WND of anything but a reset.
  ///
  /// - Returns: whether sequence numbers were skipped, so that the capture missed something.
  @inline(__always)
  mutating func moveOn(_ segment: Segment, isProbe: Bool) -> Bool {
    let end = segment.end
    window = segment.window
    guard knowledge.contains(.nextToSend) else {
      nextToSend = end
      if segment.length > 0, !isProbe { knowledge.insert(.nextToSend) }
      return false
    }
    let isSkipping = segment.sequence.isAfter(nextToSend)
    if end.isAfter(nextToSend) { nextToSend = end }
    return isSkipping
  }

  /// SEG.ACK of the peer, which moves SND.UNA.
  ///
  /// - Returns: whether it acknowledges what was not seen, so that the capture missed something.
  @inline(__always)
  mutating func acknowledge(_ acknowledgment: SequenceNumber) -> Bool {
    // Nearly always it acknowledges all, some or nothing of what is in flight, and which cannot be predicted.
    let inFlight = oldestUnacknowledged.distance(to: nextToSend)
    if knowledge.isSuperset(of: [.acknowledged, .nextToSend]), inFlight <= ReceiveWindow.largest,
      oldestUnacknowledged.distance(to: acknowledgment) <= inFlight
    {
      oldestUnacknowledged = acknowledgment
      return false
    }
    if knowledge.contains(.acknowledged) {
      // One that is further off than any window is not believed.
      guard acknowledgment.isAfter(oldestUnacknowledged),
        oldestUnacknowledged.distance(to: acknowledgment) <= ReceiveWindow.largest
      else { return false }
    }
    oldestUnacknowledged = acknowledgment
    let isBeyond = knowledge.contains(.nextToSend) && acknowledgment.isAfter(nextToSend)
    if isBeyond || !knowledge.contains(.nextToSend) { nextToSend = acknowledgment }
    knowledge.insert([.acknowledged, .nextToSend])
    return isBeyond
  }

  /// What the packet that carries a segment of this end tells.
  @inline(__always)
  mutating func take(_ segment: Segment, isProbe: Bool) {
    if segment.traits.contains(.timestamps) {
      if !knowledge.contains(.timestamps) || Int32(bitPattern: segment.timestampValue &- timestampValue) > 0 {
        timestampValue = segment.timestampValue
      }
      knowledge.insert(.timestamps)
    }
    // A packet that was overtaken does not set it back.
    let step = Int16(bitPattern: segment.identification &- identification)
    if segment.identification != 0, step > 0 || step <= -NetworkPath.identificationsOvertaken || identification == 0 {
      identification = segment.identification
    }
    if !segment.flags.contains(.rst) { timeToLive = segment.timeToLive }
    knowledge.insert(.heard)
    if !isProbe {
      lastTime = segment.time
      lastFrame = UInt32(truncatingIfNeeded: segment.frame)
      knowledge.insert(.lastTime)
    }
  }
}
