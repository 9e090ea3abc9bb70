import Findings
import KeepaliveAnalysis
import Presenting

/// Some connections, drawn as an SVG file.
final class FigurePresenter: Presenter {
  private let file: OpenedOutput
  private let zone: TimeZoneChoice
  private let connections: ConnectionSelection

  init(_ file: OpenedOutput, zone: TimeZoneChoice, of connections: ConnectionSelection) {
    self.file = file
    self.zone = zone
    self.connections = connections
  }

  var needs: Needs {
    var needs = Needs()
    needs.connections = connections
    needs.events = .connections(connections)
    needs.packets = .connections(connections)
    return needs
  }

  var writesElsewhere: Bool { true }

  func end(_ findings: CaptureFindings) throws {
    // Where none of those asked for is there, the file stays as it was.
    guard !findings.asked.isEmpty else { return }
    let stories = findings.stories
    let figures = findings.asked.map { ConnectionFigure(stories.story($0)) }
    try write(FigureSVG(zone: zone).document(figures), to: file)
    complain("\(counted(figures.count, "figure")) drawn in \(file.name)")
  }
}
