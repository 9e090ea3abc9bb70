import ApplicationLog
import Demo
import Findings
import KernelView
import PacketWire

/// What came of a demo.
public struct DemoOutcome: Sendable {
  /// Each client's connection, by the client's name.
  let connections: [(name: String, report: ConnectionReport)]
  let calls: [ApplicationCall]
  let tally: EventTally
  let kernel: TCPCounters?
  let isPrivate: Bool
  let lost: Int
  let idle: Int
  let interval: Int

  /// An outcome from its parts: what was captured, called and counted, and the client's settings in seconds.
  public init(
    connections: [(name: String, report: ConnectionReport)], calls: [ApplicationCall], tally: EventTally,
    kernel: TCPCounters?, isPrivate: Bool, lost: Int, idle: Int, interval: Int
  ) {
    self.connections = connections
    self.calls = calls
    self.tally = tally
    self.kernel = kernel
    self.isPrivate = isPrivate
    self.lost = lost
    self.idle = idle
    self.interval = interval
  }

  /// Whether the first connection ended as the scenario is known to end.
  public func isAsExpected(_ scenario: DemoScenario) -> Bool {
    connections.first?.report.verdict.rawValue == scenario.expectedVerdict
  }

  /// What the client's program learned, in short: "recv ETIMEDOUT, send EPIPE".
  public var programSaw: String {
    let told = calls.filter { $0.process != "server" && $0.tellsOfTheEnd }
    let texts = told.map { call in "\(call.call) \(call.error ?? "= 0")" }
    return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
  }

  /// What was captured, in short: "3 probes, RST of the prober".
  public var wireShowed: String {
    guard let report = connections.first?.report else { return "nothing" }
    var parts: [String] = []
    if tally.probes > 0 {
      let answered = connections.flatMap(\.report.probers).reduce(0) { $0 + $1.answered }
      parts.append("\(counted(tally.probes, "probe")), \(answered) answered")
    }
    if tally.windowProbes > 0 { parts.append(counted(tally.windowProbes, "window probe")) }
    if let stall = report.stall { parts.append(counted(stall.retransmissions, "retransmission")) }
    switch report.verdict {
    case .dead: parts.append("RST of the prober")
    case .reset where report.reset?.answersProbe == true: parts.append("RST for a probe")
    case .reset: parts.append("RST of the \(report.role(report.subject))")
    case .closed: parts.append("FIN of the \(report.role(report.subject))")
    default: break
    }
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}

/// What stands above and below a demo's time line.
public enum DemoText {
  /// The title, the story and the settings.
  public static func head(
    _ scenario: DemoScenario, _ settings: KeepaliveSettings, isPrivate: Bool, style: TextStyle
  ) -> [String] {
    let title = scenario.name.uppercased().split(separator: "-").joined(separator: " ")
    var lines = [style.bold(title)] + scenario.story.map { "  " + $0 }
    if !isPrivate {
      lines.append("  No private network could be had: the kernel's counters may include other programs'.")
    }
    return lines + [
      "", "  client  \(scenario.clientSettings(settings))", "  server  \(scenario.serverSettings(settings))", "",
    ]
  }

  /// The verdict and what to learn from it.
  public static func end(_ scenario: DemoScenario, _ outcome: DemoOutcome, style: TextStyle) -> [String] {
    var lines = [""] + headline(outcome, style)
    if !outcome.isAsExpected(scenario) {
      lines.append("  Not as usual  this scenario ends with the verdict '\(scenario.expectedVerdict)' elsewhere.")
    }
    for (name, text) in [
      ("To learn", scenario.lesson),
      ("By default", "(7200 s, 75 s, 9; off unless a program turns it on) " + scenario.byDefault),
    ] {
      lines += paragraph(name, text, style)
    }
    lines += python(outcome, style)
    return lines + paragraph("Cross-check", crossCheck(outcome), style)
  }

  /// What to try next; `command` is the words that start a demo.
  public static func next(_ command: String, _ style: TextStyle) -> [String] {
    let own = "\(command) silent-peer --idle 3 --count 5"
    let rows = [
      ("\(command) --list", "every scenario, and what to learn from it"),
      ("\(command) all", "all of them, with a table at the end"), (own, "your own numbers"),
    ]
    return [""]
      + rows.enumerated().map { index, row in
        (index == 0 ? "Next: " : "      ") + style.pad(row.0, own.count + 5) + row.1
      }
  }

