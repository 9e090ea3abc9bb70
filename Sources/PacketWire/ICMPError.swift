/// ICMP errors and the TCP header they quote.
extension PacketDecoder {
  /// Decodes the ICMP message in `datagram`; anything but an error about a TCP segment is `.notTCP`.
  mutating func decodeICMP(_ packet: Span<UInt8>, _ datagram: Datagram) -> DecodeResult {
    let start = datagram.payloadStart
    let available = min(datagram.end, packet.count)
    guard start + 8 <= available else { return .notTCP }
    let type = packet[start]
    guard Self.isError(type, protocolNumber: datagram.protocolNumber) else { return .notTCP }
    // The quoted datagram may be cut short: its own length says nothing about what is quoted (RFC 1812 §4.3.2.3).
    guard case .datagram(let quoted) = Datagram.decode(packet, at: start + 8, wireEnd: .max),
      quoted.protocolNumber == IPProtocol.tcp, quoted.payloadStart + 8 <= available
    else { return .notTCP }
    quote.reporter = datagram.source
    quote.type = type
    quote.code = packet[start + 1]
    quote.source = SocketAddress(address: quoted.source, port: packet.uint16(at: quoted.payloadStart))
    quote.destination = SocketAddress(address: quoted.destination, port: packet.uint16(at: quoted.payloadStart + 2))
    quote.sequence = SequenceNumber(packet.uint32(at: quoted.payloadStart + 4))
    return .quotedSegment
  }

  /// Destination unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792; RFC 4443 §3).
  private static func isError(_ type: UInt8, protocolNumber: UInt8) -> Bool {
    protocolNumber == IPProtocol.icmp ? [3, 4, 5, 11, 12].contains(type) : (1...4).contains(type)
  }
}
