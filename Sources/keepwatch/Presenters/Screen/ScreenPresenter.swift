import ApplicationLog
import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// A screen that is kept up to date on a terminal: what is known of the connections, and when it is drawn anew.
final class ScreenPresenter: Presenter {
  /// Events kept for the picture of a selected connection.
  private static let keptEvents = 20_000
  /// So many connections that were lost are shown though they are forgotten, the latest.
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
  /// Connections that were lost and are forgotten: they stay on the screen until they are dismissed.
  private var past: [ConnectionReport] = []
  /// Of those, so many were too many.
  private var leftOut = 0
  private var view = ScreenView()
  /// What was known when it was paused, or drawn last.
  private var known = Known()
  private var message = ""
  private var nextDrawing: Int64 = 0

  /// What the screen shows of the watch.
  private struct Known {
    var reports: [ConnectionReport] = []
    var sockets: [SocketPair: [SocketState]] = [:]
    var counts = ""
    var connections = 0
    var time: Int64 = 0
    var captureEnd: Int64 = 0
  }

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
    guard ScreenView.isLoss(report) else { return }
    past.append(report)
    if past.count > Self.mostPast {
      past.removeFirst()
      leftOut += 1
    }
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
      if view.take(key) == .end { return true }
    }
    let now = currentTime()
    guard now >= nextDrawing else { return terminal.isGone }
    if !view.isPaused { look(state) }
    draw(on: terminal)
    let cost = currentTime() - now
    nextDrawing = now + max(Self.interval, Self.share * cost)
    return terminal.isGone
  }

  private func look(_ state: WatchState) {
    // Of thousands of connections only those with something to tell.
    known.reports = past + state.findings(keepingAllOf: 1000).reports
    known.sockets = Dictionary(grouping: SocketState.connections() ?? [], by: \.ends.unordered)
    known.counts = "\(counted(state.packets, "packet")), \(counted(state.begun, "TCP connection"))"
    known.connections = state.begun
    (known.time, known.captureEnd) = (state.time, state.captureEnd)
  }

  private func draw(on terminal: TerminalScreen) {
    guard let size = TerminalScreen.size(Descriptor.standardOutput) else { return }
    var style = TextStyle.of()
    style.columns = size.columns
    if isASCII { style.isASCII = true }
    let reports = view.rows(known.reports, at: known.time)
    let rows = reports.map { LiveScreenText.Row($0, sockets: known.sockets[$0.ends.unordered] ?? []) }
    let screen = LiveScreenText(style: style, zone: zone).screen(
      title: "keepwatch \(title): \(known.counts)", heading: view.heading(of: known.connections, leftOut: leftOut),
      rows: rows,
      selected: view.selected, picture: picture(reports, style), message: message, shift: view.shift,
      height: size.rows)
    view.page = max(1, screen.rows)
    terminal.show(screen.lines)
  }

  private func picture(_ reports: [ConnectionReport], _ style: TextStyle) -> [String] {
    guard view.showsPicture else { return [] }
    view.selectIfNone()
    guard let report = reports.first(where: { $0.number == view.selected }) else { return [] }
    let own = events.filter { $0.connection == report.number }
    let figure = ConnectionFigure(
      ConnectionStory(report, packets: [], events: own, calls: [], captureEnd: known.captureEnd))
    return LanesText(style: style, zone: zone).lines(figure) + style.wrapped(VerdictText.reason(report), indent: 2)
  }
}
