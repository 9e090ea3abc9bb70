import PacketWire

/// Segments at SND.NXT − 1 while the peer's window is 0: keepalives or window probes, which have the same octets.
///
/// What waits unsent in the prober cannot be seen, so their times decide. The persist timer starts at the
/// retransmission timeout and doubles (RFC 9293 §3.8.6.1, RFC 6298 §5.5); keepalives come at even intervals, the first
/// after at least a second. One segment that fits both is held for the next.
struct ZeroWindow {
  enum Kind {
    case keepalive
    case windowProbe
  }

  /// Gaps between window probes grow at least by this factor, within the timers' lateness; even ones by less.
  static let growth = 1.5
  /// A gap more than this much longer is no doubling: a keepalive's interval may be longer than its idle time.
  private static let mostGrowth = 2.6
  /// The persist timer grows up to TCP_RTO_MAX, 120 s (include/net/tcp.h): equal gaps of that length decide nothing.
  private static let persistLimit = 119.9...125.0
  /// Data that waited is sent as soon as the window opens.
  private static let sendDelay: Int64 = 200_000_000

  /// What the segments of this zero window are, once known.
  private(set) var kind: Kind?
  /// Those that wait to be known.
  private(set) var held: [HeldSegment] = []
  /// The first acknowledgment after each, by its place in `held`.
  private var answers: [Int: HeldSegment] = [:]
  /// The gaps before the latest of `held`, in seconds; one fewer where the silence before the first is not known.
  private var gaps: [Double] = []
  /// When the peer opened its window while segments were held.
  private var openedAt: Int64?
  /// When the latest came.
  private var lastTime: Int64 = 0

  /// Seconds from the latest segment to `time`; `nil` before the first.
  func gap(before time: Int64) -> Double? { lastTime == 0 ? nil : Double(time &- lastTime) / 1e9 }

  /// The gap before the latest of `held`, in seconds.
  var latestGap: Double? { gaps.last }

  /// Whether a decision is pending.
  var isHolding: Bool { !held.isEmpty }

  /// When the next would have come if they were window probes; waiting longer brings nothing.
  var deadline: Int64? {
    guard let last = held.last else { return nil }
    let gap = gaps.last ?? Self.persistLimit.upperBound
    return last.time &+ Int64((gap * Self.mostGrowth + 1) * 1e9)
  }

  /// Takes a segment at SND.NXT − 1 into the zero window.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - silence: nanoseconds since the last segment received by its sender; `nil` where that is not known.
  /// - Returns: what it and the held ones are, once that is known.
  mutating func take(_ segment: HeldSegment, silence: Int64?) -> Kind? {
    if segment.flags.contains(.urg) {
      // tcp_write_wakeup sends URG only where urgent data waits (net/ipv4/tcp_output.c).
      kind = .windowProbe
    }
    let gap = lastTime == 0 ? silence : segment.time &- lastTime
    lastTime = segment.time
    held.append(segment)
    if let gap { gaps.append(Double(gap) / 1e9) }
    if let kind, kind == .windowProbe || (gaps.last ?? 1) >= 1 { return kind }
    kind = decide()
    return kind
  }

  private func decide() -> Kind? {
    guard let latest = gaps.last else { return nil }
    // Sooner than the shortest keepalive time that can be set.
    if latest < 1 { return .windowProbe }
    guard gaps.count > 1 else { return nil }
    let ratio = latest / gaps[gaps.count - 2]
    if Self.persistLimit.contains(latest), Self.persistLimit.contains(gaps[gaps.count - 2]) { return nil }
    guard (Self.growth...Self.mostGrowth).contains(ratio) else { return .keepalive }
    return gaps.count > 2 ? .windowProbe : nil
  }

  /// Takes an acknowledgment of the latest held segment.
  mutating func take(answer: HeldSegment) {
    let latest = held.count - 1
    if latest >= 0, answers[latest] == nil { answers[latest] = answer }
  }

  /// Hands out what was held, each with the first acknowledgment after it, once it is known or can be known no more.
  mutating func release() -> [(segment: HeldSegment, answer: HeldSegment?)] {
    defer {
      held = []
      answers = [:]
      gaps = []
    }
    return held.enumerated().map { ($1, answers[$0]) }
  }

  /// The peer's window is open again.
  mutating func windowOpened(at time: Int64) {
    if held.isEmpty { self = ZeroWindow() } else if openedAt == nil { openedAt = time }
  }

  /// The prober sent data: at once after the window opened, it had waited, and the held segments were window probes.
  ///
  /// - Returns: what they were; `nil` where the window did not open before.
  func kind(whenDataSentAt time: Int64) -> Kind? {
    guard let openedAt else { return nil }
    return time &- openedAt <= Self.sendDelay ? .windowProbe : .keepalive
  }
}
