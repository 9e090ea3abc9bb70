import Foundation
import Testing

/// One recorded conversation, written anew behind other link layers, in tunnels, formats, byte orders and lengths.
struct Variant: CustomTestStringConvertible, Sendable {
  let name: String
  var linkType: UInt32 = 1
  /// What stands in front of the IP datagram, given its length in octets.
  var header: @Sendable (Int) -> [UInt8] = { _ in octets("000000000000 000000000000 0800") }
  var isBigEndian = false
  var isNanoseconds = false
  var isPcapng = false
  /// Octets kept of the IP datagram.
  var kept = Int.max

  var testDescription: String { name }

  static let ethernet = "000000000000 000000000000 "
  static let all: [Variant] = [
    Variant(name: "Ethernet"),
    Variant(name: "one VLAN tag", header: { _ in octets(ethernet + "8100 0007 0800") }),
    Variant(name: "three VLAN tags", header: { _ in octets(ethernet + "88a8 0005 8100 0006 8100 0007 0800") }),
    Variant(name: "Linux cooked v1", linkType: 113, header: { _ in octets("0000 0304 0006 0000000000000000 0800") }),
    Variant(
      name: "Linux cooked v2", linkType: 276,
      header: { _ in octets("0800 0000 00000001 0304 00 06 0000000000000000") }),
    Variant(name: "BSD loopback, little-endian family", linkType: 0, header: { _ in octets("02000000") }),
    Variant(name: "BSD loopback, big-endian family", linkType: 0, header: { _ in octets("00000002") }),
    Variant(name: "OpenBSD loopback", linkType: 108, header: { _ in octets("00000002") }),
    Variant(name: "raw IP", linkType: 101, header: { _ in [] }),
    Variant(name: "raw IPv4", linkType: 228, header: { _ in [] }),
    Variant(name: "IP in IP", header: { octets(ethernet + "0800") + outer(4, $0) }),
    Variant(name: "GRE", header: { octets(ethernet + "0800") + outer(47, $0 + 4) + octets("0000 0800") }),
    Variant(
      name: "GRE with key and sequence number",
      header: { octets(ethernet + "0800") + outer(47, $0 + 12) + octets("3000 0800 00000009 00000001") }),
    Variant(
      name: "VXLAN",
      header: { length in
        let udp = octets("c000 12b5") + big16(length + 30) + octets("0000 08000000 00000500")
        return octets(ethernet + "0800") + outer(17, length + 30) + udp + octets(ethernet + "0800")
      }),
    Variant(
      name: "Geneve with an option",
      header: { length in
        let udp = octets("c000 17c1") + big16(length + 38) + octets("0000 02006558 00000500 01020301 00000000")
        return octets(ethernet + "0800") + outer(17, length + 38) + udp + octets(ethernet + "0800")
      }),
    Variant(
      name: "PPPoE", header: { octets(ethernet + "8864 1100 0001") + big16($0 + 2) + octets("0021") }),
    Variant(name: "two MPLS labels", header: { _ in octets(ethernet + "8847 00010040 00011140") }),
    Variant(name: "PPP", linkType: 9, header: { _ in octets("ff03 0021") }),
    Variant(name: "PPP without address and control", linkType: 9, header: { _ in octets("0021") }),
    Variant(name: "Cisco HDLC", linkType: 104, header: { _ in octets("0f00 0800") }),
    Variant(name: "pcap, big-endian", isBigEndian: true),
    Variant(name: "pcap, nanoseconds", isNanoseconds: true),
    Variant(name: "pcap, big-endian, nanoseconds", isBigEndian: true, isNanoseconds: true),
    Variant(name: "pcapng", isPcapng: true),
    Variant(name: "pcapng, big-endian", isBigEndian: true, isPcapng: true),
    Variant(name: "cut after the TCP options", kept: 52),
    Variant(name: "cut after the TCP header", kept: 40),
  ]

  /// An IPv4 header around `length` octets of another protocol.
  private static func outer(_ number: UInt8, _ length: Int) -> [UInt8] {
    octets("4500") + big16(length + 20) + octets("0001 4000 40") + [number] + octets("0000 0a090001 0a090002")
  }

