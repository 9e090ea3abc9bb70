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

  /// Takes a segment of a connection without history that is what nearly all are: data that begins where the last ended,
  /// or an acknowledgment at SND.NXT.
  ///
  /// It is neither a probe, nor anything that could make one of a later segment.
  ///
  /// - Returns: whether it was; otherwise nothing is changed.
  @inline(__always)
  mutating func absorb(_ segment: Segment, from side: Side) -> Bool {
    guard history < 0, traits.isDisjoint(with: .notPlain), segment.flags.isDisjoint(with: [.syn, .fin, .rst]),
      segment.payloadLength != 1, segment.time &- lastTime < Silences.shortest
    else { return false }
    let isPlain =
      side == .first ? Self.isPlain(segment, from: first) : Self.isPlain(segment, from: second)
    if isPlain { update(segment, from: side, isProbe: false) }
    return isPlain
  }

  @inline(__always)
  private static func isPlain(_ segment: Segment, from sender: Endpoint) -> Bool {
    sender.knowledge.isSuperset(of: [.nextToSend, .acknowledged]) && segment.time >= sender.lastTime
      && segment.sequence == sender.nextToSend
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
    if side == .first {
      Self.update(&first, peer: &second, &traits, segment, isProbe: isProbe)
    } else {
      Self.update(&second, peer: &first, &traits, segment, isProbe: isProbe)
    }
    lastFile = segment.file
    if segment.payloadLength > 0, !isProbe {
      traits.insert(.hasData)
      if side == .first { traits.insert(.latestDataFromFirst) } else { traits.remove(.latestDataFromFirst) }
    }
  }

  @inline(__always)
  private static func update(
    _ sender: inout Endpoint, peer: inout Endpoint, _ traits: inout ConnectionTraits, _ segment: Segment,
    isProbe: Bool
  ) {
    if !segment.flags.contains(.rst) {
      let length = segment.length
      if !sender.knowledge.contains(.nextToSend) {
        sender.nextToSend = segment.sequence.advanced(by: length)
        if length > 0, !isProbe { sender.knowledge.insert(.nextToSend) }
      } else {
        let end = segment.sequence.advanced(by: length)
        if segment.sequence.isAfter(sender.nextToSend) { traits.insert(.hasGaps) }
        if end.isAfter(sender.nextToSend) { sender.nextToSend = end }
      }
      if segment.flags.contains(.ack) { acknowledge(segment.acknowledgment, &peer, &traits) }
      sender.window = segment.window
    }
    if segment.traits.contains(.timestamps) {
      if !sender.knowledge.contains(.timestamps)
        || Int32(bitPattern: segment.timestampValue &- sender.timestampValue) > 0
      {
        sender.timestampValue = segment.timestampValue
      }
      sender.knowledge.insert(.timestamps)
    }
    // A packet that was overtaken does not set it back.
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    if segment.identification != 0, step > 0 || step <= KeepaliveRule.overtakenBy || sender.identification == 0 {
      sender.identification = segment.identification
    }
    if !segment.flags.contains(.rst) { sender.timeToLive = segment.timeToLive }
    sender.knowledge.insert(.heard)
    if !isProbe {
      sender.lastTime = segment.time
      sender.lastFrame = UInt32(truncatingIfNeeded: segment.frame)
      sender.knowledge.insert(.lastTime)
    }
  }

  /// The largest window there is, 2^30 octets (RFC 7323 §2.3): an acknowledgment further off is not believed.
  private static let largestWindow: UInt32 = 1 << 30

  /// SEG.ACK, which moves the peer's SND.UNA; beyond what was seen of it, it shows what the capture missed.
  @inline(__always)
  private static func acknowledge(
    _ acknowledgment: SequenceNumber, _ peer: inout Endpoint, _ traits: inout ConnectionTraits
  ) {
    if peer.knowledge.contains(.acknowledged) {
      guard acknowledgment.isAfter(peer.oldestUnacknowledged),
        peer.oldestUnacknowledged.distance(to: acknowledgment) <= largestWindow
      else { return }
    }
    peer.oldestUnacknowledged = acknowledgment
    peer.retransmissions = 0
    if peer.knowledge.contains(.nextToSend) {
      if acknowledgment.isAfter(peer.nextToSend) {
        traits.insert(.hasGaps)
        peer.nextToSend = acknowledgment
      }
    } else {
      peer.nextToSend = acknowledgment
    }
    peer.knowledge.insert([.acknowledged, .nextToSend])
  }

  /// Takes what a SYN, FIN or reset says of the connection; to be called before `update`.
  mutating func noteControl(_ segment: Segment, from side: Side, _ ends: inout ConnectionEnds) {
    if segment.flags.contains(.syn) {
      if segment.flags.contains(.ack) {
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
    ends.silenceBeforeEnd = lastTime > 0 ? Float(segment.time &- lastTime) / 1e9 : .nan
    if side == .first { traits.insert(.endedByFirst) }
    if segment.flags.contains(.rst) { traits.insert(.endIsReset) }
  }

  /// Whether a segment repeats its sender's latest: the same identification or timestamp shortly after it.
  func isDuplicate(_ segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    guard segment.payloadLength > 0, sender.knowledge.contains(.nextToSend), segment.identification != 0,
      segment.identification == sender.identification, segment.end == sender.nextToSend,
      !segment.traits.contains(.timestamps) || segment.timestampValue == sender.timestampValue
    else { return false }
    return abs(segment.time &- sender.lastTime) <= 50_000_000
  }

  /// A clock that is set right may go back by less than this between two packets of a connection.
  private static let clockStep: Int64 = 1_000_000_000

  /// Whether `segment` is earlier than what stands before it in the file, and older by its own marks too.
  ///
  /// Then the file is joined to itself or to another capture of the same packets. A clock that was set back makes new marks.
  func goesBackInTime(with segment: Segment, from side: Side) -> Bool {
    let sender = self[side]
    guard sender.knowledge.contains(.heard), lastTime &- segment.time > Self.clockStep else { return false }
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
