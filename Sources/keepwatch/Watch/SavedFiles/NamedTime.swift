import Presenting
import SystemCalls

/// A time as people name it: ISO 8601's date and time of day, or a time of day alone.
struct NamedTime {
  /// A date; `nil` where only a time of day is named.
  private(set) var date: CalendarDate?
  private let seconds: Int64
  private let nanoseconds: Int64
  /// Seconds east of UTC; `nil` where the user's zone is meant.
  private var offset: Int64?

  /// The time of a text; `nil` where it names none.
  ///
  /// "13:41", "13:41:07.5", "2026-11-23T13:41:07", "2026-11-23 13:41", "2026-11-23T13:41:07Z", "2026-11-23T13:41+01:00".
  init?(_ text: String) {
    var clock = text[...]
    if let mark = text.firstIndex(where: { "Tt ".contains($0) }) {
      guard let date = CalendarDate(text[..<mark]) else { return nil }
      self.date = date
      clock = text[text.index(after: mark)...]
      if let zone = clock.firstIndex(where: { "Zz+-".contains($0) }) {
        guard let offset = Self.offset(clock[zone...]) else { return nil }
        self.offset = offset
        clock = clock[..<zone]
      }
    }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    let second = parts.last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    guard (2...3).contains(parts.count), parts.count == 3 || second.count == 1, second.count <= 2,
      let hour = digits(parts[0], 0...23), let minute = digits(parts[1], 0...59),
      let whole = parts.count == 3 ? digits(second[0], 0...60) : 0,
      let fraction = second.count == 2 ? Self.nanoseconds(second[1]) : 0
    else { return nil }
    seconds = Int64(hour * 3600 + minute * 60 + whole)
    nanoseconds = fraction
  }

  /// The moment in nanoseconds since the epoch, where a time of day alone is one of `day`.
  func moment(on day: CalendarDate, in zone: TimeZoneChoice) -> Int64? {
    let isUTC = zone == .utc || offset != nil
    let date = date ?? day
    return date.moment(secondsOfDay: seconds, isUTC: isUTC).map { ($0 - (offset ?? 0)) * 1_000_000_000 + nanoseconds }
  }

  /// Seconds east of UTC of "Z", "+01:00", "+0100" or "+01".
  private static func offset(_ text: Substring) -> Int64? {
    guard text != "Z", text != "z" else { return 0 }
    let numbers = text.dropFirst().filter { $0 != ":" }
    guard numbers.count == 2 || numbers.count == 4, let hours = digits(numbers.prefix(2), 0...14),
      let minutes = numbers.count == 2 ? 0 : digits(numbers.suffix(2), 0...59)
    else { return nil }
    return Int64(hours * 3600 + minutes * 60) * (text.first == "-" ? -1 : 1)
  }

  /// The nanoseconds of a second's decimals.
  private static func nanoseconds(_ decimals: Substring) -> Int64? {
    guard (1...9).contains(decimals.count), let value = digits(decimals, 0...999_999_999, width: decimals.count) else {
      return nil
    }
    return (decimals.count..<9).reduce(Int64(value)) { value, _ in value * 10 }
  }
}

extension CalendarDate {
  /// A date written as "2026-11-23"; `nil` where a text is none.
  fileprivate init?(_ text: Substring) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = digits(parts[0], 1970...2200, width: 4), let month = digits(parts[1], 1...12),
      let day = digits(parts[2], 1...31)
    else { return nil }
    self.init(year: year, month: month, day: day)
    // The 30th of February is none.
    guard moment(secondsOfDay: 0, isUTC: true) != nil else { return nil }
  }
}

/// A number of so many digits, and nothing else.
private func digits(_ text: some StringProtocol, _ range: ClosedRange<Int>, width: Int = 2) -> Int? {
  guard text.count == width, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
    let value = Int(text), range.contains(value)
  else { return nil }
  return value
}
