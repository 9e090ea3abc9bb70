import Glibc
import Testing

@testable import PacketWire

/// Octets from hexadecimal text.
func octets(_ text: String) -> [UInt8] {
  let digits = text.filter { $0.isHexDigit }.map { UInt8($0.hexDigitValue ?? 0) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite struct PacketDecoderTests {
  // IP 127.0.0.1.43812 > 127.0.0.1.12345: Flags [.], seq 6, ack 25, win 64, TS val 100 ecr 90, length 0
  static let probe = octets(
    """
    45000034 00014000 40060000 7f000001 7f000001
    ab243039 00000006 00000019 80100040 00000000 0101080a 00000064 0000005a
    """)
  // The same over IPv6, ::1 to ::1, without timestamps.
  static let probeIPv6 = octets(
    """
    60000000 00140640 00000000000000000000000000000001 00000000000000000000000000000001
    ab243039 00000006 00000019 50100040 00000000
    """)

  func decode(_ packet: [UInt8], _ linkType: LinkType, originalLength: Int? = nil) -> (DecodeResult, Segment) {
    var decoder = PacketDecoder()
    var segment = Segment()
    let result = decoder.decode(
      packet.span, in: 0..<packet.count, originalLength: originalLength ?? packet.count, linkType: linkType,
      interface: 0, into: &segment)
    return (result, segment)
  }

  // UDP from port 43812 to 53, of four octets, over IPv4 and IPv6; and VXLAN around the probe.
  static let query = octets("45000020 00010000 40110000 0a000001 0a000002 ab240035 000c0000 01020304")
  static let queryIPv6 = octets(
    """
    60000000 000c1140 00000000000000000000000000000001 00000000000000000000000000000002
    ab240035 000c0000 01020304
    """)
  static let vxlan = Array(Wrapping.all.first { $0.name == "VXLAN" }?.packet.dropFirst(14) ?? [])

  static let links: [(LinkType, String)] = [
    (.ethernet, "000000000000 000000000000 0800"),
    (.ethernet, "000000000000 000000000000 8100 0005 0800"),
    (.ethernet, "000000000000 000000000000 88a8 0005 8100 0006 8100 0007 0800"),
    (.linuxCooked, "0000 0304 0006 0000000000000000 0800"),
    (.linuxCooked2, "0800 0000 00000001 0304 00 06 0000000000000000"),
    (.null, "02000000"), (.null, "00000002"), (.loop, "00000002"), (.raw, ""), (.ipv4, ""),
  ]

  @Test("A segment is the same behind every link layer", arguments: links)
  func everyLinkLayer(link: (LinkType, String)) {
    let (result, segment) = decode(octets(link.1) + Self.probe, link.0)
    #expect(result == .segment)
    #expect(segment.sourceAddress.description == "127.0.0.1:43812")
    #expect(segment.destinationAddress.description == "127.0.0.1:12345")
    #expect(segment.sequence == SequenceNumber(6) && segment.acknowledgment == SequenceNumber(25))
    #expect(segment.flags == .ack && segment.payloadLength == 0 && segment.window == 64)
    #expect(segment.timestampValue == 100 && segment.timestampEcho == 90)
  }

  @Test("IPv6 is decoded with extension headers in front of TCP")
  func ipv6() {
    #expect(decode(Self.probeIPv6, .ipv6).0 == .segment)
    var packet = Self.probeIPv6
    packet[5] = 0x1c  // eight octets of destination options more
    packet[6] = 60
    packet.insert(contentsOf: octets("06 00 010400000000"), at: 40)
    let (result, segment) = decode(packet, .raw)
    #expect(result == .segment && segment.sequence == SequenceNumber(6))
    #expect(segment.sourceAddress.description == "[::1]:43812")
  }

  // Outer IPv4 10.0.0.1 > 10.0.0.2 with the protocol of the tunnel, then the tunnel's own header.
  static let tunnels: [(String, String)] = [
    ("04", ""), ("2f", "0000 0800"), ("2f", "2000 0800 0000002a"),
    ("11", "c000 12b5 004a 0000 0800000000002a00 000000000000 000000000000 0800"),
  ]

  @Test("A segment is the same inside a tunnel: IP in IP, GRE, GRE with a key, VXLAN", arguments: tunnels)
  func tunnel(tunnel: (String, String)) {
    let inner = octets(tunnel.1) + Self.probe
    var outer = octets("45000000 00020000 40000000 0a000001 0a000002")
    outer[3] = UInt8(20 + inner.count)
    outer[9] = octets(tunnel.0)[0]
    let (result, segment) = decode(outer + inner, .raw)
    #expect(result == .segment && segment.sourceAddress.description == "127.0.0.1:43812")
    #expect(segment.traits.contains(.tunnelled) && segment.timestampValue == 100)
  }

  @Test("A BIG TCP packet, whose IPv4 total length is 0, has the length that the wire had")
  func bigTCP() {
    var packet = Self.probe
    packet[2] = 0
    packet[3] = 0
    let (result, segment) = decode(packet, .raw, originalLength: 200_052)
    #expect(result == .segment && segment.payloadLength == 200_000)
  }

  @Test("Fragments of TCP are recognised and not taken for segments", arguments: ["2000", "00b9", "20b9"])
  func fragments(field: String) {
    var packet = Self.probe
    packet.replaceSubrange(6..<8, with: octets(field))
    #expect(decode(packet, .raw).0 == .fragment)
  }

  @Test("Ethernet padding is no payload")
  func padding() {
    let frame = octets(Self.links[0].1) + Self.probe + [0, 0, 0, 0, 0, 0]
    #expect(decode(frame, .ethernet).1.payloadLength == 0)
  }

  @Test("A packet cut by the snapshot length is told apart from one that lies about its lengths")
  func cutOrLying() {
    for length in 0..<40 {
      #expect(decode(Array(Self.probe[..<length]), .raw, originalLength: 52).0 == .truncated, "\(length) octets")
    }
    #expect(decode(Array(Self.probe[..<40]), .raw, originalLength: 52).0 == .segment)
    #expect(decode(Array(Self.probe[..<40]), .raw, originalLength: 40).0 == .malformedIPLength)
    var packet = Self.probe
    packet[32] = 0x40  // a TCP header of 16 octets
    #expect(decode(packet, .raw).0 == .malformedTCPHeader)
    packet[32] = 0xf0  // a TCP header of 60 octets in a datagram that has room for 32
    #expect(decode(packet, .raw).0 == .malformedTCPHeader)
    packet[0] = 0x44
    #expect(decode(packet, .raw).0 == .malformedIPHeader)
  }

  @Test("No octets at all, and none out of a random generator, stop the decoder", arguments: 0..<32)
  func randomOctets(seed: UInt64) {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    for _ in 0..<2000 {
      var packet = Self.probe
      for _ in 0..<4 { packet[Int(next() % UInt64(packet.count))] = UInt8(truncatingIfNeeded: next()) }
      packet.removeLast(Int(next() % UInt64(packet.count)))
      for link in [LinkType.raw, .ethernet, .linuxCooked, .linuxCooked2, .null, .ppp, .pppHDLC, .ciscoHDLC] {
        _ = decode(packet, link, originalLength: Int(next() % 100))
      }
    }
  }

  @Test("Addresses are written as inet_ntop(3) writes them")
  func addressTextOfLibrary() {
    // Groups of 0 are common, and so are runs of them.
    let half = {
      (0..<4).reduce(UInt64(0)) { sum, _ in
        sum << 16 | (Bool.random() ? 0 : UInt64.random(in: 0...0xffff) >> (4 * UInt64.random(in: 0...3)))
      }
    }
    for _ in 0..<20_000 {
      // glibc writes ::a.b.c.d and ::ffff:a.b.c.d, which are of no connection, with the dotted part.
      let address = IPAddress(high: half() | 1 << UInt64.random(in: 0...63), low: half())
      var octets = [address.high.bigEndian, address.low.bigEndian]
      var text = [CChar](repeating: 0, count: 46)
      _ = unsafe inet_ntop(AF_INET6, &octets, &text, 46)
      let expected = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      #expect(address.description == expected)
    }
    for last: UInt32 in [0, 9, 10, 99, 100, 255] {
      #expect(IPAddress(ipv4: 0x0a64_c700 | last).description == "10.100.199.\(last)")
    }
  }

  @Test("IPv6 addresses are written as RFC 5952 has it")
  func addressText() {
    #expect(IPAddress(high: 0x2001_0db8_0000_0000, low: 1).description == "2001:db8::1")
    #expect(IPAddress(high: 0, low: 0).description == "::")
    #expect(IPAddress(high: 0x2001_0000_0000_0001, low: 0x0000_0000_0000_0001).description == "2001:0:0:1::1")
    #expect(IPAddress(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008).description == "1:2:3:4:5:6:7:8")
  }

  @Test("Sequence numbers wrap: 0 comes after 2^32 - 1")
  func sequenceWrap() {
    let last = SequenceNumber(.max)
    #expect(last.isBefore(SequenceNumber(0)) && SequenceNumber(0).isAfter(last))
    #expect(last.advanced(by: 2) == SequenceNumber(1) && last.distance(to: SequenceNumber(4)) == 5)
  }

  @Test(
    "The short way of a common packet and the general one agree, on packets with any octets changed",
    arguments: [probe, probeIPv6, query, queryIPv6, vxlan])
  func commonPacket(_ common: [UInt8]) {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var packet = common
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        packet[Int.random(in: 0..<packet.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { packet.removeLast(Int.random(in: 0..<packet.count, using: &random)) }
      let wireEnd = packet.count + Int.random(in: 0...40, using: &random)
      var (decoder, short, general) = (PacketDecoder(), Segment(), Segment())
      let bytes = packet.span
      let first = decoder.decode(
        bytes, in: 0..<packet.count, originalLength: wireEnd, linkType: .raw, interface: 0, into: &short)
      var position = Position(offset: 0, end: wireEnd)
      let second = decoder.decode(bytes, .ip, at: &position, into: &general)
      #expect(first == second, "\(packet)")
      if first == .segment { #expect("\(short)" == "\(general)", "\(packet)") }
    }
  }
}
