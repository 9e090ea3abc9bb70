import ArgumentParser
import KeepaliveAnalysis
import Presenting
import SystemCalls

/// Options that replay and live share.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print one JSON object a line instead of text (docs/json.md).")
  var json = false

  @Flag(help: "Write ASCII only, also where the locale is UTF-8.")
  var ascii = false

  @Flag(help: "Show times in UTC; without it, in this host's time zone.")
  var utc = false

  @Option(
    help: ArgumentHelp(
      "Exit with status 3 where one of these verdicts was given, separated by commas: dead, reset, stalled, blocked, unanswered, "
        + "unknown, closed, answered, not-probed.", valueName: "verdicts"),
    completion: .list(Verdict.allCases.map(\.rawValue)),
    transform: { text in
      try text.split(separator: ",").map { word in
        guard let verdict = Verdict(rawValue: String(word)) else {
          let known = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("'\(word)' is no verdict. The verdicts are: \(known).")
        }
        return verdict
      }
    })
  var failOn: [Verdict] = []

  @Option(
    name: .customShort("Z"),
    help: ArgumentHelp(
      "As root: go on as this user once everything is open, not as the user who called sudo, _keepwatch or nobody.",
      valueName: "user"))
  var user: String?

  @Option(
    help: ArgumentHelp(
      "Track so many connections at once (default: 8,000,000 of files, 1,000,000 of what is watched). Each takes some 0.3 to 0.6 "
        + "kB. Where a watch has more, it gives some up of which two probes were not seen yet.", valueName: "n"))
  var maxConnections: Int?

  @Flag(name: .customShort("n"), help: "Accepted for tcpdump's users: names are never looked up.")
  var numeric: Int

  @Flag(name: .customShort("l"), help: "Accepted for tcpdump's users: lines are written as soon as they are whole.")
  var lineBuffered = false

  @Flag(
    name: .customShort("t"), help: "Accepted for tcpdump's users: the date and zone are told once, then times of day.")
  var timeForm: Int

  func validate() throws {
    let bounds = 4096...KeepaliveAnalyzer.maximumConnections
    if let maxConnections, !bounds.contains(maxConnections) {
      throw ValidationError("--max-connections must be 4,096 to 8,000,000.")
    }
  }

  /// How text may look on what stands open as `descriptor`.
  private func style(descriptor: Int32) -> TextStyle {
    var style = TextStyle.of(descriptor: descriptor)
    if ascii { style.isASCII = true }
    if let size = TerminalScreen.size(descriptor) { style.columns = size.columns }
    return style
  }

  /// Where text goes, and how it looks.
  func page(_ output: Output) -> TextPage {
    let size = TerminalScreen.size(output.descriptor)
    return TextPage(
      output: output, style: style(descriptor: output.descriptor), zone: zone,
      room: size.map { .terminal(rows: $0.rows, columns: $0.columns) } ?? .pipe)
  }

  /// The zone in which text shows times.
  var zone: TimeZoneChoice { utc ? .utc : .local }
}
