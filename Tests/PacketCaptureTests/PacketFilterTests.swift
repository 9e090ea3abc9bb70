import PacketWire
import Testing

@testable import PacketCapture

/// Filters in libpcap's language, on octets in memory.
@Suite struct PacketFilterTests {
  /// An IPv4 datagram with a TCP segment: flags, payload, ports 40000 → 7777.
  static func segment(flags: UInt8 = 0x10, payload: Int = 0) -> [UInt8] {
    let length = UInt16(40 + payload)
    return [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
      + [0x9c, 0x40, 0x1e, 0x61, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 2, 0, 0, 0, 0, 0]
      + [UInt8](repeating: 1, count: payload)
  }

  static func passes(_ filter: PacketFilter, _ datagram: [UInt8], _ linkType: LinkType = .raw) -> Bool {
    let bytes = linkType == .ethernet ? [UInt8](repeating: 0, count: 12) + [8, 0] + datagram : datagram
    return filter.matches(bytes.span, in: 0..<bytes.count, originalLength: bytes.count, linkType: linkType)
  }

  @Test("A packet passes or does not, behind whatever link layer", arguments: [LinkType.raw, .ethernet])
  func matches(linkType: LinkType) throws {
    let filter = try PacketFilter("tcp port 7777 and src host 10.0.0.1")
    #expect(Self.passes(filter, Self.segment(), linkType))
    #expect(!Self.passes(try PacketFilter("port 7778"), Self.segment(), linkType))
    #expect(filter.inapplicable.isEmpty)
  }

  @Test("What is no filter is said to be none, in libpcap's words")
  func noFilter() {
    let error = #expect(throws: PacketFilterError.self) { try PacketFilter("port port") }
    #expect(error?.isUntried == false && error?.description.hasPrefix("'port port' is no filter: ") == true)
  }

  @Test("Where a filter does not go with a link type, none of its packets pass, and that is told")
  func inapplicable() throws {
    let filter = try PacketFilter("ether host 00:00:00:00:00:00")
    #expect(Self.passes(filter, Self.segment(), .ethernet))
    #expect(!Self.passes(filter, Self.segment(), .raw))
    #expect(filter.inapplicable[.raw] != nil && filter.inapplicable[.ethernet] == nil)
  }

  @Test("Beyond the bound of link types packets are counted, and none passes")
  func manyLinkTypes() throws {
    let filter = try PacketFilter("tcp")
    for type in 0..<UInt16(PacketFilter.maximumLinkTypes + 3) {
      _ = Self.passes(filter, Self.segment(), LinkType(rawValue: 10_000 + type))
    }
    #expect(filter.packetsBeyond == 3)
  }

  @Test("With data left out, the kernel still hands over probes, answers, give-ups and every flag that ends or begins")
  func probeFilter() throws {
    let filter = try PacketFilter(ProbeFilter.narrowing("port 7777"))
    for kept in [Self.segment(), Self.segment(payload: 1)] { #expect(Self.passes(filter, kept)) }
    for flags: UInt8 in [0x02, 0x11, 0x14] { #expect(Self.passes(filter, Self.segment(flags: flags, payload: 100))) }
    #expect(!Self.passes(filter, Self.segment(payload: 2)))
    #expect(!Self.passes(try PacketFilter(ProbeFilter.narrowing("port 1")), Self.segment()))
  }
}
