import Foundation
import Testing

@testable import PacketWire

@Suite struct EncapsulationTests {
  func decode(_ packet: [UInt8], linkType: UInt16, originalLength: Int? = nil) -> (DecodeResult, Segment) {
    var decoder = PacketDecoder()
    var segment = Segment()
    let result = decoder.decode(
      packet.span, in: 0..<packet.count, originalLength: originalLength ?? packet.count,
      linkType: LinkType(rawValue: linkType), interface: 0, into: &segment)
    return (result, segment)
  }

  @Test("A segment is the same in every wrapping", arguments: Wrapping.all)
  func sameSegment(_ wrapping: Wrapping) {
    let (result, segment) = decode(wrapping.packet, linkType: wrapping.linkType)
    #expect(result == .segment)
    let plain = wrapping.isIPv6 ? PacketDecoderTests.probeIPv6 : PacketDecoderTests.probe
    #expect(Self.line(segment) == Self.line(decode(plain, linkType: 101).1))
  }

  /// What tshark is asked for.
  static func line(_ segment: Segment) -> String {
    "\(segment.source) \(segment.destination) \(segment.sourcePort) \(segment.destinationPort) "
      + "\(segment.sequence.value) \(segment.acknowledgment.value)"
  }

  @Test("tshark sees the same addresses, ports, SEG.SEQ and SEG.ACK in every wrapping")
  func oracle() throws {
    let wrappings = Wrapping.all.filter { $0.withoutOracle == nil }
    guard let seen = try Tshark.innermostSegments(wrappings) else {
      print("skipped: tshark is not installed, the judge of the wrappings (Debian: apt-get install tshark)")
      return
    }
    for (wrapping, seen) in zip(wrappings, seen) {
      #expect(Self.line(decode(wrapping.packet, linkType: wrapping.linkType).1) == seen, "\(wrapping.name)")
    }
  }

  @Test("A packet that ends early is no trap, and never another segment", arguments: Wrapping.all)
  func everyPrefix(_ wrapping: Wrapping) {
    let packet = wrapping.packet
    let whole = Self.line(decode(packet, linkType: wrapping.linkType).1)
    for length in 0..<packet.count {
      let cut = Array(packet[..<length])
      let (result, segment) = decode(cut, linkType: wrapping.linkType, originalLength: packet.count)
      #expect(result == .segment ? Self.line(segment) == whole : !result.isMalformed, "\(length) octets: \(result)")
      _ = decode(cut, linkType: wrapping.linkType)
    }
  }

  /// Another in each run; printed, so that a run that a trap ended can be repeated.
  static let seed = {
    let seed = UInt64.random(in: 1...UInt64.max)
    print("encapsulations: octets are changed by seed \(seed)")
    return seed
  }()

  @Test("Changed octets are no trap", arguments: Wrapping.all)
  func changedOctets(_ wrapping: Wrapping) {
    var random = Xorshift(state: Self.seed)
    for _ in 0..<3000 {
      var packet = wrapping.packet
      for _ in 0..<Int(random.next() % 6) {
        packet[Int(random.next() % UInt64(packet.count))] = UInt8(random.next() & 255)
      }
      packet.removeLast(Int(random.next() % 8 == 0 ? random.next() % UInt64(packet.count) : 0))
      _ = decode(packet, linkType: wrapping.linkType, originalLength: Int(random.next() % 300))
    }
  }

  @Test("Datagrams within datagrams are followed four deep and no deeper")
  func depth() {
    var packet = PacketDecoderTests.probe
    for level in 1...6 {
      packet = Wrapping.outer(4, packet.count) + packet
      #expect(decode(packet, linkType: 101).0 == (level <= PacketDecoder.tunnelLimit ? .segment : .notTCP), "\(level)")
    }
  }

