import Findings

/// The pictures that stand below a summary unasked: the lanes of the few connections that fared worst.
public struct WorstLanes {
  /// Connections shown unasked.
  private static let shown = 3
  /// Events that are worth keeping for it.
  public static let keptEvents = 50_000

  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// Pictures in a style, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// The lines of each picture; none where nothing went wrong.
  func pictures(_ findings: ConnectionFindings, _ stories: ConnectionStories) -> [[String]] {
    let worst = findings.notable.filter(Notability.isWrong).worstFirst.prefix(Self.shown)
    return worst.map { report in
      [""]
        + style.fitted(
          "\(style.bold("connection \(report.number)")): \(report.clientAddress) ⇄ \(report.serverAddress), \(report.verdict.rawValue)"
        )
        + LanesText(style: style, zone: zone).lines(ConnectionFigure(stories.story(report))).dropLast()
    }
  }
}
