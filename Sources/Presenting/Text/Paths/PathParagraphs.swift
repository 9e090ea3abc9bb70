import Findings

/// All that is said of paths, a paragraph for each cause: what is asked for, then what explains the most.
public struct PathParagraphs {
  private let style: TextStyle
  private let zone: TimeZoneChoice
  private let isAlone: Bool

  /// Paragraphs in a style, with times in a zone; where there is more than one server, each explanation names its own.
  public init(style: TextStyle, zone: TimeZoneChoice, isAlone: Bool) {
    self.style = style
    self.zone = zone
    self.isAlone = isAlone
  }

  /// The lines of each.
  public func paragraphs(_ evidence: PathEvidence, _ path: PathKnowledge) -> [[String]] {
    let causes = PathExplanation.byCause(evidence.explanations(by: path.boxes))
    return path.asked.map { PathAnswerText(style: style).lines(evidence.answer($0)) }
      + evidence.silentHosts.map(SilentHostText(style: style, zone: zone).lines)
      + causes.map(PathExplanationText(style: style, isAlone: isAlone).lines).filter { !$0.isEmpty }
  }
}
