import ArgumentParser
import Findings
import KeepaliveAnalysis
import Presenting

/// The time line of one connection.
final class TimelinePresenter: Presenter {
  private let page: TextPage
  private let connection: Int

  init(_ page: TextPage, of connection: Int) {
    self.page = page
    self.connection = connection
  }

  var needs: Needs {
    var needs = Needs()
    needs.connection = connection
    needs.events = .connection(connection)
    needs.packets = .connection(connection)
    return needs
  }

  func end(_ findings: CaptureFindings) throws {
    let report = try findings.report(askedFor: connection)
    let timeline = ConnectionTimeline(report, style: page.style, zone: page.zone)
    let lines = timeline.lines(
      segments: findings.packets, events: findings.events.filter { $0.connection == connection },
      calls: LoggedCalls.of(connection, findings.programs.calls), captureEnd: findings.captureEnd)
    let lanes = LanesText(style: page.style, zone: page.zone).lines(ConnectionFigure(findings.stories.story(report)))
    // The picture stands below the title.
    page.lines(lines.prefix(3) + lanes + lines.dropFirst(3))
    let dropped = findings.packetsLeftOut
    if dropped > 0 {
      page.output.line(
        "\(counted(dropped, "later packet")) of it are not in this time line: it would be too long.")
    }
  }
}

extension CaptureFindings {
  /// The report of the connection that was asked for.
  ///
  /// - Throws: a mistake of the command line where there is none of that number.
  func report(askedFor number: Int) throws -> ConnectionReport {
    guard let asked else {
      throw ValidationError("There is no connection \(number): the capture has \(connections.total).")
    }
    return asked
  }
}
