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

  /// What an explanation says against a claim: its rule was not asked, or a condition of it fails; or another rule's all
  /// hold.
  private static func contradictions(_ explanation: FrameExplanation, _ claim: Claim?) -> [String] {
    let own = claim.map { rules[$0.kind] ?? [] } ?? []
    let judgements = explanation.judgements
    if !own.isEmpty, !judgements.contains(where: { own.contains($0.rule) }) { return ["no reasons as \(own[0])"] }
    return judgements.flatMap { judgement in
      if own.contains(judgement.rule) {
        return judgement.reasons.filter { $0.finding == .fails }.map { "against: \($0.condition)" }
      }
      let isClaim = rules.values.contains { $0.contains(judgement.rule) }
      return isClaim && judgement.outcome == true ? ["everything speaks for \(judgement.rule)"] : []
    }
  }

  /// The rules that a claim may rest on.
  private static let rules: [Claim.Kind: [Judgement.Rule]] = [
    .probe: [.probe], .acknowledgment: [.answer], .giveUp: [.giveUp], .reset: [.answeringReset],
    .windowProbe: [.windowProbe],
  ]
}
