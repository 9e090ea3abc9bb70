import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// A line for each thing that happens, when it is seen.
final class LinesPresenter: Presenter {
  private let page: TextPage
  private let text: LiveText
  /// The connections that are wanted; `nil` for all.
  private let connections: ConnectionSelection?
  /// Whether calls get lines too; of saved captures they are known only at the end.
  private let showsCalls: Bool
  private var openingsAndEnds = OpeningsAndEnds()
  private var stalls = StallWatch()

  init(_ page: TextPage, connections: ConnectionSelection? = nil, showsCalls: Bool) {
    self.page = page
    self.connections = connections
    self.showsCalls = showsCalls
    text = LiveText(style: page.style, zone: page.zone)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsOpeningsAndEnds = connections == nil
    return needs
  }

  func event(_ event: KeepaliveEvent) {
    openingsAndEnds.note(event)
    if connections?.contains(event) ?? true { page.logLine(text.line(event)) }
  }

  func packet(_ segment: Segment, of connection: Int) {
    guard connections == nil else { return }
    let (counts, isTold) = openingsAndEnds.take(segment)
    if let counts { page.logLine(text.line(counts, at: segment.time)) }
    if isTold { page.logLine(text.line(segment)) }
  }

  func refresh(_ state: WatchState) -> Bool {
    guard connections == nil else { return false }
    if let counts = openingsAndEnds.due(at: state.captureEnd) { page.logLine(text.line(counts, at: state.captureEnd)) }
    let (stalled, goOn) = stalls.changes(in: state)
    for report in stalled { page.logLine(text.line(stalled: report, at: state.captureEnd)) }
    for report in goOn { page.logLine(text.line(goesOn: report, at: state.captureEnd)) }
    return false
  }

  func end(_ findings: CaptureFindings) {
    // Their second may not be over.
    if let counts = openingsAndEnds.due(at: .max) { page.logLine(text.line(counts, at: findings.captureEnd)) }
  }

  func call(_ call: JoinedCall) {
    if showsCalls { page.logLine(text.line(call)) }
  }

  func armed(_ connections: [AuditedConnection], at time: Int64) {
    page.lines(ArmedTimersText(style: page.style, zone: page.zone).lines(connections, now: time))
  }
}
