import Findings
import KernelView
import Presenting

/// The time lines of a program's connections: its calls beside its kernel's packets.
final class ProgramPresenter: Presenter {
  private let page: TextPage
  private var samples: [ProgramStories.Sample] = []

  init(_ page: TextPage) { self.page = page }

  var needs: Needs {
    var needs = Needs()
    needs.events = .all
    needs.packets = .all
    return needs
  }

  func socket(_ socket: SocketState, at time: Int64) {
    samples.append((time, socket))
  }

  func end(_ findings: CaptureFindings) {
    let stories = ProgramStories(
      findings.programs, events: findings.events, packets: findings.packets, samples: samples, style: page.style)
    page.lines(stories.lines())
  }
}
