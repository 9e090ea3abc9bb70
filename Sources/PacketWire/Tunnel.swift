/// One level of tunnel: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890) and VXLAN (RFC 7348).
extension PacketDecoder {
  mutating func decodeTunnel(
    _ packet: Span<UInt8>, _ outer: Datagram, into segment: inout Segment
  ) -> DecodeResult {
    let inner: Int?
    switch outer.protocolNumber {
    case IPProtocol.gre: inner = Self.insideGRE(packet, outer, path: &segment.path)
    case IPProtocol.udp: inner = Self.insideVXLAN(packet, outer, path: &segment.path)
    default: inner = outer.payloadStart
    }
    guard let inner, inner < min(outer.end, packet.count) else { return .notTCP }
    let result = decodeIP(packet, at: inner, wireEnd: outer.end, tunnelsLeft: 0, into: &segment)
    segment.traits.insert(.tunnelled)
    // Bytes that only looked like a tunnel's are no lie.
    return result.isMalformed ? .notTCP : result
  }

  /// Where the datagram inside a GRE packet begins.
  private static func insideGRE(_ packet: Span<UInt8>, _ outer: Datagram, path: inout UInt32) -> Int? {
    let start = outer.payloadStart
    guard start + 4 <= packet.count else { return nil }
    let flags = packet.uint16(at: start)
    // Version 0, and no routing, which RFC 2784 dropped.
    guard flags & 0x4007 == 0 else { return nil }
    var offset = start + 4
    // Checksum, key and sequence number, where their flags are set.
    for optional: UInt16 in [0x8000, 0x2000, 0x1000] where flags & optional != 0 { offset += 4 }
    switch packet.uint16(at: start + 2) {
    case EtherType.ipv4, EtherType.ipv6: return offset
    case EtherType.transparentEthernetBridging: return insideEthernet(packet, at: offset, path: &path)
    default: return nil
    }
  }

  /// Where the datagram inside a VXLAN packet begins.
  private static func insideVXLAN(_ packet: Span<UInt8>, _ outer: Datagram, path: inout UInt32) -> Int? {
    let start = outer.payloadStart
    guard start + 16 <= packet.count, packet.uint16(at: start + 2) == 4789 else { return nil }
    // The flag I is set, every reserved bit is 0 (RFC 7348 §5).
    guard packet[start + 8] == 0x08, packet[start + 15] == 0 else { return nil }
    return insideEthernet(packet, at: start + 16, path: &path)
  }

  /// Where the datagram of an inner Ethernet frame begins.
  private static func insideEthernet(_ packet: Span<UInt8>, at start: Int, path: inout UInt32) -> Int? {
    guard start < packet.count else { return nil }
    let frame = packet.extracting(start..<packet.count)
    guard case .network(let header) = LinkHeader.decode(frame, linkType: .ethernet, path: &path) else { return nil }
    return start + header.length
  }
}
