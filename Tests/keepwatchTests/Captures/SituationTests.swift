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

  @Test("No silence is negative, whatever comes after a give-up", arguments: counted)
  func silences(counted: Counted) throws {
    let lines = try Program.run(["replay", "--json", Self.folder + "/\(counted.name).pcap"]).lines
    for line in lines { #expect(line["silence"] as? Double ?? 0 >= 0, "\(line)") }
  }

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

  @Test("Connections that a box forgot are told apart from those that it knew, with what to do")
  func forgotten() throws {
    let capture = Self.folder + "/forgotten-on-the-path.pcap"
    let lines = try Program.run(["replay", "--json", capture]).lines
    let explanation = try #require(lines.first { $0["event"] as? String == "explanation" })
    #expect(explanation["lost"] as? [Int] == [4, 5, 6])
    #expect(explanation["heard_elsewhere_same_client"] as? Int == 3)
    // The box forgot after 45 s.
    let survived = try #require(explanation["survived_longest"] as? Double)
    let lost = try #require(explanation["lost_shortest"] as? Double)
    #expect(survived < 45 && 45 < lost)
    let text = try Program.run(["replay", capture]).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for phrase in [
      "WHY", "so its host was not down", "HELP", "switch keepalive on",
      "4, 5: TCP_KEEPIDLE and TCP_KEEPINTVL of 30 s or less",
    ] {
      #expect(text.contains(phrase), "\(phrase)")
    }
    // After seconds of silence there is nothing that a box would explain.
    #expect(!(try Program.run(["replay", Self.folder + "/silent-over-ipv6.pcap"]).output.contains("WHY")))
  }

  @Test("The reasons of a frame: for what it is, against what it is not, also of what is known only later")
  func reasons() throws {
    let why = { (name: String, frame: Int) in
      try Program.run(["replay", Self.folder + "/\(name).pcap", "--why", "\(frame)"]).output
    }
    let probe = try why("both-deaf", 8)
    #expect(probe.contains("It is a keepalive probe") && !probe.contains("against"))
    let reset = try why("abort-after-unanswered-probes", 11)
    #expect(reset.contains("It is no probe") && reset.contains("a program's abort"))
    let data = try why("both-deaf", 4)
    #expect(data.contains("against") && data.contains("10 octets of data"))
    let later = try why("both-ends-from-midstream", 1)
    #expect(later.contains("Known only since frame 2") && later.contains("unknown"))
    #expect(try why("raw-ip", 19).contains("no TCP segment"))
  }

  @Test("The recordings are there")
  func present() { #expect(Self.counted.count == 19) }
}
