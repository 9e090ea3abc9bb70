import ApplicationLog
import KeepaliveAnalysis

/// What came of a demo.
public struct DemoOutcome: Sendable {
  let connection: ConnectionReport
  let calls: [ApplicationCall]
  let tally: EventTally
  let kernel: (probes: Int, aborts: Int)?
  let isPrivate: Bool
  let lost: Int
  let idle: Int
  let interval: Int
  let count: Int

  /// An outcome from its parts: what was captured, called and counted, and the client's settings in seconds.
  public init(
    connection: ConnectionReport, calls: [ApplicationCall], tally: EventTally, kernel: (probes: Int, aborts: Int)?,
    isPrivate: Bool, lost: Int, idle: Int, interval: Int, count: Int
  ) {
    self.connection = connection
    self.calls = calls
    self.tally = tally
    self.kernel = kernel
    self.isPrivate = isPrivate
    self.lost = lost
    self.idle = idle
    self.interval = interval
    self.count = count
  }

  /// The errors that the client's calls gave, in order: "recv ETIMEDOUT".
  var clientErrors: [(call: String, error: String)] {
    calls.compactMap { call in call.process == "client" ? call.error.map { (call.call, $0) } : nil }
  }
}

/// What stands above and below a demo's time line.
public enum DemoText {
  /// The title, the story and the settings.
  public static func head(
    _ scenario: DemoScenario, settings: String, isPrivate: Bool, style: TextStyle
  ) -> [String] {
    let title = scenario.rawValue.uppercased().split(separator: "-").joined(separator: " ")
    let indent = String(repeating: " ", count: title.count + 2)
    var lines = [style.bold(title) + "  " + scenario.story[0]]
    lines += scenario.story.dropFirst().map { indent + $0 }
    if !isPrivate {
      lines.append("  No private network could be had: the kernel's counters may include other programs'.")
    }
    return lines + ["", "  client             \(settings)", "  server port 12345  SO_KEEPALIVE off", ""]
  }

  /// The verdict and what to learn from it.
  public static func end(_ scenario: DemoScenario, _ outcome: DemoOutcome, style: TextStyle) -> [String] {
    [""] + conclusion(outcome, style) + python(outcome) + [crossCheck(outcome), ""] + next(scenario)
  }

  private static func conclusion(_ outcome: DemoOutcome, _ style: TextStyle) -> [String] {
    let report = outcome.connection
    switch report.verdict {
    case .dead:
      let silence = report.silence ?? 0
      let unanswered = report.probers.first?.unanswered ?? 0
      let setting = Double(outcome.idle + unanswered * outcome.interval)
      return [
        style.bold("DEAD") + " after \(DurationText.fixed(silence, 2)) s without a word from the server "
          + "= idle \(outcome.idle) s + \(unanswered) × interval \(outcome.interval) s "
          + "+ \(DurationText.fixed(silence - setting, 2)) s lateness",
        "  In between    the program saw nothing, and the socket said ESTAB to the end.",
        "  The far end   is still ESTAB: its own keepalive is off, so it will not notice until it sends.",
        "  By default    (7200 s, 75 s, 9, and only if the program turns it on) this takes 2 h 11 min 15 s.",
      ]
    case .closed, .reset:
      return [
        style.bold("CLOSED") + " by the server's kernel: it sent a FIN for the killed program, at once. "
          + "Keepalive probes seen: \(outcome.tally.probes).",
        "  The program   learned it from recv() = 0, the end of the stream: no error, and no timer involved.",
        "  Sending on    succeeds once, as the other direction is still open; it draws a reset, and the next fails.",
      ]
    case .answered:
      return [
        style.bold("ANSWERED")
          + ": \(outcome.tally.answers) of \(counted(outcome.tally.probes, "probe")), by the server's "
          + "kernel. Neither program noticed any.",
        "  What it says  the server's host is up and knows the connection; of the server program it says nothing.",
        "  How often     every \(max(outcome.idle, outcome.interval)) s, the longer of idle time and interval.",
      ]
    default:
      return [style.bold(report.verdict.rawValue.uppercased()) + ": " + VerdictText.reason(report)]
    }
  }

  private static let pythonNames = [
    "ETIMEDOUT": "TimeoutError", "EPIPE": "BrokenPipeError", "ECONNRESET": "ConnectionResetError",
    "ECONNREFUSED": "ConnectionRefusedError",
  ]

  private static func python(_ outcome: DemoOutcome) -> [String] {
    var parts = outcome.clientErrors.map { "\($0.call) raises \(pythonNames[$0.error] ?? "OSError") (\($0.error))" }
    if outcome.calls.contains(where: { $0.process == "client" && $0.call == "recv" && $0.result == 0 }) {
      parts.insert("recv returns b''", at: 0)
    }
    return parts.isEmpty ? [] : ["  In Python     " + parts.joined(separator: "; then ") + "."]
  }

  private static func crossCheck(_ outcome: DemoOutcome) -> String {
    guard let kernel = outcome.kernel else { return "  Cross-check   this kernel does not show its counters." }
    let (probes, aborts) = (outcome.tally.probes, outcome.tally.giveUps)
    var line =
      "  Cross-check   kernel: TcpExtTCPKeepAlive +\(kernel.probes), TcpExtTCPAbortOnTimeout +\(kernel.aborts); "
      + "captured: \(probes) and \(aborts)."
    if (kernel.probes, kernel.aborts) != (probes, aborts) {
      line += outcome.isPrivate ? " They differ" : " They differ: others' may be counted"
      line += outcome.lost > 0 ? ", and the capture lost \(counted(outcome.lost, "packet"))." : "."
    }
    return line
  }

  private static func next(_ scenario: DemoScenario) -> [String] {
    let others: [(DemoScenario, String)] = [
      (.silentPeer, "the server's host goes silent: three probes and a reset"),
      (.killedServer, "a FIN and no probe at all: keepalive plays no part"),
      (.healthy, "every probe is answered, and nobody notices"),
    ]
    var lines = others.filter { $0.0 != scenario }.map { other, text in
      "scripts/demo \(other.rawValue)" + String(repeating: " ", count: 18 - other.rawValue.count) + text
    }
    lines.append("scripts/demo silent-peer --idle 3 --interval 1 --count 5     your own numbers")
    return lines.enumerated().map { ($0.offset == 0 ? "Next: " : "      ") + $0.element }
  }
}
