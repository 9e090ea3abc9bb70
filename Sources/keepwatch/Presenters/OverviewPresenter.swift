import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// The whole capture as a picture in text.
final class OverviewPresenter: Presenter {
  private let page: TextPage
  private let showsAll: Bool
  private var activity = CaptureActivity()

  init(_ page: TextPage, showsAll: Bool) {
    self.page = page
    self.showsAll = showsAll
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsPackets = true
    needs.keepsReports = true
    return needs
  }

  func event(_ event: KeepaliveEvent) { activity.take(event) }

  func packet(_ segment: Segment, of connection: Int) { activity.take(segment) }

  func end(_ findings: CaptureFindings) {
    page.lines(CaptureSummaryText(style: page.style, zone: page.zone, isReplay: true).head(findings))
    let most = showsAll ? max(1, findings.connections.total) : OverviewText.rows(in: page.room)
    guard let overview = Overview(findings, activity, atMost: most) else {
      return page.line("There is nothing to draw: the capture has no TCP connection, or no times.")
    }
    page.line("")
    page.lines(OverviewText(style: page.style, zone: page.zone).lines(overview))
  }
}
