import KernelView
import PacketWire
import Reporting

/// The time lines of a program's connections: its calls beside its kernel's packets.
final class ProgramPresenter: Presenter {
  private let page: TextPage
  private var samples: [(time: Int64, local: SocketAddress, remote: SocketAddress, text: String)] = []

  init(_ page: TextPage) { self.page = page }

  var needs: Needs {
    var needs = Needs()
    needs.events = .all
    needs.packets = .all
    return needs
  }

  func socket(_ socket: SocketState, at time: Int64) {
    samples.append((time, socket.local, socket.remote, socket.text))
  }

  func end(_ findings: Findings) {
    let stories = ProgramStories(
      style: page.style, calls: findings.calls, segments: findings.tracked.trace, events: findings.events,
      samples: samples)
    page.lines(stories.lines(findings.tracked))
  }
}