  @Test("Octets that only look like a tunnel's are something else than TCP, and no lie")
  func noTunnel() {
    for number: UInt8 in [4, 41, 47, 97, 115, 137] {
      #expect(decode(Wrapping.outer(number, 40) + [UInt8](repeating: 0x45, count: 40), linkType: 101).0 == .notTCP)
    }
    for port in 0...65535 {
      let payload = Wrapping.big16(port) + Wrapping.big16(port) + [0, 28, 0, 0] + [UInt8](repeating: 0x45, count: 20)
      #expect(decode(Wrapping.outer(17, payload.count) + payload, linkType: 101).0 == .notTCP, "port \(port)")
    }
  }

  @Test("What a mirror cut is decoded as far as it goes, with the payload's length from its own header")
  func mirrored() {
    var datagram = PacketDecoderTests.probe
    datagram.replaceSubrange(2..<4, with: Wrapping.big16(1452))
    for name in ["ERSPAN type I", "ERSPAN type II", "TZSP over UDP", "VXLAN", "NFLOG"] {
      let wrapping = Wrapping.all.first { $0.name == name }
      let (result, segment) = decode(wrapping?.packet(datagram) ?? [], linkType: wrapping?.linkType ?? 0)
      #expect(result == .segment && segment.payloadLength == 1400, "\(name): \(result)")
    }
  }

  @Test("An authentication header in front of TCP is stepped over, in IPv4 as in IPv6")
  func authenticationHeader() {
    let header = octets("06 04 0000 00001234 00000001 000000000000000000000000")
    let segment = Array(PacketDecoderTests.probe[20...])
    let packet = Wrapping.outer(51, header.count + segment.count) + header + segment
    #expect(decode(packet, linkType: 101).0 == .segment)
    #expect(decode(packet, linkType: 101).1.sequence == SequenceNumber(6))
  }

  @Test("Encrypted 802.11 and MACsec frames, and aggregated ones, are not guessed at")
  func notReadable() {
    let frame = "020000000001 020000000002 020000000003 0000"
    let packet = octets("aaaa03 000000 0800") + PacketDecoderTests.probe
    #expect(decode(octets("0842 0000" + frame) + packet, linkType: 105).0 == .notTCP)
    #expect(decode(octets("8802 0000" + frame + "8000") + packet, linkType: 105).0 == .notTCP)
    let secured = octets(Wrapping.addresses + "88e5 0c 00 00000001 0800") + PacketDecoderTests.probe
    #expect(decode(secured, linkType: 1).0 == .notTCP)
  }

  // What two packets have in front of their datagram, and whether that keeps the networks, and the paths, apart.
  static let ways: [(String, String, network: Bool, path: Bool)] = [
    ("0800", "8100 0000 0800", false, false),
    ("0800", "8100 0001 0800", true, true),
    ("8100 0001 0800", "8100 e001 0800", false, false),
    ("8100 000a 0800", "8100 0014 0800", true, true),
    ("88a8 0001 8100 0002 0800", "88a8 0002 8100 0001 0800", true, true),
    ("88e7 00000001" + Wrapping.frame, "88e7 00000002" + Wrapping.frame, true, true),
  ]

  @Test("Equal VLANs and services give equal networks and paths, different ones different ones", arguments: ways)
  func networks(way: (String, String, network: Bool, path: Bool)) {
    let segments = [way.0, way.1].map {
      decode(octets(Wrapping.addresses + $0) + PacketDecoderTests.probe, linkType: 1).1
    }
    #expect((segments[0].network != segments[1].network) == way.network)
    #expect((segments[0].path != segments[1].path) == way.path)
  }

  @Test("Each VLAN has a network of its own")
  func everyVLAN() {
    let networks = (0...4095).map { id in
      decode(octets(Wrapping.addresses + "8100") + Wrapping.big16(id) + [8, 0] + PacketDecoderTests.probe, linkType: 1)
        .1.network
    }
    #expect(Set(networks).count == 4096)
  }

  // A wrapping, the offset of an id's last octet from the end of its header, and whether both directions have it.
  static let ids: [(String, Int, isShared: Bool)] = [
    ("VXLAN", 16, true), ("NVGRE", 16, true), ("VXLAN-GPE with IP", 2, true), ("VXLAN on 8472", 16, false),
    ("Geneve with IP", 2, false), ("GTP-U", 1, false), ("L2TP", 5, false), ("ERSPAN type II", 19, false),
    ("GRE with checksum, key and sequence number", 5, false), ("LINUX_SLL2", 13, false), ("PKTAP", 109, false),
  ]

