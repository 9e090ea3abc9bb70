import ArgumentParser
import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// The whole capture drawn as an SVG file: its overview, or the figure of its only connection.
final class OverviewFigurePresenter: Presenter {
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
    let reports = findings.connections.reports
    if reports.count == 1 {
      let stories = findings.stories
      try write(FigureSVG(zone: zone).document(reports.map { ConnectionFigure(stories.story($0)) }), to: file)
      return complain("the only connection drawn in \(file.name)")
    }
    guard let overview = Overview(findings, activity, atMost: OverviewSVG.mostRows) else {
      complain("\(file.name): there is nothing to draw, as the capture has no TCP connection, or no times.")
      throw ExitCode(1)
    }
    let title = findings.source.names.joined(separator: ", ")
    try write(OverviewSVG(zone: zone).document(overview, title: title), to: file)
    complain("an overview of \(counted(reports.count, "connection")) drawn in \(file.name)")
  }
}
