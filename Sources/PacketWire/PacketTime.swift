/// The times that are reckoned with, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Whatever a capture or a log claims is held within them, so that the difference of any two fits 64 bits.
public enum PacketTime {
  /// 4,600,000,000 s, in the year 2115: a pcap file's 32 bits of seconds end before, in 2106.
  ///
  /// 64 bits end in 2262, but not the difference of two such times.
  public static let limit: Int64 = 4_600_000_000_000_000_000

  /// Whether a time is one of them.
  public static func contains(_ time: Int64) -> Bool { (-limit...limit).contains(time) }

  /// `time`, or the end that it lies beyond.
  @inlinable
  public static func held(_ time: Int64) -> Int64 { min(max(time, -limit), limit) }

  /// The time `difference` nanoseconds before `time`, held alike.
  public static func before(_ time: Int64, by difference: Int64) -> Int64 {
    let (earlier, overflow) = time.subtractingReportingOverflow(difference)
    return overflow ? (difference > 0 ? -limit : limit) : held(earlier)
  }
}
