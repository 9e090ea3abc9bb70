import Glibc

/// In which zone times are shown.
public enum TimeZoneChoice: Sendable {
  /// Coordinated universal time.
  case utc
  /// The host's zone (TZ, /etc/localtime).
  case local
}

/// A time of day as people and programs read it.
public struct ClockTime: Sendable {
  /// "2026-11-23".
  public let date: String
  /// "13:41:07".
  public let time: String
  /// "UTC", "CET".
  public let zone: String
  /// The nanoseconds of the second.
  public let nanoseconds: Int64

  /// The time at `nanoseconds` since the epoch, in `zone`.
  public init(_ nanoseconds: Int64, _ zone: TimeZoneChoice) {
    let (seconds, rest) = Self.split(nanoseconds)
    var whole = time_t(seconds)
    var parts = unsafe tm()
    if zone == .utc { unsafe gmtime_r(&whole, &parts) } else { unsafe localtime_r(&whole, &parts) }
    date = unsafe Self.date(parts)
    let hour = unsafe parts.tm_hour
    let minute = unsafe parts.tm_min
    let second = unsafe parts.tm_sec
    time = "\(twoDigits(hour)):\(twoDigits(minute)):\(twoDigits(second))"
    if zone == .utc {
      self.zone = "UTC"
    } else if let name = unsafe parts.tm_zone {
      self.zone = unsafe String(cString: name)
    } else {
      self.zone = "local time"
    }
    self.nanoseconds = rest
    offset = unsafe Int64(parts.tm_gmtoff) * 1_000_000_000
  }

  /// How far its zone's clock is ahead of UTC's then, in nanoseconds.
  let offset: Int64

  /// "13:41:07.398".
  public var milliseconds: String { time + "." + padded(nanoseconds / 1_000_000, to: 3) }

  private static func date(_ parts: tm) -> String {
    let year = unsafe Int(parts.tm_year) + 1900
    let month = unsafe parts.tm_mon + 1
    let day = unsafe parts.tm_mday
    return "\(padded(Int64(year), to: 4))-\(twoDigits(month))-\(twoDigits(day))"
  }

  /// Whole seconds rounded down, and the nanoseconds above them.
  private static func split(_ nanoseconds: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0 ? (quotient - 1, remainder + 1_000_000_000) : (quotient, remainder)
  }
}

private func twoDigits(_ value: Int32) -> String { padded(Int64(value), to: 2) }

private func padded(_ value: Int64, to width: Int) -> String {
  let text = String(value)
  return String(repeating: "0", count: max(0, width - text.count)) + text
}
