import Findings
import Presenting

/// The reasons of one frame.
final class ReasonsPresenter: Presenter {
  private let page: TextPage
  private let frame: Int

  init(_ page: TextPage, of frame: Int) {
    self.page = page
    self.frame = frame
  }

  var needs: Needs {
    var needs = Needs()
    needs.frame = frame
    needs.events = .frame(frame)
    return needs
  }

  func end(_ findings: CaptureFindings) {
    // Where there is no such frame, the watch says so.
    guard let result = findings.askedResult else { return }
    let text = FrameExplanationText(style: page.style, hasTimes: findings.counts.hasTimes)
    page.lines(
      text.lines(
        frame: frame, result: result, explanation: findings.explanation, events: findings.events))
  }
}
