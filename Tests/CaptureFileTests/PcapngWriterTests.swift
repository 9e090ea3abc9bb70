import Foundation
import PacketWire
import Testing

@testable import CaptureFile

/// A program of Wireshark's or tcpdump's that reads captures, as a judge.
enum Judge {
  static func isThere(_ name: String) -> Bool { path(name) != nil }

  private static func path(_ name: String) -> String? {
    ["/usr/bin/", "/usr/local/bin/"].map { $0 + name }.first(where: FileManager.default.isExecutableFile)
  }

  /// What it prints, line by line.
  static func lines(_ name: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path(name)))
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(name) finds the file at fault")
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// Files that lie in a folder of their own for as long as a test takes.
func withFile(_ content: [UInt8] = [], _ body: (_ path: String) throws -> Void) throws {
  let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
  try Data(content).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

/// Lets `body` write to a file, and returns what the file holds then.
func written(_ body: (_ descriptor: Int32, _ path: String) throws -> Void) throws -> [UInt8] {
  var content: [UInt8] = []
  try withFile { path in
    let file = try #require(FileHandle(forWritingAtPath: path))
    try body(file.fileDescriptor, path)
    try file.close()
    content = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
  return content
}

@Suite struct PcapngWriterTests {
  /// An IPv4 datagram with a TCP segment of `count` octets of data, behind nothing.
  static func datagram(_ count: Int) -> [UInt8] {
    let length = 40 + count
    return [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
      + [0x9c, 0x40, 0x1e, 0x61, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 2, 0, 0, 0, 0, 0]
      + [UInt8](repeating: 0x78, count: count)
  }

  /// Packets whose lengths need every padding; the last is cut, and some have comments.
  static let packets: [(time: Int64, originalLength: Int, bytes: [UInt8], comment: String?)] = [
    (1_700_000_000_123_456_789, 40, datagram(0), nil),
    (1_700_000_000_123_456_790, 41, datagram(1), "one octet → a probe?"),
    (1_700_000_001_000_000_000, 42, datagram(2), "x"),
    (1_700_000_001_000_000_001, 43, datagram(3), "four"),
    (1_700_000_007_999_999_999, 140, datagram(0), nil),
  ]

  static func file(linkType: LinkType = .raw) throws -> [UInt8] {
    try written { descriptor, path in
      var writer = try PcapngWriter(descriptor: descriptor, name: path, linkType: linkType, snapshotLength: 256)
      for packet in packets {
        // Other octets stand around those that are written.
        let octets = [0xff] + packet.bytes + [0xff]
        writer.write(
          octets.span, in: 1..<octets.count - 1, originalLength: packet.originalLength, time: packet.time,
          comment: packet.comment)
      }
      writer.flush()
      #expect(writer.failure == nil)
    }
  }

  @Test("Packets that were written are read back to the octet, by libpcap too")
  func readBack() throws {
    let expected = Self.packets.map { ReadPacket(time: $0.time, originalLength: $0.originalLength, bytes: $0.bytes) }
    let file = try Self.file()
    let (packets, error) = readAll(file)
    #expect(packets == expected && error == nil)
    #expect(try readWithLibpcap(file) == expected)
  }

  @Test(
    "tshark reads times, lengths and comments of what was written",
    .enabled(if: Judge.isThere("tshark"), "tshark is not installed"))
  func tshark() throws {
    try withFile(try Self.file()) { path in
      let fields = ["frame.time_epoch", "frame.cap_len", "frame.len", "tcp.srcport", "frame.comment"]
      let arguments = ["-n", "-r", path, "-T", "fields"] + fields.flatMap { ["-e", $0] }
      let expected = Self.packets.map { packet in
        let (seconds, rest) = packet.time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = String(String(1_000_000_000 + rest).dropFirst())
        let values = ["\(seconds).\(fraction)", "\(packet.bytes.count)", "\(packet.originalLength)", "40000"]
        return (values + [packet.comment ?? ""]).joined(separator: "\t")
      }
      let lines = try Judge.lines("tshark", arguments)
      #expect(lines == expected)
    }
  }

  @Test(
    "capinfos finds a pcapng file of one interface, in nanoseconds",
    .enabled(if: Judge.isThere("capinfos"), "capinfos is not installed"))
  func capinfos() throws {
    try withFile(try Self.file()) { path in
      let text = try Judge.lines("capinfos", ["-M", path]).joined(separator: "\n")
      for line in [
        "pcapng", "Number of packets:   5", "Number of interfaces in file: 1", "Time precision = nanoseconds",
      ] {
        #expect(text.contains(line), "\(text)")
      }
      #expect(text.contains("Capture length = 256"), "\(text)")
    }
  }

  @Test(
    "tcpdump reads what was written", .enabled(if: Judge.isThere("tcpdump"), "tcpdump is not installed"))
  func tcpdump() throws {
    try withFile(try Self.file()) { path in
      let lines = try Judge.lines("tcpdump", ["-nr", path])
      #expect(lines.count == Self.packets.count)
    }
  }

  @Test("Where there is no room for the header, nothing is begun")
  func noRoom() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let error = #expect(throws: CaptureFileError.self) {
      _ = try PcapngWriter(descriptor: full.fileDescriptor, name: "full", linkType: .raw, snapshotLength: 0)
    }
    #expect(error?.problem.hasPrefix("cannot be written") == true)
  }
}
