import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// A page of the whole capture, for a browser.
final class PagePresenter: Presenter {
  private let file: OpenedOutput
  private let zone: TimeZoneChoice
  private var activity = CaptureActivity()

  init(_ file: OpenedOutput, zone: TimeZoneChoice) {
    self.file = file
    self.zone = zone
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsPackets = true
    needs.events = .all
    needs.packets = .all
    needs.keepsReports = true
    return needs
  }

  var writesElsewhere: Bool { true }

  func event(_ event: KeepaliveEvent) { activity.take(event) }

  func packet(_ segment: Segment, of connection: Int) { activity.take(segment) }

  func end(_ findings: CaptureFindings) throws {
    let plain = TextStyle(hasColour: false, isASCII: false)
    let text = PathParagraphs(style: plain, zone: zone, isAlone: false)
    let reports = findings.connections.reports
    let stories = findings.stories
    let page = CapturePage(zone: zone).page(
      overview: Overview(findings, activity, atMost: OverviewSVG.mostRows),
      title: findings.source.names.joined(separator: ", "),
      head: CaptureSummaryText(style: plain, zone: zone, isReplay: true).head(findings),
      explanations: text.paragraphs(findings.connections.evidence, findings.source.path).flatMap(\.self),
      reports: reports
    ) { ConnectionFigure(stories.story($0)) }
    try write(page, to: file)
    let listed = min(reports.count, CapturePage.mostRows)
    complain("\(counted(listed, "connection")) written to \(file.name); open it in a browser")
  }
}
