import Findings
import KeepaliveAnalysis
import Presenting

/// A line for each thing that happens, when it is seen.
final class LinesPresenter: Presenter {
  private let page: TextPage
  private let text: LiveText
  /// The connections that are wanted; `nil` for all.
  private let connections: ConnectionSelection?
  /// Whether calls get lines too; of saved captures they are known only at the end.
  private let showsCalls: Bool

  init(_ page: TextPage, connections: ConnectionSelection? = nil, showsCalls: Bool) {
    self.page = page
    self.connections = connections
    self.showsCalls = showsCalls
    text = LiveText(style: page.style, zone: page.zone)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    return needs
  }

  func event(_ event: KeepaliveEvent) {
    if connections?.contains(event) ?? true { page.line(text.line(event)) }
  }

  func call(_ call: JoinedCall) {
    if showsCalls { page.line(text.line(call)) }
  }

  func armed(_ connections: [AuditedConnection], at time: Int64) {
    page.lines(ArmedTimersText(style: page.style, zone: page.zone).lines(connections, now: time))
  }
}
