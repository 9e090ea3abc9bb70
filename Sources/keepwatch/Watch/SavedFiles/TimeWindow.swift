import PacketWire
import Presenting
import SystemCalls

/// The part of a capture's time that is wanted: `--from` and `--to`.
///
/// A time of day alone is one of the first packet's day, so the moments are known when that has come.
final class TimeWindow {
  private let from: NamedTime?
  private let to: NamedTime?
  private let zone: TimeZoneChoice
  private var moments: Range<Int64>?
  /// The earliest and latest times of the capture.
  private var extent: ClosedRange<Int64>?

  /// A window from a time on, and until before another; `nil` where neither is named.
  init?(from: NamedTime?, to: NamedTime?, zone: TimeZoneChoice) {
    guard from != nil || to != nil else { return nil }
    self.from = from
    self.to = to
    self.zone = zone
  }

  /// The packets that lie in it; one without a time does not.
  func packets(of records: ArraySlice<PacketRecord>) -> ArraySlice<PacketRecord> {
    let times = records.compactMap(\.time)
    guard let first = times.first else { return [] }
    let (earliest, latest) = (times.min() ?? first, times.max() ?? first)
    extent = min(extent?.lowerBound ?? earliest, earliest)...max(extent?.upperBound ?? latest, latest)
    let moments = moments ?? moments(day: CalendarDate(at: first, isUTC: zone == .utc))
    self.moments = moments
    if moments.contains(earliest), moments.contains(latest), times.count == records.count { return records }
    return records.filter { $0.time.map(moments.contains) ?? false }[...]
  }

  private func moments(day: CalendarDate) -> Range<Int64> {
    let start = from?.moment(on: day, in: zone) ?? .min
    var end = to?.moment(on: day, in: zone) ?? .max
    // "--from 23:30 --to 00:30" goes past midnight.
    if end <= start, let to, to.date == nil { end = to.moment(on: from?.date?.next ?? day.next, in: zone) ?? .max }
    return start..<max(start, end)
  }

  /// What is to be said where none of the capture's packets lies in it.
  var emptiness: String {
    guard let extent else { return "No packet has a time, so none lies between --from and --to." }
    let (first, last) = (ClockTime(extent.lowerBound, zone), ClockTime(extent.upperBound, zone))
    return "No packet lies between --from and --to: the capture goes from \(first.date) \(first.time) to \(last.date) "
      + "\(last.time) \(last.zone)."
  }
}
