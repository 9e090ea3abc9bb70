import Foundation
import Testing

/// Captures written again with comments, read by tshark.
@Suite struct AnnotateTests {
  static let program: String? = ["/usr/bin/tshark", "/usr/local/bin/tshark"].first(
    where: FileManager.default.isExecutableFile)

  /// What tshark prints of a capture, a line a packet.
  func tshark(_ path: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.program))
    process.arguments = ["-r", path] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  static let formats = ["pcap, nanoseconds", "pcap, big-endian", "pcapng", "pcapng, big-endian"]

  @Test(
    "tshark filters the annotated frames by their comments, and finds the packets unchanged",
    .enabled(if: program != nil, "tshark is not installed"), arguments: formats, ["both-deaf", "half-closed"])
  func comments(format: String, recording: String) throws {
    let variant = try #require(Variant.all.first { $0.name == format })
    let paths = ["source", "annotated"].map { NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).\($0)" }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    try Data(variant.file(try VariantTests().packets(recording))).write(to: URL(fileURLWithPath: paths[0]))

    let result = try Program.run(["replay", "--json", paths[0], "--annotate", paths[1]])
    #expect(result.status == 0, "\(result.errors)")
    let frames = { (event: String) in
      result.lines.filter { $0["event"] as? String == event }.compactMap { $0["frame"] as? Int }.sorted().map(
        String.init)
    }
    for (event, text) in [("probe", "keepwatch: probe"), ("give-up", "keepwatch: give-up")] {
      let filter = "frame.comment contains \"\(text)\""
      #expect(try tshark(paths[1], ["-Y", filter, "-T", "fields", "-e", "frame.number"]) == frames(event))
    }
    let fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "tcp.seq_raw", "-e", "tcp.flags"]
    #expect(try tshark(paths[0], fields) == tshark(paths[1], fields))
  }

  @Test("An annotated pcapng keeps its other blocks, octet for octet, and can be annotated again")
  func otherBlocks() throws {
    let paths = (0..<3).map { NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).\($0)" }
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    let variant = try #require(Variant.all.first { $0.name == "pcapng" })
    // An interface statistics block and a custom block follow the packets.
    let statistics: [UInt8] = [5, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0]
    let custom: [UInt8] = [0xad, 0x0b, 0, 0, 16, 0, 0, 0, 1, 2, 3, 4, 16, 0, 0, 0]
    let file = variant.file(try VariantTests().packets("both-deaf")) + statistics + custom
    try Data(file).write(to: URL(fileURLWithPath: paths[0]))
    #expect(try Program.run(["replay", paths[0], "--annotate", paths[1]]).status == 0)
    #expect(try Program.run(["replay", paths[1], "--annotate", paths[2]]).status == 0)
    let annotated = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[1])))
    #expect(annotated.suffix(40) == ArraySlice(statistics + custom))
    let probes = { (path: String) in
      try Program.run(["replay", "--json", path]).lines.filter { $0["event"] as? String == "probe" }.count
    }
    #expect(try probes(paths[2]) == 7)
  }

  @Test("Several files, or the capture itself as the copy are refused")
  func refused() throws {
    let capture = SituationTests.folder + "/both-deaf.pcap"
    #expect(try Program.run(["replay", capture, capture, "--annotate", "/dev/null"]).status == 64)
    // A copy that whoever runs this may write: another user's file is refused for that.
    let own = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    try FileManager.default.copyItem(atPath: capture, toPath: own)
    defer { try? FileManager.default.removeItem(atPath: own) }
    let result = try Program.run(["replay", own, "--annotate", own])
    #expect(result.status == 64 && result.errors.contains("write over"))
    #expect(try Program.run(["replay", capture, "--annotate", "/no/such/folder/x.pcapng"]).status == 1)
  }
}
