import PacketWire

/// The rule by which a keepalive probe is recognised, after RFC 9293 §3.8.4.
///
/// A segment is a probe where
///
/// 1. its only control bit is ACK, and it has no payload or one garbage octet;
/// 2. everything its sender had sent was acknowledged (SND.UNA = SND.NXT), and SEG.SEQ = SND.NXT − 1;
/// 3. it comes after a silence, in order, and once: a copy of a packet is none, nor is one that was overtaken;
/// 4. the peer's window is open. A closed one is probed by the same octets (§3.8.6.1): see `ZeroWindow`.
///
/// Where the capture does not show SND.NXT, because it began later or lost packets, the segment waits for what
/// follows: see `UncertainRun`.
enum KeepaliveRule {
  /// How a segment stands to its sender's sequence space.
  enum Position {
    /// No probe of any kind.
    case ordinary
    /// SEG.SEQ = SND.NXT − 1, and nothing is in flight.
    case belowNext
    /// One octet of data at SND.UNA, which the peer's zero window does not admit: BSD's and Windows's window probe.
    case oneOctetBeyondWindow
    /// The capture does not show SND.NXT.
    case unknown
  }

  /// What comes sooner after the peer's last segment was caused by it.
  ///
  /// Copies and overtaken packets have been seen up to 50 ms apart; no stack known lets the idle time be set as short.
  static let shortestSilence: Int64 = 50_000_000

  /// The silence that tells a probe where the peer's acknowledgment is not in the capture.
  ///
  /// What looks in flight then may not be, and only a silence of at least
  /// the shortest idle time that can be set (1 s, include/net/tcp.h, TCP_KEEPIDLE) tells a probe from an overtaken packet.
  static let shortestIdle: Int64 = 1_000_000_000

  /// An overtaken packet's identification is older by less than this many; more is chance.
  static let overtakenBy: Int16 = -1000

  /// Point 1, for probes of either kind.
  @inline(__always)
  static func hasForm(_ segment: Segment) -> Bool {
    let control = segment.flags.control
    return (control == .ack || control == [.ack, .urg]) && segment.payloadLength <= 1
  }

  /// Points 1 and 2.
  @inline(__always)
  static func position(of segment: Segment, from sender: Endpoint, to peer: Endpoint) -> Position {
    guard hasForm(segment) else { return .ordinary }
    let end = segment.sequence.advanced(by: 1)
    if sender.knowledge.contains(.acknowledged) {
      if end == sender.oldestUnacknowledged, !sender.nextToSend.isAfter(end) { return .belowNext }
      if segment.payloadLength == 1, segment.sequence == sender.oldestUnacknowledged, peer.window == 0,
        peer.knowledge.contains(.lastTime), !sender.nextToSend.isAfter(end)
      {
        return .oneOctetBeyondWindow
      }
    }
    if sender.knowledge.contains(.nextToSend) {
      // The acknowledgment of what was sent last is not in the capture.
      if segment.payloadLength == 0, end == sender.nextToSend, segment.time &- sender.lastTime >= shortestIdle {
        return .belowNext
      }
      return segment.sequence.isAfter(sender.nextToSend) ? .unknown : .ordinary
    }
    return sender.knowledge.contains(.acknowledged) && !segment.sequence.isAfter(sender.oldestUnacknowledged)
      ? .ordinary : .unknown
  }

  /// Point 3, but for copies: whether `segment` follows a silence, and was not overtaken by a later one of its sender.
  static func isTimely(_ segment: Segment, from sender: Endpoint, to peer: Endpoint) -> Bool {
    followsSilence(segment, to: peer) && timestampGoesOn(segment, from: sender, to: peer)
      && identificationGoesOn(segment, from: sender, to: peer)
  }

  /// Nanoseconds since the peer was last heard; `nil` where that was before the capture.
  static func silence(before segment: Segment, of peer: Endpoint) -> Int64? {
    peer.knowledge.contains(.lastTime) ? segment.time &- peer.lastTime : nil
  }

  static func followsSilence(_ segment: Segment, to peer: Endpoint) -> Bool {
    guard let silence = silence(before: segment, of: peer) else { return true }
    return silence < 0 || silence >= shortestSilence
  }

  /// An older TSval than the sender's latest shows that the segment was overtaken (RFC 7323 §5.3).
  ///
  /// So does the same one soon after the peer was heard: a probe comes at least `shortestIdle` after that, in which each
  /// timestamp clock ticks (§5.4: at least once a second). An answer to the peer's probe may come within the same tick.
  static func timestampGoesOn(_ segment: Segment, from sender: Endpoint, to peer: Endpoint) -> Bool {
    guard segment.traits.contains(.timestamps), sender.knowledge.isSuperset(of: [.heard, .timestamps]) else {
      return true
    }
    let step = Int32(bitPattern: segment.timestampValue &- sender.timestampValue)
    guard step == 0 else { return step > 0 }
    return segment.time &- sender.lastTime >= shortestIdle
      || silence(before: segment, of: peer).map { $0 >= shortestIdle } ?? false
  }

  /// So does an older IP identification; but some hosts number packets at random, so it counts only where there was
  /// little silence.
  static func identificationGoesOn(_ segment: Segment, from sender: Endpoint, to peer: Endpoint) -> Bool {
    guard sender.knowledge.contains(.heard), segment.identification != 0, sender.identification != 0,
      let silence = silence(before: segment, of: peer), silence < shortestIdle,
      segment.time &- sender.lastTime < shortestIdle
    else { return true }
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    return step >= 0 || step <= overtakenBy
  }
}
