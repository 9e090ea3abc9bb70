import Foundation
import KeepaliveAnalysis
import Testing

/// What is claimed of a frame does not change with what the capture happens to hold beside it.
@Suite struct RelationTests {
  @Test(
    "In a derived capture a frame's claim is what it is in the whole one, or absent, or uncertain",
    arguments: SavedCapture.all)
  func claims(whole: SavedCapture) {
    let claims = whole.wholeClaims()
    var violations: [Relation: [String]] = [:]
    for derived in DerivedCapture.all(of: whole) {
      violations[derived.relation, default: []] += derived.violations(whole, claims)
    }
    for relation in Relation.allCases {
      Broken.expect(violations[relation] ?? [], of: relation.rawValue, in: whole)
    }
  }

  @Test(
    "The short ways and the general one, and packets one by one or together, tell the same of derived captures",
    arguments: SavedCapture.all)
  func ways(whole: SavedCapture) {
    var violations: [String] = []
    for (number, derived) in ([whole.beginning()] + DerivedCapture.all(of: whole)).enumerated() {
      // Reports take most of the time, and are made of what the events were made of.
      let comparesReports = number.isMultiple(of: Self.reportsComparedOneIn)
      let together = derived.observe(whole).analyzer
      for way in [Way.oneByOne, .general] {
        let other = derived.observe(whole, way).analyzer
        if Self.events(other) != Self.events(together) || Self.counts(other) != Self.counts(together)
          || comparesReports && Self.reports(other) != Self.reports(together)
        {
          violations.append("\(derived.change): \(way) tells something else than together")
        }
      }
      let counted = derived.observe(whole, .counted).analyzer
      if Self.counts(counted) != Self.counts(together)
        || comparesReports && Self.reports(counted) != Self.reports(together)
      {
        violations.append("\(derived.change): what is only counted is something else than what is told")
      }
    }
    Broken.expect(violations, of: "ways", in: whole)
  }

  @Test("Where connections are forgotten some time after their ends, the same is told", arguments: SavedCapture.all)
  func forgetting(whole: SavedCapture) {
    let kept = whole.beginning().observe(whole).analyzer
    var forgetting = whole.beginning().observe(whole, .forgetting).analyzer
    #expect(Self.events(forgetting) == Self.events(kept))
    let left = forgetting.connections.numbers.map { forgetting.connections.report($0) }
    let reports = ((forgetting.takeForgotten()?.reports ?? []) + left).sorted { $0.number < $1.number }
    let all = kept.connections.numbers.map { kept.connections.report($0) }
    #expect(reports.map { "\($0.verdict) \($0.probers)" } == all.map { "\($0.verdict) \($0.probers)" })
  }

  private static let reportsComparedOneIn = 8

  private static func counts(_ analyzer: KeepaliveAnalyzer) -> String { "\(analyzer.tally)" }

  private static func events(_ analyzer: KeepaliveAnalyzer) -> [String] { analyzer.events.map { "\($0)" } }

  private static func reports(_ analyzer: KeepaliveAnalyzer) -> [String] {
    (0..<analyzer.connections.count).map { "\(analyzer.connections.report($0 + 1))" }
  }

  @Test("The captures are there")
  func present() {
    #expect(SavedCapture.all.filter { !$0.name.hasPrefix("..") }.count == 35)
    #expect(SavedCapture.all.allSatisfy { !$0.packets.isEmpty })
  }
}

extension DerivedCapture {
  /// The frames whose claim is neither the whole capture's, nor absent, nor uncertain.
  ///
  /// Where the first of several copies is missing, the next one takes its place.
  func violations(_ whole: SavedCapture, _ wholeClaims: [Int: Claim]) -> [String] {
    if relation == .splitInTwo, looksShared(whole) { return ["\(change): taken for two captures of the same packets"] }
    let origins = origins()
    let present = Set(packets.map { whole.originals[$0.origin] })
    var claimed: Set<Int> = []
    var violations: [String] = []
    for (frame, claim) in Claim.inOrder(of: observe(whole).analyzer.events) {
      guard let packet = origins[frame] else { continue }
      let original = whole.originals[packet.origin]
      let isCopy = packet.isSecondCopy || !claimed.insert(original).inserted
      let expected = isCopy ? nil : wholeClaims[original]
      let probe = claim.probe.flatMap { origins[$0] }.map { whole.originals[$0.origin] }
      let isUncertain = !claim.isCertain && !isCopy
      if isUncertain || expected.map({ $0.allows(claim, of: probe, among: present, whole) }) == true { continue }
      violations.append(
        "\(change), #\(packet.origin + 1)\(isCopy ? ", second copy" : ""): whole says "
          + (expected?.words(of: expected?.probe.map { $0.frame - 1 }) ?? "nothing")
          + ", derived says \(claim.words(of: probe))")
    }
    let absent = wholeClaims.filter { present.contains($0.key) && !claimed.contains($0.key) }.sorted { $0.key < $1.key }
    let lost = absent.map { "\(change), #\($0.key + 1): whole says \($0.value), derived says nothing" }
    Broken.list("ABSENT", lost, of: relation.rawValue, in: whole)
    if relation.keepsEveryClaim { violations += lost }
    return violations
  }
}

extension Claim {
  /// Whether a derived capture may claim as much of a frame where the whole one claims this: no other kind, no more
  /// certainty, and no other probe than the one answered, if that is there.
  fileprivate func allows(_ claim: Claim, of probe: Int?, among present: Set<Int>, _ whole: SavedCapture) -> Bool {
    guard claim.kind == kind, isCertain || !claim.isCertain else { return false }
    guard let answered = self.probe else { return true }
    let wanted = whole.originals[answered.frame - 1]
    return probe == wanted || !present.contains(wanted)
  }

  fileprivate func words(of probe: Int?) -> String { description + (probe.map { " of #\($0 + 1)" } ?? "") }
}
