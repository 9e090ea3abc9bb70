import Findings
import Presenting

/// What came of it all, in a page of text.
final class SummaryPresenter: Presenter {
  /// What it sums up.
  enum Subject {
    /// Saved captures, of which more can be asked.
    case savedFiles(listsAll: Bool)
    case interface
    /// A program, whose connections have time lines of their own.
    case program
  }

  private let page: TextPage
  private let subject: Subject

  init(_ page: TextPage, of subject: Subject) {
    self.page = page
    self.subject = subject
  }

  var needs: Needs {
    var needs = Needs()
    needs.keepsReports = listsAll
    if hasPictures { needs.events = .first(WorstLanes.keptEvents) }
    return needs
  }

  func end(_ findings: CaptureFindings) {
    if !isReplay { page.line("") }
    let screen = SummaryScreen(
      style: page.style, zone: page.zone, isReplay: isReplay, room: listsAll ? nil : page.room)
    page.lines(screen.lines(findings, showsPrograms: hasPictures, end: dataLeftOut(findings) + kernel(findings)))
  }

  private func kernel(_ findings: CaptureFindings) -> [String] {
    guard let kernel = findings.source.host?.counters else { return [] }
    return KernelCountsText.lines(
      kernel, findings.tally, dropped: findings.source.dropped ?? 0, style: page.style)
  }

  private var isReplay: Bool { if case .savedFiles = subject { true } else { false } }
  private var listsAll: Bool { if case .savedFiles(listsAll: true) = subject { true } else { false } }
  /// Whether it shows what programs saw, and how the worst connections fared.
  private var hasPictures: Bool { if case .program = subject { false } else { true } }

  private func dataLeftOut(_ findings: CaptureFindings) -> [String] {
    guard let data = findings.source.dataLeftOut else { return [] }
    return [
      "",
      "Segments with data were left in the kernel from \(ClockTime(data.since, page.zone).time) on"
        + (data.toTheEnd ? "" : ", for some time")
        + ": silences may be shorter than told, and stalled connections are not known.",
    ]
  }
}
