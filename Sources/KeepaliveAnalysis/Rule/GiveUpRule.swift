import PacketWire

/// The rule by which the reset is recognised that a prober's kernel sends when it gives up (net/ipv4/tcp_timer.c,
/// tcp_keepalive_timer; tcp_send_active_reset).
///
/// A program's abort has the same octets, so the time must fit: one interval after the last of its unanswered probes.
struct GiveUpRule: SegmentRule {
  static var name: Judgement.Rule { .giveUp }

  enum Question: CaseIterable {
    case hasUnansweredProbes
    case resetAcknowledges
    case resetAtNext
    case oneIntervalLater
  }

  let segment: Segment
  /// The reset's sender, as a prober.
  let unanswered: Int
  let probe: HeldSegment?
  /// Seconds between its latest two probes; `nil` where no two were unanswered.
  let interval: Double?
  /// Whether each interval is twice as long as the one before.
  let intervalsDouble: Bool
  /// The most that the interval can be, in seconds, where it was not seen: what answered probes' gaps show.
  let longestInterval: Double?

  private var expected: SequenceNumber? { probe?.sequence.advanced(by: 1) }
  private var gap: Int64? { probe.map { segment.time &- $0.time } }

  private var isOneIntervalLater: Bool {
    guard let gap else { return false }
    let seconds = Double(gap) / 1e9
    if let interval {
      return seconds >= TimerLateness.shortestSetting(forGap: interval)
        && TimerLateness.shortestSetting(forGap: seconds) <= (intervalsDouble ? 2 * interval : interval)
    }
    // The interval was never seen. It is at least a second, and the period of answered probes is at least the interval.
    guard seconds >= KeepaliveTimer.shortestInterval else { return false }
    return longestInterval.map { TimerLateness.shortestSetting(forGap: seconds) <= $0 } ?? true
  }

  func finding(_ question: Question) -> Judgement.Finding {
    switch question {
    case .hasUnansweredProbes: unanswered > 0 && probe != nil ? .holds : .fails
    case .resetAcknowledges: segment.flags.contains(.ack) ? .holds : .fails
    case .resetAtNext: segment.sequence == expected ? .holds : .fails
    case .oneIntervalLater: isOneIntervalLater ? .holds : .fails
    }
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    if question == .hasUnansweredProbes { return .hasUnansweredProbes(unanswered) }
    guard unanswered > 0, let expected, let gap else { return nil }
    switch question {
    case .hasUnansweredProbes: return nil
    case .resetAcknowledges: return .resetAcknowledges(segment.flags)
    case .resetAtNext: return .resetAtNext(sequence: segment.sequence, expected: expected)
    case .oneIntervalLater: return .oneIntervalLater(gap: gap, interval: interval)
    }
  }
}
