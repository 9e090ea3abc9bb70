/// Gaps of one kind between a connection's packets, in seconds: as much of them as tells the timer's setting.
struct GapStatistics {
  private(set) var shortest = Double.infinity
  private(set) var longest = 0.0
  /// The mean of those gaps that are alike, if they are the majority: it is found by votes for and against
  /// (Boyer and Moore), so that single gaps with other causes do not move it.
  private var centre = 0.0
  private var number: UInt32 = 0
  private var votes: UInt32 = 0

  var count: Int { Int(number) }

  @inline(__always)
  mutating func add(_ gap: Double) {
    shortest = min(shortest, gap)
    longest = max(longest, gap)
    number &+= 1
    if votes == 0 {
      centre = gap
      votes = 1
    } else if abs(gap - centre) <= TimerLateness.jitter(centre) {
      votes &+= 1
      centre += (gap - centre) / Double(votes)
    } else {
      votes &-= 1
    }
  }

  /// What nearly all of the gaps are, give or take a timer's jitter; `nil` where they differ.
  var usual: Double? { Int(votes) * 2 > count ? centre : nil }

  /// The shortest and the longest; `nil` without a gap.
  var spread: ClosedRange<Double>? { count > 0 ? shortest...longest : nil }
}
