import Findings
import KeepaliveAnalysis
import KernelView
import Presenting

/// A line for each thing that happens, when it is seen.
final class LinesPresenter: Presenter {
  private let page: TextPage
  private let text: LiveText
  /// The connection that is wanted; `nil` for all.
  private let connection: Int?
  /// Whether calls get lines too; of saved captures they are known only at the end.
  private let showsCalls: Bool

  init(_ page: TextPage, connection: Int? = nil, showsCalls: Bool) {
    self.page = page
    self.connection = connection
    self.showsCalls = showsCalls
    text = LiveText(style: page.style, zone: page.zone)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    return needs
  }

  func event(_ event: KeepaliveEvent) {
    if connection == nil || event.connection == connection { page.line(text.line(event)) }
  }

  func call(_ call: JoinedCall) {
    if showsCalls { page.line(text.line(call)) }
  }

  func armed(_ sockets: [SocketState], at time: Int64) {
    page.lines(ArmedTimersText(style: page.style, zone: page.zone).lines(sockets, now: time))
  }
}
