import Foundation

/// Wireshark's decoder, the judge of what a packet holds.
enum Tshark {
  /// The innermost segment of each wrapping's packet, as "source destination port port SEG.SEQ SEG.ACK".
  ///
  /// All are written to one pcapng file, with an interface for each, so that tshark runs once.
  ///
  /// - Returns: `nil` where tshark is not installed.
  static func innermostSegments(_ wrappings: [Wrapping]) throws -> [String]? {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(capture(wrappings)).write(to: URL(fileURLWithPath: path))
    let fields = [
      "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw",
    ]
    // What it cannot tell from the packet: Linux' port for VXLAN, and what is behind two of the labels.
    let known = ["-d", "udp.port==8472,vxlan", "-d", "mpls.label==18,pwethnocw", "-d", "mpls.label==19,pwethcw"]
    let arguments = known + ["-n", "-r", path, "-T", "fields", "-E", "occurrence=l"] + fields.flatMap { ["-e", $0] }
    guard let output = try output(["tshark"] + arguments) else { return nil }
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    return zip(wrappings, lines).map { wrapping, line in
      var values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard values.count == fields.count else { return String(line) }
      for index in wrapping.isIPv6 ? [2, 0] : [3, 1] { values.remove(at: index) }
      return values.joined(separator: " ")
    }
  }

  private static func output(_ command: [String]) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    // 127: there is no such program (POSIX, env).
    return process.terminationStatus == 127 ? nil : String(decoding: data, as: UTF8.self)
  }

  private static func capture(_ wrappings: [Wrapping]) -> [UInt8] {
    var file = block(0x0a0d_0d0a, little(0x1a2b_3c4d) + [1, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8))
    for wrapping in wrappings { file += block(1, little(UInt32(wrapping.linkType)) + little(0)) }
    for (number, wrapping) in wrappings.enumerated() {
      let packet = wrapping.packet
      let length = little(UInt32(packet.count))
      file += block(6, little(UInt32(number)) + little(0) + little(0) + length + length + packet)
    }
    return file
  }

  private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    let length = little(UInt32(padded.count + 12))
    return little(type) + length + padded + length
  }

  private static func little(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
