/// What observed gaps allow a setting to be, and what it likely is.
public struct SettingRange: Hashable, Sendable {
  /// The least it can be.
  public var low: Double
  /// The most it can be; `nil` where there is no upper bound.
  public var high: Double?
  /// How many observations this rests on.
  public var observations: Int
  /// What somebody likely set, in seconds; `nil` where nothing that people set fits the gaps.
  public var likely: Double?

  /// A range from its parts.
  public init(low: Double, high: Double?, observations: Int, likely: Double? = nil) {
    self.low = low
    self.high = high
    self.observations = observations
    self.likely = likely
  }

  /// A range as a timer allows it that is never early, widened to what was likely set: other stacks' timers are.
  init(low: Double, high: Double, observations: Int, widenedTo likely: Double?) {
    self.init(
      low: min(low, likely ?? low), high: max(high, likely ?? high), observations: observations, likely: likely)
  }
}
