import PacketWire

/// Empty segments at SND.NXT − 1 while the peer's window is 0: keepalives or window probes, which have the same octets.
///
/// What waits unsent in the prober cannot be seen, so their times decide. The persist timer starts at the
/// retransmission timeout and doubles (RFC 9293 §3.8.6.1, RFC 6298 §5.5); keepalives come at even intervals, the first
/// after at least a second. One segment that fits both is held for the next. Where the first gap is not in the capture, even
/// ones decide nothing: Linux 6.15 and later bound the persist timer as low as one likes (net.ipv4.tcp_rto_max_ms).
struct ZeroWindow {
  enum Kind {
    case keepalive
    case windowProbe
  }

  /// What was decided.
  struct Decision {
    var kind: Kind
    var isCertain: Bool
  }

  /// So many that fit both are held; more of them tell no more.
  private static let limit = 8

  /// What the segments of this zero window are, once known.
  private var decision: Decision?
  /// Those that wait to be known, each with the first acknowledgment after it.
  private(set) var held: [(segment: HeldSegment, answer: HeldSegment?)] = []
  /// The gaps before the latest two of them, in seconds.
  private(set) var latestGap: Double?
  private(set) var previousGap: Double?
  /// How many gaps in a row grew as a persist timer's do: one may grow because a segment is not in the capture.
  private var growingGaps = 0
  /// Whether the capture has what went before the first, so that no window probes stood before it.
  private var beginningIsSeen = false
  /// When the peer opened its window while segments were held.
  private var openedAt: Int64?
  /// When the latest came.
  private var lastTime: Int64 = 0

  /// Seconds from the latest segment to `time`; `nil` before the first.
  func gap(before time: Int64) -> Double? { lastTime == 0 ? nil : Double(time &- lastTime) / 1e9 }

  /// Whether no segment has come into this zero window.
  var isIdle: Bool { lastTime == 0 }

  /// Whether a decision is pending.
  var isHolding: Bool { !held.isEmpty }

  /// When the next would have come if they were window probes; waiting longer brings nothing.
  var deadline: Int64? {
    guard let last = held.last?.segment else { return nil }
    // No timer of either kind is set to more: a longer gap is a clock's step.
    let gap = min(max(0, latestGap ?? PersistTimer.limit.upperBound), KeepaliveTimer.longestSetting)
    return last.time &+ Int64((gap * PersistTimer.mostGrowth + 1) * 1e9)
  }

  /// Whether a segment that comes `gap` seconds after the one before may be a keepalive: at least a second, and evenly.
  static func mayBeKeepalive(gap: Double, previous: Double?) -> Bool {
    gap >= 1 && previous.map { !(PersistTimer.leastGrowth...PersistTimer.mostGrowth).contains(gap / $0) } ?? true
  }

  /// Takes a segment at SND.NXT − 1 into the zero window.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - silence: nanoseconds since the last segment received by its sender; `nil` where that is not known.
  ///   - beginningIsSeen: whether the capture has what its sender sent before it probed.
  /// - Returns: what it and the held ones are, once that is known.
  mutating func take(_ segment: HeldSegment, silence: Int64?, beginningIsSeen: Bool) -> Decision? {
    if segment.flags.contains(.urg) {
      // tcp_write_wakeup sends URG only where urgent data waits (net/ipv4/tcp_output.c).
      decision = Decision(kind: .windowProbe, isCertain: true)
    }
    let isFirst = lastTime == 0
    if isFirst { self.beginningIsSeen = beginningIsSeen && silence != nil }
    let gap = isFirst ? silence : segment.time &- lastTime
    lastTime = segment.time
    held.append((segment, nil))
    if let gap {
      previousGap = latestGap
      latestGap = Double(gap) / 1e9
      let grows =
        previousGap.map { (PersistTimer.leastGrowth...PersistTimer.mostGrowth).contains(Double(gap) / 1e9 / $0) }
        ?? false
      growingGaps = grows ? growingGaps + 1 : 0
    }
    if let decision, decision.kind == .windowProbe || (latestGap ?? 1) >= 1 { return decision }
    decision = decide()
    return decision
  }

  private func decide() -> Decision? {
    guard let latestGap else { return nil }
    // Sooner than the shortest keepalive time that can be set.
    if latestGap < 1 { return Decision(kind: .windowProbe, isCertain: true) }
    guard let previousGap else { return nil }
    let isAtLimit = PersistTimer.limit.contains(latestGap) && PersistTimer.limit.contains(previousGap)
    if isAtLimit || (!beginningIsSeen && Self.mayBeKeepalive(gap: latestGap, previous: previousGap)) {
      return held.count >= Self.limit ? Decision(kind: .windowProbe, isCertain: false) : nil
    }
    if Self.mayBeKeepalive(gap: latestGap, previous: previousGap) {
      return Decision(kind: .keepalive, isCertain: true)
    }
    return growingGaps > 1 ? Decision(kind: .windowProbe, isCertain: true) : nil
  }

  /// Takes an acknowledgment of the latest held segment.
  mutating func take(answer: HeldSegment) {
    let latest = held.count - 1
    if latest >= 0, held[latest].answer == nil { held[latest].answer = answer }
  }

  /// Hands out what was held, each with the first acknowledgment after it, once it is known or can be known no more.
  mutating func release() -> [(segment: HeldSegment, answer: HeldSegment?)] {
    defer { held = [] }
    return held
  }

  /// The peer's window is open again.
  mutating func windowOpened(at time: Int64) {
    if held.isEmpty { self = ZeroWindow() } else if openedAt == nil { openedAt = time }
  }

  /// The prober sent data: at once after the window opened, it had waited, and the held segments were window probes.
  ///
  /// - Returns: what they were; uncertain window probes where the window did not open before.
  func decision(whenDataSentAt time: Int64) -> Decision {
    guard let openedAt else { return Decision(kind: .windowProbe, isCertain: false) }
    return Decision(kind: time &- openedAt <= PersistTimer.sendDelay ? .windowProbe : .keepalive, isCertain: true)
  }
}
