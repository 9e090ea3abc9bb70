/// One level of tunnel: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890), VXLAN (RFC 7348) and Geneve
/// (RFC 8926).
extension PacketDecoder {
  mutating func decodeTunnel(
    _ packet: Span<UInt8>, _ outer: Datagram, into segment: inout Segment
  ) -> DecodeResult {
    let inner: Int?
    switch outer.protocolNumber {
    case IPProtocol.gre: inner = Self.insideGRE(packet, outer, path: &segment.path)
    case IPProtocol.udp: inner = Self.insideUDP(packet, outer, path: &segment.path)
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

  /// Where the datagram inside a tunnel over UDP begins, told by the destination port.
  private static func insideUDP(_ packet: Span<UInt8>, _ outer: Datagram, path: inout UInt32) -> Int? {
    let start = outer.payloadStart
    guard start + 16 <= packet.count else { return nil }
    switch packet.uint16(at: start + 2) {
    case 4789: return insideVXLAN(packet, at: start + 8, path: &path)
    case 6081: return insideGeneve(packet, at: start + 8, path: &path)
    default: return nil
    }
  }

  private static func insideVXLAN(_ packet: Span<UInt8>, at start: Int, path: inout UInt32) -> Int? {
    // The flag I is set, every reserved bit is 0 (RFC 7348 §5).
    guard packet[start] == 0x08, packet[start + 7] == 0 else { return nil }
    return insideEthernet(packet, at: start + 8, path: &path)
  }

  /// Version 0, then the length of the options in words, flags and the protocol (RFC 8926 §3.4).
  private static func insideGeneve(_ packet: Span<UInt8>, at start: Int, path: inout UInt32) -> Int? {
    guard packet[start] >> 6 == 0, packet[start + 7] == 0 else { return nil }
    let inner = start + 8 + Int(packet[start] & 0x3f) * 4
    switch packet.uint16(at: start + 2) {
    case EtherType.ipv4, EtherType.ipv6: return inner
    case EtherType.transparentEthernetBridging: return insideEthernet(packet, at: inner, path: &path)
    default: return nil
    }
  }

  /// Where the datagram of an inner Ethernet frame begins.
  private static func insideEthernet(_ packet: Span<UInt8>, at start: Int, path: inout UInt32) -> Int? {
    guard start < packet.count else { return nil }
    let frame = packet.extracting(start..<packet.count)
    guard case .network(let header) = LinkHeader.decode(frame, linkType: .ethernet, path: &path) else { return nil }
    return start + header.length
  }
}