  @Test("A tunnel's id makes another path; only one that both directions share makes another network", arguments: ids)
  func tunnelIDs(id: (String, Int, isShared: Bool)) throws {
    let wrapping = try #require(Wrapping.all.first { $0.name == id.0 })
    var packet = wrapping.packet
    let first = decode(packet, linkType: wrapping.linkType).1
    packet[packet.count - PacketDecoderTests.probe.count - id.1] ^= 6
    let (result, second) = decode(packet, linkType: wrapping.linkType)
    #expect(result == .segment && first.path != second.path)
    #expect((first.network != second.network) == id.isShared)
  }

  @Test("Each kind of header is tried in a wrapping")
  func completeness() {
    let tried = Wrapping.all.reduce(into: Set<Encapsulation>()) { $0.formUnion(headers($1)) }
    #expect(Set(Encapsulation.allCases).subtracting(tried).isEmpty)
  }

  /// The headers that are stepped over in a wrapping.
  private func headers(_ wrapping: Wrapping) -> Set<Encapsulation> {
    let packet = wrapping.packet
    var position = Position(offset: 0, end: packet.count)
    var next = Encapsulation(linkType: LinkType(rawValue: wrapping.linkType))
    var found: Set<Encapsulation> = []
    while let header = next {
      found.insert(header)
      next = nil
      if header == .ip {
        guard case .datagram(let datagram) = Datagram.decode(packet.span, at: position.offset, wireEnd: position.end)
        else { break }
        position.offset = datagram.payloadStart
        next = Encapsulation(ipProtocol: datagram.protocolNumber)
      } else if case .next(let inner) = header.step(packet.span, &position) {
        next = inner
      }
    }
    return found
  }

  @Test("docs/encapsulations.md lists what the tables have, and nothing else")
  func documentation() throws {
    let file = URL(fileURLWithPath: #filePath).appending(path: "../../../docs/encapsulations.md").standardized
    let listed = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| Announced") && !$0.hasPrefix("| ---") }
    let rows = Self.rows
    for row in rows where !listed.contains(row) { Issue.record("missing in docs/encapsulations.md: \(row)") }
    for row in listed where !rows.contains(row) { Issue.record("not in the tables: \(row)") }
  }

  /// The rows of the document's table.
  static var rows: [String] {
    func rows(_ numbers: ClosedRange<Int>, _ kind: String, _ find: (Int) -> Encapsulation?) -> [String] {
      numbers.compactMap { number in find(number).map { "| \(kind) \(number) | \($0.name) |" } }
    }
    func hexadecimal(
      _ kind: String, from first: UInt16 = 0x0600, _ find: (UInt16) -> Encapsulation?
    ) -> [String] {
      (first...0xffff).compactMap { number in
        find(number).map { "| \(kind) 0x\(String(0x10000 + Int(number), radix: 16).dropFirst()) | \($0.name) |" }
      }
    }
    let links = (0...UInt16.max).compactMap { number in
      let type = LinkType(rawValue: number)
      return Encapsulation(linkType: type).map { "| link type \(type.nameAndNumber) | \($0.name) |" }
    }
    return links + hexadecimal("EtherType") { Encapsulation(etherType: $0) }
      + rows(0...255, "IP protocol") { Encapsulation(ipProtocol: UInt8($0)) }
      + rows(0...65535, "UDP port") { Encapsulation(udpDestinationPort: UInt16($0)) }
      + hexadecimal("GRE protocol") {
        Encapsulation(greProtocol: $0) == Encapsulation(etherType: $0) ? nil : Encapsulation(greProtocol: $0)
      }
      + hexadecimal("PPP protocol", from: 0) { Encapsulation(pppProtocol: $0) }
      + rows(0...255, "next protocol of NSH and VXLAN-GPE,") { Encapsulation(serviceProtocol: UInt8($0)) }
  }
}

/// Numbers that a seed repeats.
struct Xorshift {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
