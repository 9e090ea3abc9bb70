import Glibc

/// A day of the calendar.
public struct CalendarDate: Equatable, Sendable {
  private let year: Int
  private let month: Int
  private let day: Int

  /// A day from its three numbers, as people count them.
  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day at a time, nanoseconds since the epoch; in UTC, or in this host's zone.
  public init(at time: Int64, isUTC: Bool) {
    var seconds = time_t(time / 1_000_000_000)
    var parts = unsafe tm()
    if isUTC { unsafe gmtime_r(&seconds, &parts) } else { unsafe localtime_r(&seconds, &parts) }
    unsafe self.init(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
  }

  /// The day after it.
  public var next: CalendarDate {
    let noon = moment(secondsOfDay: 43_200, isUTC: true) ?? 0
    return CalendarDate(at: (noon + 86_400) * 1_000_000_000, isUTC: true)
  }

  /// The moment of a time of day.
  ///
  /// - Parameters:
  ///   - seconds: the time of day; where the clock is set forward meanwhile, what it shows counts.
  ///   - isUTC: whether UTC is meant, not this host's zone.
  /// - Returns: seconds since the epoch; `nil` where there is no such day.
  public func moment(secondsOfDay seconds: Int64, isUTC: Bool) -> Int64? {
    var parts = unsafe tm()
    unsafe parts.tm_year = Int32(year - 1900)
    unsafe parts.tm_mon = Int32(month - 1)
    unsafe parts.tm_mday = Int32(day)
    unsafe parts.tm_hour = Int32(seconds / 3600)
    unsafe parts.tm_min = Int32(seconds / 60 % 60)
    unsafe parts.tm_sec = Int32(seconds % 60)
    // Whether summer time holds is found out (mktime(3)).
    unsafe parts.tm_isdst = -1
    let moment = unsafe isUTC ? timegm(&parts) : mktime(&parts)
    // A day that is none has become another.
    return unsafe Int(parts.tm_mon) + 1 == month ? Int64(moment) : nil
  }
}

/// A text with the parts of a time in it, as strftime(3) writes them in this host's zone: "%H%M%S".
///
/// - Parameters:
///   - pattern: the text.
///   - time: nanoseconds since the epoch.
/// - Returns: the text; `pattern` itself where it comes to nothing, or to too much.
public func textOfTime(_ pattern: String, at time: Int64) -> String {
  var seconds = time_t(time / 1_000_000_000)
  var parts = unsafe tm()
  unsafe localtime_r(&seconds, &parts)
  // NAME_MAX (limits.h), and the end.
  var octets = [CChar](repeating: 0, count: 256)
  let count = unsafe strftime(&octets, octets.count, FileName.octets(pattern), &parts)
  return count == 0 ? pattern : FileName.text(octets.prefix(count).map { UInt8(bitPattern: $0) })
}
