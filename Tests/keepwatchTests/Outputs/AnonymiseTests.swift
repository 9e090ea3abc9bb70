import Foundation
import Testing

/// Captures written again without addresses and payload, as a user does it; CaptureAnalysisTests compare what they tell.
@Suite struct AnonymiseTests {
  @Test("A copy tells the same claims and verdicts, in frames of the same numbers, and what was replaced is said")
  func sameClaims() throws {
    let copy = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let capture = SituationTests.folder + "/forgotten-on-the-path.pcap"
    let result = try Program.run(["replay", "--json", capture, "--anonymise", copy])
    #expect(result.status == 0)
    #expect(
      result.errors
        == "keepwatch: 105 packets written to \(copy), with other addresses (2) and without payload. Times, ports, "
        + "lengths and TCP's numbers are the capture's own.\n")
    let claims = { (lines: [[String: Any]]) in
      lines.dropFirst().map { line in
        ["event", "frame", "time", "connection", "src_port", "verdict", "silence", "idle_low", "tcp_packets"]
          .map { "\(line[$0] ?? "")" }
      }
    }
    #expect(try claims(Program.run(["replay", "--json", copy]).lines) == claims(result.lines))
  }

  @Test(
    "tshark finds no fault in a copy, and its times, ports and TCP's numbers as they were",
    .enabled(if: AnnotateTests.program != nil, "tshark is not installed"))
  func tshark() throws {
    let copy = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let capture = SituationTests.folder + "/silent-over-ipv6.pcap"
    #expect(try Program.run(["replay", capture, "--anonymise", copy]).status == 0)
    let fields = [
      "frame.time_epoch", "tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len",
      "tcp.options.timestamp.tsval",
    ]
    let words = ["-Y", "tcp", "-T", "fields"] + fields.flatMap { ["-e", $0] }
    #expect(try AnnotateTests().tshark(copy, words) == AnnotateTests().tshark(capture, words))
    let malformed = try AnnotateTests().tshark(copy, ["-Y", "_ws.malformed or ip.checksum.status == 0"])
    #expect(malformed.isEmpty, "\(malformed)")
  }

  @Test("What of a damaged file can be read is written, and the damage is said")
  func damaged() throws {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (cut, copy) = (folder + "/cut.pcap", folder + "/copy.pcapng")
    let whole = try Data(contentsOf: URL(fileURLWithPath: SituationTests.folder + "/both-deaf.pcap"))
    try whole.dropLast(3).write(to: URL(fileURLWithPath: cut))
    let result = try Program.run(["replay", cut, "--anonymise", copy])
    #expect(
      result.status == 1 && result.errors.components(separatedBy: "it was cut off").count == 2, "\(result.errors)")
    let packets = { (path: String) in try Program.run(["replay", "--json", path]).lines.last?["packets"] as? Int }
    #expect(try packets(copy) == packets(cut))
  }
}
