import Foundation
import Testing

/// The connections of a capture, divided between several runs.
@Suite struct ShardTests {
  /// What tells of several connections, or of the whole file.
  private static let ofTheWhole: Set<String> = ["capture", "summary", "explanation", "clock-step", "shared-capture"]
  /// What is added up over the parts in the last line.
  private static let added: Set<String> = [
    "connections", "probes", "answers", "give_ups", "window_probes", "copies", "untracked", "forgotten",
  ]

  /// A line without what counts connections from the beginning, or looks at others.
  private func line(_ line: [String: Any]) throws -> String {
    let kept = line.filter { $0.key != "connection" && $0.key != "same_as" }
    return String(decoding: try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys), as: UTF8.self)
  }

  private func lines(_ run: [[String: Any]]) throws -> [String] {
    try run.filter { !Self.ofTheWhole.contains($0["event"] as? String ?? "") }.map(line)
  }

  @Test(
    "All parts together tell what one run tells of each connection, and of the whole capture",
    arguments: [
      "forgotten-on-the-path", "losses-before-first-probe", "silent-over-ipv6", "three-copies-over-a-bridge",
      "tuple-reuse", "urgent-data",
    ])
  func parts(name: String) throws {
    let words = ["replay", "--json", SituationTests.folder + "/\(name).pcap"]
    let one = try Program.run(words).lines
    let parts = try (1...3).map { try Program.run(words + ["--shard", "\($0)/3"]).lines }
    #expect(try lines(one).sorted() == parts.flatMap { try lines($0) }.sorted())
    let summary = try #require(one.last)
    for (key, value) in summary where value is Int {
      let values = parts.compactMap { $0.last?[key] as? Int }
      let isAdded = Self.added.contains(key) || key.hasPrefix("verdict_")
      #expect(value as? Int == (isAdded ? values.reduce(0, +) : values.first), "\(key)")
    }
    // A capture of one connection is one part's.
    if name == "forgotten-on-the-path" { #expect(parts.allSatisfy { $0.count < one.count }, "no part has all") }
  }

  @Test("What is no part is refused", arguments: ["0/3", "4/3", "3", "1/2/3", "a/b", "1/100000"])
  func refused(word: String) throws {
    let result = try Program.run(["replay", RecordedCaptureTests.folder + "/healthy.pcap", "--shard", word])
    #expect(result.status == 64 && result.errors.contains("is no part"))
  }
}
