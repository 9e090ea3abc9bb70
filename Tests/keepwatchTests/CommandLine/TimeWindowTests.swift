import PacketWire
import Testing

@testable import keepwatch

/// `--from` and `--to`.
@Suite struct TimeWindowTests {
  /// Its eleven packets, as tcpdump -tttt tells them in UTC: seven at 15:38:04.89, then 15:38:05.915115, 06.94, 07.97, 08.99.
  static let capture = CommandLineTests.silent

  @Test(
    "Only packets from a time on and until before another are looked at",
    arguments: [
      (["--utc", "--from", "15:38:05", "--to", "15:38:07"], 2), (["--utc", "--from", "15:38"], 11),
      (["--utc", "--to", "15:38:05"], 7), (["--from", "2026-11-23T16:38:05+01:00"], 4),
      (["--from", "2026-11-23T15:38:05.915115Z"], 4), (["--to", "2026-11-23 15:38:05.915115Z"], 7),
      (["--utc", "--from", "2026-11-22T23:00", "--to", "2026-11-24T01:00"], 11),
    ])
  func packets(options: [String], count: Int) throws {
    let result = try Program.run(["replay", "--json", Self.capture] + options)
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.lines.last?["packets"] as? Int == count)
    let text = try Program.run(["replay", Self.capture] + options).output
    #expect(text.contains("\(11 - count) outside of --from and --to") == (count < 11))
  }

  @Test("A time without a zone is one of the user's, or of UTC with --utc", arguments: [([], 4), (["--utc"], 11)])
  func zone(options: [String], count: Int) throws {
    let words = ["TZ=America/New_York", Program.path, "replay", "--json", Self.capture, "--from", "10:38:05"]
    let result = try Program.run(words + options, executable: "/usr/bin/env")
    #expect(result.lines.last?["packets"] as? Int == count)
  }

  @Test("Where no packet lies between them, the capture's own times are told")
  func empty() throws {
    let result = try Program.run(["replay", "--utc", Self.capture, "--from", "23:00", "--to", "15:38:06"])
    #expect(result.status == 0)
    #expect(
      result.errors.contains(
        "No packet lies between --from and --to: the capture goes from 2026-11-23 15:38:04 to 2026-11-23 15:38:08 UTC.")
    )
  }

  @Test("Times of day are those of the first packet's day, and --to before --from is of the next")
  func midnight() throws {
    let window = try #require(TimeWindow(from: NamedTime("23:30"), to: NamedTime("00:30"), zone: .utc))
    // From 2026-11-23T23:00Z on, every 20 minutes.
    let records = (0..<7).map { step in
      PacketRecord(
        time: 1795474800_000_000_000 + step * 1_200_000_000_000, frame: Int(step) + 1, range: 0..<1,
        originalLength: 1, linkType: .raw, interface: 0)
    }
    #expect(window.packets(of: records[...]).map(\.frame) == [3, 4, 5])
  }

  @Test(
    "What is no time is said to be none",
    arguments: ["25:00", "13", "13:60", "2026-02-30T00:00", "13:41Z", "2026-11-23", "13:41.5", "13:41:+5", "now", ""])
  func noTime(text: String) throws {
    let result = try Program.run(["replay", Self.capture, "--from", text])
    #expect(result.status == 64 && result.errors.contains("'\(text)' is no time, as 13:41"))
  }
}
