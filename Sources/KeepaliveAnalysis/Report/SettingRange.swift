/// What observed gaps allow a setting to be.
public struct SettingRange: Hashable, Sendable {
  /// The least it can be.
  public var low: Double
  /// The most it can be; `nil` where there is no upper bound.
  public var high: Double?
  /// How many observations this rests on.
  public var observations: Int

  /// A range from its parts.
  public init(low: Double, high: Double?, observations: Int) {
    self.low = low
    self.high = high
    self.observations = observations
  }

  /// The likeliest setting: the roundest number of seconds in the range; `nil` where the range is open.
  public var likely: Double? {
    guard let high else { return nil }
    for step in [3600.0, 1800, 600, 300, 60, 30, 15, 10, 5, 1] {
      let multiple = (high / step).rounded(.down) * step
      if multiple > 0, multiple >= low { return multiple }
    }
    return high
  }
}

/// Gaps of one kind between a connection's packets, in seconds.
struct GapStatistics {
  private(set) var shortest = Double.infinity
  private(set) var longest = 0.0
  private(set) var count = 0

  mutating func add(_ gap: Double) {
    shortest = min(shortest, gap)
    longest = max(longest, gap)
    count += 1
  }

  /// The settings that every one of the gaps allows; `nil` without a gap.
  var range: SettingRange? {
    guard count > 0 else { return nil }
    return SettingRange(
      low: min(TimerLateness.shortestSetting(forGap: longest), shortest), high: shortest, observations: count)
  }

  /// The settings that the shortest gap allows: where longer ones may have had other causes.
  var rangeOfShortest: SettingRange? {
    guard count > 0 else { return nil }
    return SettingRange(
      low: TimerLateness.shortestSetting(forGap: shortest), high: shortest, observations: count)
  }
}
