import KeepaliveAnalysis
import Testing

/// The reasons that `--why` prints of a frame and what is claimed of it.
@Suite struct WhyTests {
  @Test("The reasons of a frame never speak against what is claimed of it", arguments: SavedCapture.all)
  func reasons(whole: SavedCapture) {
    let capture = whole.beginning()
    let claims = Claim.all(of: capture.observe(whole).analyzer.events)
    var violations: [String] = []
    for index in whole.packets.indices where whole.segments[index] != nil {
      let frame = FrameKey(file: 0, frame: index + 1)
      let claim = claims[frame]
      guard let explanation = capture.observe(whole, explained: frame).analyzer.explanation else { continue }
      violations += Self.contradictions(explanation, claim).map {
        "#\(index + 1), claimed \(claim?.description ?? "nothing"): \($0)"
      }
    }
    Broken.expect(violations, of: "why", in: whole)
  }

  /// What an explanation says against a claim: a condition of it that does not hold, or every condition of another.
  private static func contradictions(_ explanation: FrameExplanation, _ claim: Claim?) -> [String] {
    let sections: [(Claim.Kind, [FrameExplanation.Reason])] = [
      (.probe, explanation.asProbe), (.acknowledgment, explanation.asAnswer), (.giveUp, explanation.asGiveUp),
      (.reset, explanation.asAnsweringReset),
    ]
    return sections.flatMap { kind, reasons in
      if kind == claim?.kind {
        return reasons.isEmpty
          ? ["no reasons as \(kind.rawValue)"]
          : reasons.filter { $0.holds == false }.map { "against: \($0.condition)" }
      }
      let speaksForAnother = !reasons.isEmpty && reasons.allSatisfy { $0.holds == true }
      return speaksForAnother ? ["everything speaks for \(kind.rawValue)"] : []
    }
  }
}
