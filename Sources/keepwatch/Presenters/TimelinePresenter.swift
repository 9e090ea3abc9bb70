import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// The time lines of some connections.
final class TimelinePresenter: Presenter {
  private let page: TextPage
  private let connections: ConnectionSelection

  init(_ page: TextPage, of connections: ConnectionSelection) {
    self.page = page
    self.connections = connections
  }

  var needs: Needs {
    var needs = Needs()
    needs.connections = connections
    needs.events = .connections(connections)
    needs.packets = .connections(connections)
    return needs
  }

  func end(_ findings: CaptureFindings) {
    let stories = findings.stories
    for (place, report) in findings.asked.enumerated() {
      if place > 0 { page.line("") }
      let story = stories.story(report)
      tell(story, packets: findings.asked.count == 1 ? findings.packets : story.packets, findings)
    }
    let dropped = findings.packetsLeftOut
    if dropped > 0, !findings.asked.isEmpty {
      page.output.line(
        findings.asked.count == 1
          ? "\(counted(dropped, "later packet")) of it are not in this time line: it would be too long."
          : "\(counted(dropped, "later packet")) of them are not in these time lines: they would be too long. --connection "
            + "with one of them shows more.")
    }
  }

  private func tell(_ story: ConnectionStory, packets: [Segment], _ findings: CaptureFindings) {
    let number = story.report.number
    let timeline = ConnectionTimeline(
      story.report, style: page.style, zone: page.zone, boxes: findings.source.path.boxes)
    page.lines(
      timeline.lines(
        segments: packets, events: findings.events.filter { $0.connection == number },
        calls: LoggedCalls.of(number, findings.programs.calls), captureEnd: findings.captureEnd,
        picture: LanesText(style: page.style, zone: page.zone).lines(ConnectionFigure(story))))
  }
}
