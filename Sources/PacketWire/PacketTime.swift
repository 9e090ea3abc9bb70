/// The times that are reckoned with, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Whatever a capture or a log claims is held within them, so that the difference of any two fits 64 bits.
public enum PacketTime {
  /// 9,200,000,000 s, in the year 2261: 64 bits end in 2262.
  public static let limit: Int64 = 9_200_000_000_000_000_000

  /// Whether a time is one of them.
  public static func contains(_ time: Int64) -> Bool { (0...limit).contains(time) }

  /// `time`, or the end that it lies beyond.
  @inlinable
  public static func held(_ time: Int64) -> Int64 { min(max(time, 0), limit) }

  /// The time `difference` nanoseconds before `time`, held alike.
  public static func before(_ time: Int64, by difference: Int64) -> Int64 {
    let (earlier, overflow) = time.subtractingReportingOverflow(difference)
    return overflow ? (difference > 0 ? 0 : limit) : held(earlier)
  }
}
