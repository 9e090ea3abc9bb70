/// What nearly every captured packet is: IPv4 without options, or IPv6 without extension headers, around a whole TCP
/// segment, or around UDP.
///
/// Its two headers have 40 or 60 octets in fixed places, so one check of the length does for all of them; the general way,
/// through `Datagram`, costs two to four times as much. Whatever is not of this form, or lies about itself, is left to that.
enum CommonPacket {
  /// Decodes the datagram at `start` of a packet that had the octets up to `wireEnd` on the wire, but for TCP options.
  ///
  /// - Returns: where the TCP options begin and end; `nil` where the packet is not of this form.
  @inline(__always)
  static func decode(
    _ packet: Span<UInt8>, at start: Int, wireEnd: Int, into segment: inout Segment
  ) -> Range<Int>? {
    decodeIPv4(packet, at: start, wireEnd: wireEnd, into: &segment)
      ?? decodeIPv6(packet, at: start, wireEnd: wireEnd, into: &segment)
  }

  /// Whether the datagram at `start` carries UDP that is no tunnel's: nearly all that is not TCP.
  static func isPlainUDP(_ packet: Span<UInt8>, at start: Int, wireEnd: Int) -> Bool {
    let headersLength = 28
    guard start &+ headersLength <= packet.count else { return false }
    let headers = packet.extracting(start..<start &+ headersLength)
    if headers[0] == 0x45, headers[9] == IPProtocol.udp, headers.uint16(at: 6) & 0x3fff == 0 {
      let length = Int(headers.uint16(at: 2))
      return length >= headersLength && start &+ length <= wireEnd
        && !isTunnel(from: headers.uint16(at: 20), to: headers.uint16(at: 22))
    }
    if headers[0] >> 4 == 6, headers[6] == IPProtocol.udp {
      let length = Int(headers.uint16(at: 4))
      return length >= 8 && start &+ 40 &+ length <= wireEnd && start &+ 48 <= packet.count
        && !isTunnel(from: packet.uint16(at: start &+ 40), to: packet.uint16(at: start &+ 42))
    }
    return false
  }

  @inline(__always)
  private static func isTunnel(from source: UInt16, to destination: UInt16) -> Bool {
    Encapsulation(udpDestinationPort: destination) != nil || Encapsulation(udpSourcePort: source) != nil
  }

  @inline(__always)
  private static func decodeIPv4(
    _ packet: Span<UInt8>, at start: Int, wireEnd: Int, into segment: inout Segment
  ) -> Range<Int>? {
    let headersLength = 40
    guard start &+ headersLength <= packet.count else { return nil }
    let headers = packet.extracting(start..<start &+ headersLength)
    let end = start &+ Int(headers.uint16(at: 2))
    let tcpLength = Int(headers[32] >> 4) &* 4
    let optionsEnd = start &+ 20 &+ tcpLength
    // Version 4 and five words of header; TCP; neither "more fragments" nor an offset (RFC 791 §3.1).
    guard headers[0] == 0x45, headers[9] == IPProtocol.tcp, headers.uint16(at: 6) & 0x3fff == 0, end <= wireEnd,
      tcpLength >= 20, optionsEnd <= end, optionsEnd <= packet.count
    else { return nil }
    segment.identification = headers.uint16(at: 4)
    segment.timeToLive = headers[8]
    segment.source = IPAddress(ipv4: headers.uint32(at: 12))
    segment.destination = IPAddress(ipv4: headers.uint32(at: 16))
    segment.take(tcpHeader: headers, at: 20)
    segment.payloadLength = UInt32(truncatingIfNeeded: end &- optionsEnd)
    return start &+ headersLength..<optionsEnd
  }

  /// RFC 8200 §3.
  @inline(__always)
  private static func decodeIPv6(
    _ packet: Span<UInt8>, at start: Int, wireEnd: Int, into segment: inout Segment
  ) -> Range<Int>? {
    let headersLength = 60
    guard start &+ headersLength <= packet.count else { return nil }
    let headers = packet.extracting(start..<start &+ headersLength)
    let end = start &+ 40 &+ Int(headers.uint16(at: 4))
    let tcpLength = Int(headers[52] >> 4) &* 4
    let optionsEnd = start &+ 40 &+ tcpLength
    // A length of 0 means another one (see `Datagram`); then the options do not end before it.
    guard headers[0] >> 4 == 6, headers[6] == IPProtocol.tcp, end <= wireEnd, tcpLength >= 20, optionsEnd <= end,
      optionsEnd <= packet.count
    else { return nil }
    segment.identification = 0
    segment.timeToLive = headers[7]
    segment.source = IPAddress(high: headers.uint64(at: 8), low: headers.uint64(at: 16))
    segment.destination = IPAddress(high: headers.uint64(at: 24), low: headers.uint64(at: 32))
    segment.take(tcpHeader: headers, at: 40)
    segment.payloadLength = UInt32(truncatingIfNeeded: end &- optionsEnd)
    return start &+ headersLength..<optionsEnd
  }
}
