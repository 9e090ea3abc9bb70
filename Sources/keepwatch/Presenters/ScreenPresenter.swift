import ApplicationLog
import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// A screen that is kept up to date on a terminal: which connections are shown, which is selected, and when it is drawn anew.
final class ScreenPresenter: Presenter {
  /// Events kept for the picture of a selected connection.
  private static let keptEvents = 20_000
  /// So many connections that ended badly are shown to the end, the latest.
  private static let mostPast = 100
  /// The shortest time between two drawings, in nanoseconds, and the part of the time that they may take.
  private static let interval: Int64 = 250_000_000
  private static let share: Int64 = 20

  /// What is watched.
  private let title: String
  private let zone: TimeZoneChoice
  private let isASCII: Bool
  /// The terminal, while it is this screen's.
  private var terminal: TerminalScreen?
  private var events: [KeepaliveEvent] = []
  /// Connections that ended badly and are forgotten: they stay on the screen.
  private var past: [ConnectionReport] = []
  private var selected: Int?
  private var showsPicture = false
  private var numbers: [Int] = []
  private var message = ""
  private var nextDrawing: Int64 = 0

  /// Takes the terminal; `nil` where there is none.
  init?(title: String, zone: TimeZoneChoice, isASCII: Bool) {
    guard let terminal = TerminalScreen() else { return nil }
    self.terminal = terminal
    self.title = title
    self.zone = zone
    self.isASCII = isASCII
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    return needs
  }

  func event(_ event: KeepaliveEvent) {
    events.append(event)
    if events.count > 2 * Self.keptEvents { events.removeFirst(Self.keptEvents) }
  }

  func forgotten(_ report: ConnectionReport) {
    guard report.verdict == .dead || report.verdict == .reset && !report.probers.isEmpty else { return }
    past.append(report)
    if past.count > Self.mostPast { past.removeFirst() }
  }

  /// Of calls, those that tell of the end.
  func call(_ call: JoinedCall) {
    if call.call.tellsOfTheEnd {
      _ = say(LiveText(style: TextStyle(hasColour: false, isASCII: isASCII), zone: zone).line(call))
    }
  }

  /// Shows a message until the next.
  func say(_ text: String) -> Bool {
    guard terminal != nil else { return false }
    message = text.printable
    return true
  }

  /// What tells of keys; nothing while this program is in the background.
  var descriptors: [Int32] { terminal?.isOurs == true ? [Descriptor.standardInput] : [] }

  func leaveScreen() { terminal = nil }

  /// Takes keys, and draws where it is time.
  ///
  /// - Returns: whether the user asked for the end, or is gone with the terminal.
  func refresh(_ state: WatchState) -> Bool {
    guard let terminal, terminal.isOurs else { return false }
    if terminal.takeStaleness() { nextDrawing = 0 }
    for key in terminal.keys() {
      nextDrawing = 0
      switch key {
      case .quit: return true
      case .enter: showsPicture.toggle()
      case .up: move(by: -1)
      case .down: move(by: 1)
      }
    }
    let now = currentTime()
    guard now >= nextDrawing else { return terminal.isGone }
    draw(state, on: terminal)
    let cost = currentTime() - now
    nextDrawing = now + max(Self.interval, Self.share * cost)
    return terminal.isGone
  }

  private func move(by step: Int) {
    let position = selected.flatMap { numbers.firstIndex(of: $0) }
    guard let position else {
      selected = numbers.first
      return
    }
    selected = numbers[max(0, min(numbers.count - 1, position + step))]
  }

  private func draw(_ state: WatchState, on terminal: TerminalScreen) {
    guard let size = TerminalScreen.size(Descriptor.standardOutput) else { return }
    var style = TextStyle.of()
    style.columns = size.columns
    if isASCII { style.isASCII = true }
    // Of thousands of connections only those with something to tell.
    let findings = state.findings(keepingAllOf: 1000)
    let reports = (past + findings.reports).sorted {
      ($0.verdict.rank, -($0.silence ?? 0)) < ($1.verdict.rank, -($1.silence ?? 0))
    }
    numbers = reports.map(\.number)
    let sockets = Dictionary(grouping: SocketState.connections() ?? [], by: \.ends.unordered)
    let rows = reports.map { report in
      LiveScreenText.Row(report, sockets: sockets[report.ends.unordered] ?? [])
    }
    var picture: [String] = []
    if showsPicture, let report = reports.first(where: { $0.number == selected }) ?? reports.first {
      selected = report.number
      let own = events.filter { $0.connection == report.number }
      let figure = ConnectionFigure(
        ConnectionStory(report, packets: [], events: own, calls: [], captureEnd: state.captureEnd))
      picture = LanesText(style: style, zone: zone).lines(figure) + style.wrapped(VerdictText.reason(report), indent: 2)
    }
    let counts = "\(counted(state.packets, "packet")), \(counted(state.begun, "TCP connection"))"
    terminal.show(
      LiveScreenText(style: style, zone: zone).lines(
        title: "keepwatch \(title): \(counts)", rows: rows, selected: selected, picture: picture, message: message,
        height: size.rows))
  }
}
