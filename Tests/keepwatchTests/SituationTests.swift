import Foundation
import Testing

/// The captures of captures/situations, and what the kernels counted that sent them (scripts/record-situations).
@Suite struct SituationTests {
  static let folder = RecordedCaptureTests.folder + "/situations"

  /// What one recording's kernels counted.
  struct Counted: CustomTestStringConvertible, Sendable {
    let name: String
    let probes: Int
    let windowProbes: Int
    let giveUps: Int

    var testDescription: String { name }
  }

  static let counted: [Counted] = {
    let table = (try? String(contentsOfFile: folder + "/kernel.tsv", encoding: .utf8)) ?? ""
    return table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 4, let probes = Int(fields[1]), let windowProbes = Int(fields[2]),
        let giveUps = Int(fields[3])
      else { return nil }
      return Counted(name: fields[0], probes: probes, windowProbes: windowProbes, giveUps: giveUps)
    }
  }()

  @Test("As many probes, window probes and give-ups are recognised as the kernels counted", arguments: counted)
  func counts(counted: Counted) throws {
    let result = try Program.run(["replay", "--json", Self.folder + "/\(counted.name).pcap"])
    #expect(result.status == 0)
    let events = result.lines.compactMap { $0["event"] as? String }
    let count = { (event: String) in events.filter { $0 == event }.count }
    #expect(count("probe") == counted.probes)
    #expect(count("window-probe") == counted.windowProbes)
    #expect(count("give-up") == counted.giveUps)
  }

  @Test(
    "What became of each connection",
    arguments: [
      ("abort-after-unanswered-probes", ["reset"]), ("both-deaf", ["dead"]), ("both-ends-from-midstream", ["answered"]),
      ("forgotten-on-the-path", ["closed", "closed", "closed", "dead", "dead", "stalled", "closed"]),
      ("half-closed", ["closed"]), ("keepalive-into-zero-window", ["answered"]), ("silent-over-ipv6", ["dead"]),
      ("silent-then-back", ["answered"]), ("tuple-reuse", ["reset", "reset", "reset"]),
      ("urgent-data", ["answered", "blocked"]), ("window-probes-then-keepalive", ["answered"]),
    ])
  func verdicts(name: String, verdicts: [String]) throws {
    let result = try Program.run(["replay", "--json", Self.folder + "/\(name).pcap"])
    #expect(result.lines.compactMap { $0["verdict"] as? String } == verdicts)
  }

  @Test("The recordings are there")
  func present() { #expect(Self.counted.count == 19) }
}