  /// A name, and text beside it.
  static func paragraph(_ name: String, _ text: String, _ style: TextStyle) -> [String] {
    style.beside(style.pad("  \(name)", 16), text, indent: 16)
  }

  private static func headline(_ outcome: DemoOutcome, _ style: TextStyle) -> [String] {
    if let kernel = outcome.kernel, outcome.isPrivate, kernel.keepaliveProbes > 0, outcome.tally.probes == 0 {
      let probes = counted(kernel.keepaliveProbes, "probe")
      return [style.bold("UNSEEN") + ": the kernel counted \(probes), and none was captured."]
    }
    guard outcome.connections.count == 1, let report = outcome.connections.first?.report else {
      return outcome.connections.flatMap { name, report in
        style.wrapped("\(style.bold(name)), \(report.verdict.rawValue). \(VerdictText.reason(report))", indent: 0)
      }
    }
    if report.verdict == .dead, let sum = sum(report, outcome) { return [style.bold("DEAD") + sum] }
    return style.wrapped(
      style.bold(report.verdict.rawValue.uppercased()) + ": " + VerdictText.reason(report), indent: 0)
  }

  /// The silence as the sum of the settings that made it.
  private static func sum(_ report: ConnectionReport, _ outcome: DemoOutcome) -> String? {
    guard let silence = report.silence, let unanswered = report.probers.first?.unanswered else { return nil }
    let setting = Double(outcome.idle + unanswered * outcome.interval)
    return " after \(DurationText.fixed(silence, 2)) s without a word from the server = idle \(outcome.idle) s "
      + "+ \(unanswered) × interval \(outcome.interval) s + \(DurationText.fixed(silence - setting, 2)) s lateness"
  }

  private static func python(_ outcome: DemoOutcome, _ style: TextStyle) -> [String] {
    paragraph("In Python", PythonText.sentence(outcome.calls.filter { $0.process != "server" }), style)
  }

  /// What the kernel counted beside what was captured, and why they differ where they do.
  static func crossCheck(_ outcome: DemoOutcome) -> String {
    guard let kernel = outcome.kernel else { return "this kernel does not show its counters." }
    let tally = outcome.tally
    var counters = [("TcpExtTCPKeepAlive", kernel.keepaliveProbes, tally.probes)]
    if kernel.windowProbes > 0 || tally.windowProbes > 0 {
      counters.append(("TcpExtTCPWinProbe", kernel.windowProbes, tally.windowProbes))
    }
    counters.append(("TcpExtTCPAbortOnTimeout", kernel.abortsOnTimeout, tally.giveUps))
    let counts = counters.map { "\($0.0) +\($0.1)" }.joined(separator: ", ")
    let seen = counters.map { "\($0.2)" }
    let line = "kernel: \(counts); captured: \(seen.dropLast().joined(separator: ", ")) and \(seen.last ?? "")."
    return counters.contains { $0.1 != $0.2 } ? line + " " + difference(outcome, kernel) : line
  }

  private static func difference(_ outcome: DemoOutcome, _ kernel: TCPCounters) -> String {
    if outcome.lost > 0 { return "They differ: the capture lost \(counted(outcome.lost, "packet"))." }
    if !outcome.isPrivate { return "They differ: the counters include other programs' connections." }
    let isStalled = outcome.connections.contains { $0.report.stall != nil }
    if kernel.keepaliveProbes == outcome.tally.probes, kernel.windowProbes == outcome.tally.windowProbes, isStalled {
      return "A kernel that gives up on unacknowledged data sends no reset."
    }
    return "The capture lost nothing: the rest never reached the interface; the kernel counts a probe before it "
      + "hands it on."
  }

  /// The table of all scenarios.
  public static func table(_ rows: [[String]], style: TextStyle) -> [String] {
    let heads = ["scenario", "verdict", "the program saw", "the wire showed", "keepalive's part"]
    let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
    return ([heads] + rows).enumerated().map { number, row in
      var line = row.indices.map { style.pad(row[$0], widths[$0] + 2) }.joined()
      while line.last == " " { line.removeLast() }
      return number == 0 ? style.bold(line) : line
    }
  }
}
