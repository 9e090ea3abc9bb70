import Findings

/// The rows of a table of connections, and what stands below a row.
struct ConnectionRows {
  let style: TextStyle
  let zone: TimeZoneChoice
  /// Whether there is a verb's --all to ask for.
  let isReplay: Bool

  /// What stands above the table.
  var columns: [String] {
    let heads =
      isCompact
      ? ["id", "client", "verdict", "heard", "silence", "unanswered", "settings"]
      : ["id", "client", "verdict", "last heard", "silence", "probes", "unanswered", "idle/interval/count"]
    return cells.lines(heads).map(style.dim)
  }

  /// What stands above a server's connections.
  func title(_ server: ServerFindings) -> String {
    style.bold("\(server.server)") + ", \(counted(server.count, "connection"))"
  }

  /// A connection's row.
  func row(_ report: ConnectionReport) -> [String] {
    let prober = report.probers.first { $0.side == report.subject } ?? report.probers.first
    let silence = report.silenceTold.map { (report.silenceIsAtLeast ? "≥ " : "") + DurationText.text($0) } ?? "?"
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    return lines([
      "\(report.number)", report.clientAddress.description, style.coloured(report.verdict),
      report.lastHeard.map { ClockTime($0, zone).time } ?? (report.hasTimes ? "before" : "?"), silence,
      probes == 0 ? "–" : grouped(probes),
      prober.map { grouped($0.unanswered) } ?? "–", prober.map { settings($0, of: report) } ?? "–",
    ])
  }

  /// More connections than this are not named beside the one whose reason is theirs too.
  private static let numbersShown = 12

  /// Why a connection has its verdict; and which others have theirs for the same reason.
  func reason(_ report: ConnectionReport, alsoOf others: [Int] = []) -> [String] {
    var text = VerdictText.reason(report, in: zone)
    if !others.isEmpty {
      let shown = others.sorted().prefix(Self.numbersShown).map(String.init).joined(separator: ", ")
      let rest = others.count - Self.numbersShown
      text += " The same happened, at other frames, to \(shown)\(rest > 0 ? " and \(grouped(rest)) more" : "")."
    }
    return style.wrapped(text, indent: 6)
  }

  /// What reasons that differ in their numbers only have in common.
  func kind(_ report: ConnectionReport) -> String {
    report.role(report.subject) + ": " + VerdictText.reason(report).filter { !$0.isNumber }
  }

  /// What its probers' settings may be.
  func settings(_ report: ConnectionReport) -> [String] {
    report.probers.flatMap { style.wrapped(SettingsText.line($0, of: report, tellsTimeout: false), indent: 6) }
  }

  /// The row of those of `group` that come after the first `told`.
  func folded(_ group: ServerFindings.Group, after told: Int) -> [String] {
    let row = group.row(after: told)
    var tally = row.clients
    return lines([
      "–", "\(grouped(row.count)) of \(counted(tally.most(1).clients, "client"))", style.coloured(group.verdict), "",
      row.longestSilence.map { "≤ " + DurationText.text(nanoseconds: $0) } ?? "?",
      row.hasProbers ? grouped(row.probes) : "–",
      row.hasProbers ? grouped(row.unanswered) : "–", group.areVictims ? settings(row) : periods(row.periods),
    ])
  }

  /// Whose the folded ones are; of victims, when they were last heard.
  func note(_ group: ServerFindings.Group, after told: Int) -> [String] {
    let row = group.row(after: told)
    var tally = row.clients
    let (clients, most) = tally.most(3)
    let hosts = most.map { "\(grouped($0.connections)) of \($0.name)" }.joined(separator: ", ")
    let more = clients > most.count ? " and \(grouped(clients - most.count)) more hosts" : ""
    let heard = group.areVictims ? row.lastHeard.map { "; last heard " + times($0) } ?? "" : ""
    let note = group.verdict == .answered ? "; answered by a kernel: this says nothing of its program" : ""
    return style.wrapped("\(hosts)\(more)\(heard)\(note).\(isReplay ? " One by one: --all" : "")", indent: 6)
  }

  /// Whether a terminal is too narrow for a column each: 80 columns hold everything in fewer.
  private var isCompact: Bool { style.columns < 98 }

  private var cells: RowCells {
    isCompact
      ? RowCells(widths: [3, 21, 10, 8, 9, 10], lastWidth: 12, indent: 6, style: style)
      : RowCells(widths: [4, 21, 10, 11, 9, 6, 10], lastWidth: 19, indent: 6, style: style)
  }

  /// A row's lines, from the cells of the widest table.
  private func lines(_ all: [String]) -> [String] {
    guard isCompact else { return cells.lines(all) }
    let (probes, unanswered, settings) = (all[5], all[6], all[7])
    return cells.lines(
      all.prefix(5) + [probes == "–" ? "–" : "\(unanswered) of \(probes)", settings.replacing(" / ", with: "/")])
  }

  /// What the settings are in short; and whose, where both ends probe.
  private func settings(_ prober: ProberReport, of report: ConnectionReport) -> String {
    (report.probers.count > 1 ? "\(report.role(prober.side)): " : "") + SettingsText.short(prober)
  }

  /// "600 s / 75 s / 9", or "2 s to 15 s / 1 s to 5 s / 2 to 10".
  private func settings(_ row: FoldedRow) -> String {
    guard row.hasProbers else { return "–" }
    let (idle, interval) = (row.settings.idle, row.settings.interval)
    return [
      range(idle, SettingsText.seconds), range(interval, SettingsText.seconds),
      range(row.settings.count) { grouped(Int($0)) },
    ].joined(separator: " / ")
  }

  /// "period 60 s", or "period 60 s to 120 s".
  private func periods(_ likely: ClosedRange<Double>?) -> String {
    likely == nil ? "–" : "period " + range(likely, SettingsText.seconds)
  }

  private func range(_ values: ClosedRange<Double>?, _ text: (Double) -> String) -> String {
    guard let values else { return "?" }
    let ends = [text(values.lowerBound), text(values.upperBound)]
    return ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to ")
  }

  private func times(_ range: ClosedRange<Int64>) -> String {
    let ends = [ClockTime(range.lowerBound, zone).time, ClockTime(range.upperBound, zone).time]
    return ends[0] == ends[1] ? "at " + ends[0] : ends.joined(separator: " to ")
  }
}
