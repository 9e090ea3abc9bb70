extension Int64 {
  /// One second, in nanoseconds: the one unit for time in findings and renderers.
  public static let second: Int64 = 1_000_000_000

  /// A number of seconds, as the analysis reports them, in nanoseconds.
  public init(nanosecondsIn seconds: Double) {
    // The difference of no two times is as long as 64 bits hold.
    self = Int64(Swift.min(Swift.max((seconds * 1e9).rounded(), -9.2e18), 9.2e18))
  }
}
