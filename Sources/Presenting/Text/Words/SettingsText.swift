import Findings

/// What the gaps allow a prober's settings to be, as people set them, with the range beside it.
enum SettingsText {
  /// All that is known of them, and whose they are.
  ///
  /// - Parameters:
  ///   - prober: whose.
  ///   - report: of which connection.
  ///   - tellsTimeout: whether TCP_USER_TIMEOUT is told, which stands beside a give-up's reason too.
  /// - Returns: one line.
  static func line(_ prober: ProberReport, of report: ConnectionReport, tellsTimeout: Bool = true) -> String {
    "settings of the \(report.role(prober.side)): \(known(prober, tellsTimeout, hasAnswers: report.unheard == nil))"
  }

  private static func known(_ prober: ProberReport, _ tellsTimeout: Bool, hasAnswers: Bool) -> String {
    var parts: [String] = []
    for (name, range) in [("TCP_KEEPIDLE", prober.idle), ("TCP_KEEPINTVL", prober.interval)] {
      if let range { parts.append("\(name) \(text(range))") }
    }
    if let gaps = prober.doublingGaps {
      parts.append(
        "no one interval between unanswered probes, but gaps "
          + "\(growth(gaps))")
    }
    if let count = prober.count { parts.append("TCP_KEEPCNT \(count.high == nil ? "at least " : "")\(Int(count.low))") }
    if tellsTimeout, let timeout = prober.userTimeout, let high = timeout.high {
      parts.append(
        "or any count with TCP_USER_TIMEOUT of \(DurationText.fixed(timeout.low, 2)) to \(DurationText.fixed(high, 2)) s, "
          + "which looks the same")
    }
    if prober.interval == nil, prober.doublingGaps == nil, let period = prober.period {
      if !hasAnswers {
        parts.append(
          "the interval, or, where the probes were answered, the longer of idle time and interval \(text(period))")
      } else {
        let isIdle = isSame(prober.idle, period)
        let what =
          isIdle ? "TCP_KEEPINTVL is not longer than that" : "the longer of idle time and interval \(text(period))"
        parts.append("\(what); more does not show while every probe is answered")
      }
    }
    return parts.isEmpty ? "one probe tells none" : parts.joined(separator: " · ")
  }

  /// Whether the gaps after answers tell the same setting as those after data: then the interval is no longer than the idle time.
  private static func isSame(_ idle: SettingRange?, _ period: SettingRange) -> Bool {
    guard let idle else { return false }
    return idle.likely == nil ? idle.high == period.high : idle.likely == period.likely
  }

  /// "45 s (40.86 to 45.00 s by 30 gaps)".
  private static func text(_ range: SettingRange) -> String {
    let low = DurationText.fixed(range.low, 2)
    let bounds = range.high.map { "\(low) to \(DurationText.fixed($0, 2)) s" } ?? "at least \(low) s"
    let gaps = counted(range.observations, "gap")
    return range.likely.map { "\(seconds($0)) (\(bounds) by \(gaps))" } ?? "\(bounds) (\(gaps))"
  }

  /// In short: "2 s / 1 s / 3", or "period 45 s".
  static func short(_ prober: ProberReport) -> String {
    if prober.idle == nil, prober.interval == nil, prober.count == nil, prober.doublingGaps == nil,
      let period = prober.period
    {
      return "period " + likely(period)
    }
    let count = prober.count.map { $0.high == nil ? "≥ \(Int($0.low))" : "\(Int($0.low))" } ?? "?"
    let interval = prober.doublingGaps == nil ? likely(prober.interval) : "doubling"
    return "\(likely(prober.idle)) / \(interval) / \(count)"
  }

  private static func likely(_ range: SettingRange?) -> String { range?.likely.map(seconds) ?? "?" }

  /// A setting in nanoseconds, in seconds.
  static func seconds(nanoseconds: Int64) -> String { seconds(DurationText.seconds(nanoseconds)) }

  /// "7,200 s", "0.5 s".
  static func seconds(_ value: Double) -> String {
    guard value != value.rounded() else { return "\(grouped(Int(value))) s" }
    let text = DurationText.fixed(value, 2)
    return (text.hasSuffix("0") ? String(text.dropLast()) : text) + " s"
  }

  /// That the gaps double, and what that means.
  static func doubling(_ gaps: DoublingGaps) -> String {
    "The gaps between its probes double, \(growth(gaps)), as illumos' and Solaris' do. Such a stack gives up after a total "
      + "time and not after a count. \(DurationText.text(gaps.total)) have passed since the first."
  }

  private static func growth(_ gaps: DoublingGaps) -> String {
    "from \(DurationText.text(gaps.shortest)) to \(DurationText.text(gaps.longest))"
  }
}
