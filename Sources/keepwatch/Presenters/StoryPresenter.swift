import ApplicationLog
import Demo
import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// A demo as a story: what its programs saw beside what their kernels did, while it happens; and what to learn from it.
final class StoryPresenter: Presenter {
  private let page: TextPage
  private let options: DemoOptions
  private let settings: KeepaliveSettings
  private let clients: [String]
  /// Whether the outcome follows the text, for `demo all`.
  private let printsOutcomeLast: Bool
  private var timeline: ProgramTimeline
  /// Each client's end of its connection, by the client's name.
  private var ends: [String: SocketAddress] = [:]

  /// Whether its reader says when it goes on.
  private let pauses: Bool

  init(_ page: TextPage, _ options: DemoOptions, printsOutcomeLast: Bool, pauses: Bool) {
    self.page = page
    self.pauses = pauses
    self.options = options
    self.printsOutcomeLast = printsOutcomeLast
    settings = options.settings
    clients = options.scenario.script(settings).clients.map(\.name)
    let only = clients.count == 1 ? clients.first : nil
    timeline = ProgramTimeline(
      style: page.style, probeLimit: only == nil ? nil : settings.count, principal: only)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsPackets = true
    needs.callsAtOnce = true
    return needs
  }

  func begin(_ part: CapturePart) {
    page.lines(
      DemoText.head(options.scenario, settings, isPrivate: options.isPrivate, style: page.style))
    if pauses { Enter.wait("What do you expect? Enter lets it happen.", page) }
    page.line(timeline.heading)
    page.output.flush()
  }

  func event(_ event: KeepaliveEvent) { timeline.take(event) }

  func packet(_ segment: Segment, of connection: Int) { timeline.take(segment) }

  /// What happens to the server's host, as its part in the demo logs it.
  private static let changes = [
    "deaf": "the server's host goes deaf", "hears": "the server's host hears again",
    "forgets": "the server's host forgets the connection",
  ]

  /// What a box on the path does, which the server's part plays.
  private static let boxForgets = "box-forgets"

  func call(_ joined: JoinedCall) {
    let call = joined.call
    if call.call == "connect", let end = call.localEnd, ends[call.process] == nil { ends[call.process] = end }
    if call.call == Self.boxForgets, let client = ends.first(where: { $0.value == call.remoteEnd })?.key {
      timeline.take(note: "the box forgets the connection of \(client)", at: call.time)
    } else if let change = Self.changes[call.call] {
      timeline.take(note: change, at: call.time)
    } else if call.process != "server" || call.tellsOfTheEnd || call.call == "close" {
      timeline.take(call)
    }
  }

  func socket(_ socket: SocketState, at time: Int64) {
    guard clients.count == 1 else { return }
    timeline.take(socket: socket.text, of: socket.local.port == DemoStage.port ? "server" : nil, at: time)
  }

  func note(_ note: Note) {
    switch note {
    case .done(let text, let time): timeline.take(note: text, at: time)
    case .lastLook(let sockets, let time):
      guard clients.count > 1 else { return }
      for name in clients {
        guard let socket = sockets.first(where: { $0.local == ends[name] }) else { continue }
        timeline.take(socket: socket.text, of: name, at: time)
      }
    case .dataLeftOut: break
    }
  }

  func refresh(_ state: WatchState) -> Bool {
    page.lines(timeline.finishedLines(at: state.time))
    return false
  }

  func abandon() { page.lines(timeline.finishedLines(at: nil)) }

  func end(_ findings: CaptureFindings) {
    page.lines(timeline.finishedLines(at: nil))
    guard findings.connections.total > 0 else { return }
    let outcome = DemoOutcome(
      connections: connections(findings), calls: findings.programs.calls.map(\.call), tally: findings.tally,
      kernel: findings.source.host?.counters, isPrivate: options.isPrivate, lost: findings.source.dropped ?? 0,
      idle: settings.idle, interval: settings.interval)
    let scenario = options.scenario
    if pauses { Enter.wait("Were you right? Enter tells the answer.", page) }
    page.lines(DemoText.end(scenario, outcome, style: page.style))
    guard printsOutcomeLast else {
      // scripts/demo tells how it was called: then there may be no keepwatch in PATH.
      return page.lines(DemoText.next(environmentVariable("KEEPWATCH_DEMO") ?? "keepwatch demo", page.style))
    }
    let verdict = outcome.isAsExpected(scenario) ? scenario.expectedVerdict : "not as usual"
    page.output.line(
      [options.scenario.name, verdict, outcome.programSaw, outcome.wireShowed, scenario.contribution]
        .joined(separator: "\t"))
  }

  /// Each client's connection, by the client's name, in the script's order.
  private func connections(_ findings: CaptureFindings) -> [(name: String, report: ConnectionReport)] {
    clients.compactMap { name in
      let own = findings.programs.calls.first {
        $0.call.process == name && $0.call.call == "connect" && $0.local != nil
      }
      return own?.connection.flatMap { findings.programs.reports[$0] }.map { (name, $0) }
    }
  }
}
