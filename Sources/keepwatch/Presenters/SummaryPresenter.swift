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
    let (style, zone) = (page.style, page.zone)
    let summary = CaptureSummaryText(style: style, zone: zone, isReplay: isReplay, listsAll: listsAll)
    let sharing = SharedCaptureText(
      names: findings.source.names, copies: findings.copiesAcrossFiles, style: style)
    if !isReplay { page.line("") }
    page.lines(
      summary.head(findings) + sharing.lines(findings.source.shared)
        + (findings.source.emptyFilter.map { [EmptyFilterText.line($0)] } ?? []))
    page.lines(summary.connections(findings.connections))
    if hasPictures {
      page.lines(ApplicationText(style: style, zone: zone).lines(findings.programs))
      if findings.events.count <= WorstLanes.keptEvents {
        page.lines(WorstLanes(style: style, zone: zone).lines(findings.connections, findings.stories))
      }
    }
    if let data = findings.source.dataLeftOut { page.lines(text(data)) }
    if let kernel = findings.source.host?.counters {
      page.lines(
        KernelCountsText.lines(kernel, findings.tally, dropped: findings.source.dropped ?? 0, style: style))
    }
  }

  private var isReplay: Bool { if case .savedFiles = subject { true } else { false } }
  private var listsAll: Bool { if case .savedFiles(listsAll: true) = subject { true } else { false } }
  /// Whether it shows what programs saw, and how the worst connections fared.
  private var hasPictures: Bool { if case .program = subject { false } else { true } }

  private func text(_ data: DataLeftOut) -> [String] {
    [
      "",
      "Segments with data were left in the kernel from \(ClockTime(data.since, page.zone).time) on"
        + (data.toTheEnd ? "" : ", for some time")
        + ": silences may be shorter than told, and stalled connections are not known.",
    ]
  }
}
