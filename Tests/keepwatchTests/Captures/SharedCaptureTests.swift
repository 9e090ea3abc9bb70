import Foundation
import Testing

/// Several files that captured the same packets.
@Suite struct SharedCaptureTests {
  static let client = SituationTests.folder + "/both-legs-client.pcap"
  static let server = SituationTests.folder + "/both-legs-server.pcap"

  func count(_ lines: [[String: Any]], _ event: String) -> Int {
    lines.filter { $0["event"] as? String == event }.count
  }

  @Test(
    "Two captures on both legs of a NAT count each packet once, and tell the clocks' difference",
    arguments: [true, false])
  func bothLegs(clientFirst: Bool) throws {
    let files = clientFirst ? [Self.client, Self.server] : [Self.server, Self.client]
    let lines = try Program.run(["replay", "--json"] + files).lines
    #expect(count(lines, "probe") == 6 && count(lines, "answer") == 3 && count(lines, "give-up") == 1)
    #expect(count(lines, "connection") == 1)
    let shared = try #require(lines.first { $0["event"] as? String == "shared-capture" })
    let ahead = try #require(shared["clock_ahead"] as? Double)
    let uncertainty = try #require(shared["clock_uncertainty"] as? Double)
    #expect(abs(ahead - (clientFirst ? 5.25 : -5.25)) <= uncertainty + 0.0005)
    #expect(uncertainty < 0.01)
    // All that is told is told by the first file, which has every packet.
    for line in lines where ["probe", "answer", "give-up"].contains(line["event"] as? String ?? "") {
      #expect(line["file"] as? String == files[0])
    }
  }

  @Test("A file given twice counts once")
  func sameFileTwice() throws {
    let once = try Program.run(["replay", "--json", Self.client]).lines
    let twice = try Program.run(["replay", "--json", Self.client, Self.client]).lines
    for event in ["probe", "answer", "give-up", "connection"] { #expect(count(once, event) == count(twice, event)) }
  }

  @Test("The parts of one capture are not taken for copies of each other")
  func parts() throws {
    let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.client)))
    var offset = 24
    for _ in 0..<25 {
      let length = file[offset + 8..<offset + 12].reversed().reduce(0) { $0 << 8 | Int($1) }
      offset += 16 + length
    }
    let paths = (0..<2).map { NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)-\($0).pcap" }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    try Data(file[..<offset]).write(to: URL(fileURLWithPath: paths[0]))
    try Data(file[..<24] + file[offset...]).write(to: URL(fileURLWithPath: paths[1]))
    let whole = try Program.run(["replay", "--json", Self.client]).lines
    let parts = try Program.run(["replay", "--json"] + paths).lines
    #expect(count(parts, "shared-capture") == 0)
    for event in ["probe", "answer", "give-up", "connection"] { #expect(count(whole, event) == count(parts, event)) }
  }
}
