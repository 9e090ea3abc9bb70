import Foundation
import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// A file of the folder LookAlikes: packets in tcpdump's notation above their octets, and what is to be recognised.
struct LookAlike: CustomTestStringConvertible, Sendable {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("LookAlikes")

  static let all: [LookAlike] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.sorted().compactMap(LookAlike.init)
  }()

  let name: String
  let title: String
  var claims: [String] = []
  var verdict: String?
  /// The part that tcpdump wrote.
  var dump = ""
  /// Microseconds since the first, and octets.
  var packets: [(time: Int64, octets: [UInt8])] = []

  var testDescription: String { "\(title) (\(name))" }

  init?(_ file: String) {
    name = file
    guard let text = try? String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8) else {
      return nil
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    title = lines.first ?? ""
    for line in lines {
      if let list = Self.rest(line, after: "claims: ") {
        claims = list == "none" ? [] : list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      } else if let word = Self.rest(line, after: "verdict: ") {
        verdict = word
      } else if line.hasPrefix("\t0x") {
        dump += line + "\n"
        packets[packets.count - 1].octets += Self.octets(line)
      } else if line.hasPrefix(" "), let time = Self.microseconds(line) {
        dump += line + "\n"
        packets.append((time, []))
      }
    }
  }

  private static func rest(_ line: String, after prefix: String) -> String? {
    line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : nil
  }

  /// " 00:00:10.001000 IP …".
  private static func microseconds(_ line: String) -> Int64? {
    let parts = line.dropFirst().prefix(15).split { ":.".contains($0) }.compactMap { Int64($0) }
    guard parts.count == 4 else { return nil }
    return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000_000 + parts[3]
  }

  /// "\t0x0010:  0a00 0002 …".
  private static func octets(_ line: String) -> [UInt8] {
    let digits = line.split(separator: ":")[1].compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private static let start: Int64 = 1_700_000_000

  /// What is recognised: "7 probe", in the order reported; and the first connection's verdict.
  func analyse() -> (claims: [String], verdict: String?) {
    let analyzer = analyzer()
    let claims = analyzer.events.map { event in
      switch event.kind {
      case .probe: "\(event.frame) probe"
      case .answer(let answer): "\(event.frame) answer \(answer.form.rawValue)"
      case .giveUp: "\(event.frame) give-up"
      case .windowProbe(let certain): "\(event.frame) window-probe\(certain ? "" : "?")"
      case .quotedError(let error): "\(event.frame) icmp \(error.quoted.rawValue)"
      case .ignored(let ignored): "\(event.frame) \(ignored.reason.rawValue)"
      }
    }
    return (claims, analyzer.connections.count > 0 ? analyzer.connections.report(1).verdict.rawValue : nil)
  }

  /// Shows the packets to an analyzer.
  ///
  /// - Parameters:
  ///   - explained: see `KeepaliveAnalyzer.explained`.
  ///   - isBatched: whether segments come as many as stand between two ICMP errors, or one by one.
  /// - Returns: the analyzer, at the end of the capture.
  func analyzer(explained: FrameKey? = nil, isBatched: Bool = false) -> KeepaliveAnalyzer {
    var decoder = PacketDecoder()
    var analyzer = KeepaliveAnalyzer()
    analyzer.explained = explained
    var waiting: [Segment] = []
    for (number, packet) in packets.enumerated() {
      let time = Self.start * 1_000_000_000 + packet.time * 1000
      if analyzer.captureStart == nil { analyzer.captureStart = time }
      let count = packet.octets.count
      var segment = Segment()
      let result = decoder.decode(
        packet.octets.span, in: 0..<count, originalLength: count, linkType: .raw, interface: 0, into: &segment)
      segment.time = time
      segment.frame = number + 1
      decoder.quote.time = time
      decoder.quote.frame = number + 1
      switch result {
      case .segment: waiting.append(segment)
      case .quotedSegment:
        analyzer.process(waiting)
        waiting = []
        analyzer.process(decoder.quote)
      default: break
      }
      guard !isBatched else { continue }
      analyzer.process(waiting)
      waiting = []
    }
    analyzer.process(waiting)
    analyzer.finish()
    return analyzer
  }

  /// A pcap file of the packets, with link type 101.
  var capture: Data {
    var file = Data()
    func append(_ values: UInt32...) { for value in values { file.append(contentsOf: withBytes(value)) } }
    append(0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 101)
    for packet in packets {
      let time = Self.start * 1_000_000 + packet.time
      append(
        UInt32(time / 1_000_000), UInt32(time % 1_000_000), UInt32(packet.octets.count), UInt32(packet.octets.count))
      file.append(contentsOf: packet.octets)
    }
    return file
  }

  private func withBytes(_ value: UInt32) -> [UInt8] {
    stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }
}

@Suite struct LookAlikeTests {
  @Test("Each look-alike is recognised as what its first line says", arguments: LookAlike.all)
  func recognised(example: LookAlike) {
    let (claims, verdict) = example.analyse()
    #expect(claims == example.claims)
    if let expected = example.verdict { #expect(verdict == expected) }
  }

  @Test(
    "The short ways and the general one, and packets one by one or together, tell the same", arguments: LookAlike.all)
  func shortWays(example: LookAlike) {
    func told(_ analyzer: KeepaliveAnalyzer) -> [String] {
      let connections = analyzer.connections
      return analyzer.events.map { "\($0)" } + (0..<connections.count).map { "\(connections.report($0 + 1))" }
    }
    let short = told(example.analyzer())
    #expect(told(example.analyzer(isBatched: true)) == short)
    // While a frame is to be explained each segment is examined, plain ones excepted.
    #expect(told(example.analyzer(explained: FrameKey(file: 0, frame: 0))) == short)
  }

  static let tcpdump = ["/usr/bin/tcpdump", "/usr/sbin/tcpdump"].first(where: FileManager.default.isExecutableFile)

  @Test(
    "Each look-alike's notation is what tcpdump prints of its octets",
    .enabled(if: tcpdump != nil, "tcpdump is not installed"), arguments: LookAlike.all)
  func notation(example: LookAlike) throws {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try example.capture.write(to: URL(fileURLWithPath: path))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.tcpdump))
    process.arguments = ["-ttttt", "-S", "-nn", "-x", "-r", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let printed = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(String(decoding: printed, as: UTF8.self) == example.dump)
  }

  @Test("The look-alikes are there")
  func present() { #expect(LookAlike.all.count == 63) }
}
