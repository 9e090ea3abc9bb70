import Findings
import KeepaliveAnalysis
import Presenting

/// Some connections, or the worst ones, drawn as an SVG file.
final class FigurePresenter: Presenter {
  /// Figures of a whole capture in one file.
  private static let most = 6

  private let file: OpenedOutput
  private let zone: TimeZoneChoice
  /// The connections that are drawn; `nil` for the worst ones.
  private let connections: ConnectionSelection?

  init(_ file: OpenedOutput, zone: TimeZoneChoice, connections: ConnectionSelection?) {
    self.file = file
    self.zone = zone
    self.connections = connections
  }

  var needs: Needs {
    var needs = Needs()
    needs.connections = connections
    needs.events = connections.map(Needs.Events.connections) ?? .all
    needs.packets = connections.map(Needs.Packets.connections) ?? .all
    needs.keepsReports = connections == nil
    return needs
  }

  var writesElsewhere: Bool { true }

  func end(_ findings: CaptureFindings) throws {
    let reports =
      connections == nil ? Array(findings.connections.reports.worstFirst.prefix(Self.most)) : findings.asked
    // Where none of those asked for is there, the file stays as it was.
    if connections != nil, reports.isEmpty { return }
    let stories = findings.stories
    let figures = reports.map { ConnectionFigure(stories.story($0)) }
    try write(FigureSVG(zone: zone).document(figures), to: file)
    complain("\(counted(reports.count, "figure")) drawn in \(file.name)")
  }
}
