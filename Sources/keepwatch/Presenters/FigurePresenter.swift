import Findings
import KeepaliveAnalysis
import Presenting

/// A connection, or the worst ones, drawn as an SVG file.
final class FigurePresenter: Presenter {
  /// Figures of a whole capture in one file.
  private static let most = 6

  private let file: OpenedOutput
  private let zone: TimeZoneChoice
  /// The connection that is drawn; `nil` for the worst ones.
  private let connection: Int?

  init(_ file: OpenedOutput, zone: TimeZoneChoice, connection: Int?) {
    self.file = file
    self.zone = zone
    self.connection = connection
  }

  var needs: Needs {
    var needs = Needs()
    needs.connection = connection
    needs.events = connection.map(Needs.Events.connection) ?? .all
    needs.packets = connection.map(Needs.Packets.connection) ?? .all
    needs.keepsReports = connection == nil
    return needs
  }

  var writesElsewhere: Bool { true }

  func end(_ findings: CaptureFindings) throws {
    let reports =
      try connection.map { [try findings.report(askedFor: $0)] }
      ?? Array(findings.connections.reports.worstFirst.prefix(Self.most))
    let stories = findings.stories
    let figures = reports.map { ConnectionFigure(stories.story($0)) }
    try write(FigureSVG(zone: zone).document(figures), to: file)
    complain("\(counted(reports.count, "figure")) drawn in \(file.name)")
  }
}
