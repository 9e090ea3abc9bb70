import ApplicationLog
import Demo
import Findings

/// What to learn from what happened to a program, as the demo tells it of its scenarios.
struct ProgramLesson {
  private let report: ConnectionReport
  private let connection: ProgramConnection
  private let isTraced: Bool
  private let outcome: ProgramOutcome

  init(_ report: ConnectionReport, _ connection: ProgramConnection, isTraced: Bool) {
    self.report = report
    self.connection = connection
    self.isTraced = isTraced
    outcome = ProgramOutcome(report, connection)
  }

  /// The lines.
  func lines(_ style: TextStyle) -> [String] {
    var lines = DemoText.paragraph("To learn", text, style)
    if isTraced { lines += DemoText.paragraph("In Python", PythonText.sentence(connection.told.map(\.call)), style) }
    return lines
  }

  private var text: String {
    switch outcome.kind {
    case .gaveUp: return lesson("silent-peer")
    case .gaveUpUnaccepted:
      return
        "An answer that is captured is not one that was accepted: a capture sees packets before this host's own filter "
        + "does. A kernel that gives up while it is answered is cut off on its own host."
    case .gaveUpUnseen, .unansweredUnseen: return lesson("no-route")
    case .gaveUpOnData: return lesson("data-in-flight")
    case .neverOpened:
      return
        "Keepalive begins when a connection is open. How long connect() waits is tcp_syn_retries' part, or TCP_USER_TIMEOUT's."
    case .asCaptured: return captured
    }
  }

  private var captured: String {
    switch report.verdict {
    case .dead: lesson("silent-peer")
    case .reset where report.reset?.answersProbe ?? false: lesson("lost-state")
    case .reset:
      "A reset tells at once, and needs no probe. Who sent it is told by its TTL and IP identification, not by its address."
    case .closed:
      "A FIN is what a program, a dying program's kernel or a proxy with an idle timeout sends. Keepalive neither brings it nor "
        + "prevents it: a probe carries no data."
    case .answered: lesson("healthy")
    case .stalled: lesson("data-in-flight")
    case .blocked: lesson("zero-window")
    case .notProbed where outcome.settings?.keepalive == false: lesson("no-keepalive")
    case .notProbed, .unanswered, .unknown:
      "Nothing is decided yet: a kernel declares a peer dead only after idle + interval × count without a word."
    }
  }

  private func lesson(_ scenario: String) -> String { DemoScenario.named(scenario)?.lesson ?? "" }
}
