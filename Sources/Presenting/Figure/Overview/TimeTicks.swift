import Findings

/// The round times along an axis, and how they are written.
struct TimeTicks {
  /// In nanoseconds since the epoch.
  let times: [Int64]
  private let step: Int64
  private let zone: TimeZoneChoice

  private static let millisecond: Int64 = 1_000_000
  private static let minute = 60 * Int64.second
  private static let hour = 60 * minute
  private static let day = 24 * hour
  private static let steps: [Int64] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * millisecond } + [1, 2, 5, 10, 15, 30].map { $0 * .second }
    + [1, 2, 5, 10, 15, 30].map { $0 * minute } + [1, 2, 3, 6, 12].map { $0 * hour }
    + [1, 2, 5, 10, 30, 100, 365].map { $0 * day }

  /// At most `most` times within `range`, round ones on the zone's clock.
  init(_ range: ClosedRange<Int64>, atMost most: Int, _ zone: TimeZoneChoice) {
    self.zone = zone
    let length = range.upperBound - range.lowerBound
    let step = Self.steps.first { length / $0 < Int64(max(1, most)) } ?? length / Int64(max(1, most)) + 1
    self.step = step
    // Hours are round on the zone's own clock.
    let offset = step < Self.minute ? 0 : ClockTime(range.lowerBound, zone).offset
    let first = (range.lowerBound + offset + step - 1) / step * step - offset
    times =
      first > range.upperBound ? [] : Array(stride(from: first, through: range.upperBound, by: Int64.Stride(step)))
  }

  /// "13:20", "13:20:05", "13:20:05.250" or "11-23".
  func label(_ time: Int64) -> String {
    let clock = ClockTime(time, zone)
    return switch step {
    case ..<Int64.second: clock.milliseconds
    case ..<Self.minute: clock.time
    case ..<Self.day: String(clock.time.dropLast(3))
    default: String(clock.date.dropFirst(5))
    }
  }

  /// How many characters a label has.
  static func labelWidth(of range: ClosedRange<Int64>, atMost most: Int) -> Int {
    let length = (range.upperBound - range.lowerBound) / Int64(max(1, most))
    return length < .second ? 12 : length < minute ? 8 : 5
  }
}