  private static func big16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

  /// The file: `packets` are IP datagrams, with their times in microseconds.
  func file(_ packets: [(time: Int64, datagram: [UInt8])]) -> [UInt8] {
    let magic: UInt32 = isNanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4
    var file =
      isPcapng
      ? word(0x0a0d_0d0a) + word(28) + word(0x1a2b_3c4d) + half(1) + half(0) + word(.max) + word(.max) + word(28)
        + word(1) + word(20) + half(UInt16(linkType)) + half(0) + word(0) + word(20)
      : word(magic) + half(2) + half(4) + word(0) + word(0) + word(262_144) + word(linkType)
    for packet in packets {
      let whole = header(packet.datagram.count) + packet.datagram
      let captured = Array(whole.prefix(header(packet.datagram.count).count + min(kept, packet.datagram.count)))
      if isPcapng {
        let padding = (4 - captured.count % 4) % 4
        let length = UInt32(32 + captured.count + padding)
        let time = UInt64(packet.time)
        file += word(6) + word(length) + word(0) + word(UInt32(time >> 32)) + word(UInt32(truncatingIfNeeded: time))
        file += word(UInt32(captured.count)) + word(UInt32(whole.count)) + captured
        file += [UInt8](repeating: 0, count: padding) + word(length)
      } else {
        let fraction = UInt32(packet.time % 1_000_000) * (isNanoseconds ? 1000 : 1)
        file += word(UInt32(packet.time / 1_000_000)) + word(fraction)
        file += word(UInt32(captured.count)) + word(UInt32(whole.count)) + captured
      }
    }
    return file
  }

  private func word(_ value: UInt32) -> [UInt8] {
    let bytes = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    return isBigEndian ? bytes : bytes.reversed()
  }

  private func half(_ value: UInt16) -> [UInt8] {
    let bytes = [UInt8(value >> 8), UInt8(value & 255)]
    return isBigEndian ? bytes : bytes.reversed()
  }
}

/// Octets from hexadecimal text.
private func octets(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

@Suite struct VariantTests {
  /// Recordings on `lo`, in microseconds and little-endian order, whose packets each have one Ethernet header.
  static let recordings = ["both-deaf", "tuple-reuse", "half-closed", "window-probes-then-keepalive"]

  /// The IP datagrams of a recording.
  func packets(_ name: String) throws -> [(time: Int64, datagram: [UInt8])] {
    let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: SituationTests.folder + "/\(name).pcap")))
    let word = { (offset: Int) in file[offset..<offset + 4].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) } }
    var packets: [(Int64, [UInt8])] = []
    var offset = 24
    while offset < file.count {
      let length = Int(word(offset + 8))
      // Of a packet that the snapshot length cut, zeros stand for the rest of its data.
      let missing = Int(word(offset + 12)) - length
      let data = file[offset + 16 + 14..<offset + 16 + length] + [UInt8](repeating: 0, count: missing)
      packets.append((word(offset) * 1_000_000 + word(offset + 4), Array(data)))
      offset += 16 + length
    }
    return packets
  }

  /// What is recognised: "8 probe", "9 answer ack", and each connection's verdict.
  func recognised(_ file: [UInt8]) throws -> [String] {
    let result = try Program.run(["replay", "--json", "-"], input: Data(file))
    #expect(result.status == 0, "\(result.errors)")
    return result.lines.compactMap { line in
      guard let event = line["event"] as? String, let frame = line["frame"] as? Int, event != "prober" else {
        return nil
      }
      return "\(frame) \(event) \(line["by"] as? String ?? line["verdict"] as? String ?? "")"
    }
  }

  @Test("The same conversation gives the same events in every wrapping", arguments: Variant.all, recordings)
  func sameEvents(variant: Variant, recording: String) throws {
    let packets = try packets(recording)
    let plain = try recognised(Variant(name: "plain").file(packets))
    #expect(plain.contains { $0.contains("probe") })
    #expect(try recognised(variant.file(packets)) == plain)
  }
}
