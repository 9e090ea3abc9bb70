import Foundation
import Testing

/// `--through`, and boxes of one's own.
@Suite struct ThroughTests {
  private static let capture = StoryTests.folder + "/reset-by-a-box-after-350s.pcap"

  private func flat(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  /// Runs keepwatch with a folder of settings that holds `boxes`.
  private func run(_ arguments: [String], boxes: String) throws -> Program.Result {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder + "/keepwatch", withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try boxes.write(toFile: folder + "/keepwatch/boxes.json", atomically: true, encoding: .utf8)
    return try Program.run(["XDG_CONFIG_HOME=\(folder)", Program.path] + arguments, executable: "/usr/bin/env")
  }

  @Test("A box that is asked for explains what was lost in its way, and each box has its own answer")
  func asked() throws {
    let text = flat(
      try Program.run(["replay", Self.capture, "--through", "aws-nlb,aws-network-firewall", "--through", "240s"]).output
    )
    #expect(
      text.contains(
        "THROUGH AWS NLB, which forgets after 5m 50s without a packet, and resets what comes then It would explain 3, 4, 5, 6."
      ))
    #expect(text.contains("and drops what comes then It would not explain 3, 4, 5, 6,"))
    #expect(
      text.contains("THROUGH A BOX, which forgets after 4m 00s")
        && text.contains(
          "It is not on the path to "
            + "10.20.0.5:5432")
    )
    let lines = try Program.run(["replay", "--json", Self.capture, "--through", "aws-nlb"]).lines
    let through = try #require(lines.first { $0["event"] as? String == "through" })
    #expect(through["explains"] as? [Int] == [3, 4, 5, 6] && through["box"] as? String == "aws-nlb")
    SchemaTests().expectSchema(lines)
  }

  @Test("A box of one's own is asked for by its name, and is told where its time fits")
  func own() throws {
    let boxes = #"[{"name": "Our VPN", "timeout": 348, "expiry": "resets-next-packet"}]"#
    let asked = flat(try run(["replay", Self.capture, "--through", "our-vpn"], boxes: boxes).output)
    #expect(asked.contains("THROUGH OUR VPN, which forgets after 5m 48s") && asked.contains("Our VPN (5m 48s)"))
    let timeline = flat(try run(["replay", Self.capture, "--connection", "3"], boxes: boxes).output)
    #expect(timeline.contains("5m 48s ┄┄┄ Our VPN: forgotten here by default"), "\(timeline)")
    let audit = try run(["audit", "--through", "our-vpn"], boxes: boxes)
    #expect(audit.status == 0 || audit.errors.contains("does not show its sockets"), "\(audit.errors)")
  }

  @Test("A file that is no list of boxes is named, with what is wrong in it; so is a word that names no box")
  func mistakes() throws {
    let bad = try run(["replay", Self.capture], boxes: #"[{"name": "a", "timeout": 1, "expiry": "eats"}]"#)
    #expect(bad.status == 1 && bad.errors.contains("boxes.json cannot be taken: 'eats' is no expiry of 'a'"), "\(bad)")
    for verb in [["replay", Self.capture], ["audit"]] {
      let unknown = try Program.run(verb + ["--through", "aws-nbl"])
      #expect(unknown.status == 64 && unknown.errors.contains("'aws-nbl' is neither a time"), "\(unknown.errors)")
    }
  }

  @Test("A connection's Community ID stands in its JSON line, as Zeek, Suricata and Arkime have it")
  func communityID() throws {
    let lines = try Program.run(["replay", "--json", Self.capture]).lines
    let names = lines.filter { $0["event"] as? String == "connection" }.compactMap { $0["community_id"] as? String }
    #expect(names.count == 6 && Set(names).count == 6 && names.allSatisfy { $0.hasPrefix("1:") && $0.count == 30 })
  }
}
