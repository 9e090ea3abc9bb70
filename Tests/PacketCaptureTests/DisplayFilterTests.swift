import Foundation
import Testing

@testable import PacketCapture

/// Wireshark's language where libpcap's is wanted.
@Suite struct DisplayFilterTests {
  /// Display filters, and the same in libpcap's language.
  static let translated = [
    ("tcp.port == 5432", "tcp port 5432"),
    ("tcp.srcport==5432", "tcp src port 5432"),
    ("tcp.dstport eq 5432", "tcp dst port 5432"),
    ("ip.addr == 10.1.0.1 && tcp", "host 10.1.0.1 and tcp"),
    ("ip.src == 10.1.0.0/16 and tcp.dstport == 5432", "src net 10.1.0.0/16 and tcp dst port 5432"),
    ("ip.dst==10.1.0.2", "dst host 10.1.0.2"),
    ("!(tcp.port == 5432)", "not tcp port 5432"),
    ("not (tcp.srcport == 5432 or icmp)", "not (tcp src port 5432 or icmp)"),
    (
      "tcp.srcport == 5432 || tcp.dstport == 5432 && ip.addr == 10.1.0.1",
      "tcp src port 5432 or (tcp dst port 5432 and host 10.1.0.1)"
    ),
    (
      "(tcp.srcport == 5432 or tcp.dstport == 5432) and !(ip.src == 10.1.0.2)",
      "(tcp src port 5432 or tcp dst port 5432) and not src host 10.1.0.2"
    ),
    ("ipv6.addr == ::1", "host ::1"),
  ]

  @Test("What both languages can say is translated", arguments: translated)
  func translation(display: String, own: String) {
    let error = #expect(throws: PacketFilterError.self) { try PacketFilter(display) }
    #expect(error?.isOfOtherLanguage == true)
    #expect(error?.description == "'\(display)' is Wireshark's display filter; here: '\(own)'.")
  }

  @Test("The translation selects the packets that Wireshark selects", arguments: translated)
  func samePackets(display: String, own: String) throws {
    for name in ["both-legs-client", "raw-ip", "silent-over-ipv6"] {
      let path = #filePath + "/../../../captures/situations/\(name).pcap"
      let file = URL(fileURLWithPath: path).standardizedFileURL.path
      guard let theirs = try lines(["tshark", "-n", "-r", file, "-Y", display]),
        let ours = try lines(["tcpdump", "-n", "-r", file, own])
      else {
        print("skipped: tshark or tcpdump is not installed")
        return
      }
      #expect(ours == theirs, "\(name)")
    }
  }

  @Test(
    "What cannot be translated is still recognised, and the language named",
    arguments: [
      "tcp.flags.reset == 1", "tcp.port != 80", "tcp.analysis.keep_alive", "tcp.port == http", "ip.addr == example.org",
      "tcp.port ==", "(tcp.port == 80", "tcp.port == 80 &&", "ip.addr == 10.0.0.1/8", "frame.number > 10",
    ])
  func untranslated(display: String) {
    let error = #expect(throws: PacketFilterError.self) { try PacketFilter(display) }
    #expect(
      error?.description.hasPrefix("'\(display)' is Wireshark's display filter; here filters are in libpcap's language")
        == true)
  }

  @Test(
    "What is neither language is not taken for Wireshark's",
    arguments: ["port port", "(((", "host tcp.example. (", "tcp and"])
  func neither(expression: String) {
    let error = #expect(throws: PacketFilterError.self) { try PacketFilter(expression) }
    #expect(error?.isOfOtherLanguage == false && error?.description.contains("is no filter: ") == true)
  }

  /// How many lines a program writes; `nil` where it is not installed.
  private func lines(_ command: [String]) throws -> Int? {
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
    return process.terminationStatus == 127 ? nil : String(decoding: data, as: UTF8.self).split(separator: "\n").count
  }
}
