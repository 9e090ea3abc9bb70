/// Decodes one captured packet: link layer, IP, and the TCP segment or the ICMP error that quotes one.
///
/// Pure: octets in, one of `DecodeResult` out. A segment is decoded where its caller wants it, as copying it would cost as
/// much as decoding it; `quote` holds the quoted one after `.quotedSegment`. After any other result their contents mean
/// nothing. The segment's `time`, `frame` and `file` are left as they are: they are the capture's, not the packet's.
public struct PacketDecoder: Sendable {
  /// The quoted segment that was decoded last.
  public var quote = QuotedSegment()

  /// A decoder.
  public init() {}

  /// Decodes the packet that lies in `range` of `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: octets, the packet's among them.
  ///   - range: where the packet's captured octets lie.
  ///   - originalLength: the packet's length on the wire, in octets.
  ///   - linkType: how the packet begins.
  ///   - interface: a number for the place of capture, which becomes part of `segment.path`.
  ///   - segment: where a segment is decoded to.
  /// - Returns: what the packet is.
  public mutating func decode(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, linkType: LinkType, interface: UInt32,
    into segment: inout Segment
  ) -> DecodeResult {
    let packet = bytes.extracting(range)
    segment.path = interface
    segment.traits = []
    let link: LinkHeader
    switch LinkHeader.decode(packet, linkType: linkType, path: &segment.path) {
    case .network(let header): link = header
    case .other(let result): return result
    }
    if let options = CommonPacket.decode(packet, at: link.length, wireEnd: originalLength, into: &segment) {
      Self.decodeOptions(packet, options, into: &segment)
      return .segment
    }
    return decodeIP(packet, at: link.length, wireEnd: originalLength, tunnelsLeft: 1, into: &segment)
  }

  /// Decodes the IP datagram at `start`, of which the wire had the octets up to `wireEnd`.
  mutating func decodeIP(
    _ packet: Span<UInt8>, at start: Int, wireEnd: Int, tunnelsLeft: Int, into segment: inout Segment
  ) -> DecodeResult {
    let datagram: Datagram
    switch Datagram.decode(packet, at: start, wireEnd: wireEnd) {
    case .datagram(let header): datagram = header
    case .other(let result): return result
    }
    switch datagram.protocolNumber {
    case IPProtocol.tcp:
      if datagram.isFragment { return .fragment }
      segment.source = datagram.source
      segment.destination = datagram.destination
      segment.identification = datagram.identification
      segment.timeToLive = datagram.timeToLive
      return Self.decodeTCP(packet, at: datagram.payloadStart, end: datagram.end, into: &segment)
    case IPProtocol.icmp, IPProtocol.icmpv6:
      if datagram.isFragment { return .notTCP }
      return decodeICMP(packet, datagram)
    case IPProtocol.ipv4, IPProtocol.ipv6, IPProtocol.gre, IPProtocol.udp:
      if datagram.isFragment || tunnelsLeft == 0 { return .notTCP }
      return decodeTunnel(packet, datagram, into: &segment)
    default:
      return .notTCP
    }
  }

  /// Decodes the TCP header at `start` of a datagram that ends at `end`.
  @inline(__always)
  private static func decodeTCP(
    _ packet: Span<UInt8>, at start: Int, end: Int, into segment: inout Segment
  ) -> DecodeResult {
    guard start &+ 20 <= end else { return .malformedTCPHeader }
    guard start &+ 20 <= packet.count else { return .truncated }
    // A span of a length that is known when this is compiled needs no check of each access.
    let header = packet.extracting(start..<start &+ 20)
    let headerLength = Int(header[12] >> 4) &* 4
    guard headerLength >= 20, start &+ headerLength <= end else { return .malformedTCPHeader }
    segment.take(tcpHeader: header, at: 0)
    segment.payloadLength = UInt32(truncatingIfNeeded: end &- start &- headerLength)
    decodeOptions(packet, start &+ 20..<max(start &+ 20, min(start &+ headerLength, packet.count)), into: &segment)
    return .segment
  }

  /// Reads the options that matter here, as far as they were captured.
  @inline(__always)
  private static func decodeOptions(_ packet: Span<UInt8>, _ range: Range<Int>, into segment: inout Segment) {
    segment.timestampValue = 0
    segment.timestampEcho = 0
    // NOP, NOP, timestamps: what nearly every segment carries (RFC 7323, appendix A).
    if range.upperBound &- range.lowerBound == 12 {
      let options = packet.extracting(range.lowerBound..<range.lowerBound &+ 12)
      if options.uint32(at: 0) == 0x0101_080a {
        segment.traits.insert(.timestamps)
        segment.timestampValue = options.uint32(at: 4)
        segment.timestampEcho = options.uint32(at: 8)
        return
      }
    }
    if !range.isEmpty { decodeEachOption(packet, from: range.lowerBound, to: range.upperBound, into: &segment) }
  }

  /// Reads option by option; like a kernel, it stops at one whose length is wrong (RFC 9293 §3.1).
  private static func decodeEachOption(
    _ packet: Span<UInt8>, from start: Int, to end: Int, into segment: inout Segment
  ) {
    var offset = start
    while offset < end {
      let kind = packet[offset]
      if kind == 0 { return }
      if kind == 1 {
        offset += 1
        continue
      }
      guard offset + 1 < end else { return }
      let length = Int(packet[offset + 1])
      guard length >= 2, offset + length <= end else { return }
      if kind == 8, length == 10 {
        segment.traits.insert(.timestamps)
        segment.timestampValue = packet.uint32(at: offset + 2)
        segment.timestampEcho = packet.uint32(at: offset + 6)
      } else if kind == 5, length >= 10 {
        let blockEnd = SequenceNumber(packet.uint32(at: offset + 6))
        if !blockEnd.isAfter(segment.acknowledgment) { segment.traits.insert(.duplicateSACK) }
      }
      offset += length
    }
  }
}

extension Segment {
  /// Takes the fields of the TCP header at `offset` of `bytes` (RFC 9293 §3.1), but for its length and options.
  @inline(__always)
  mutating func take(tcpHeader bytes: Span<UInt8>, at offset: Int) {
    sourcePort = bytes.uint16(at: offset)
    destinationPort = bytes.uint16(at: offset &+ 2)
    sequence = SequenceNumber(bytes.uint32(at: offset &+ 4))
    acknowledgment = SequenceNumber(bytes.uint32(at: offset &+ 8))
    flags = TCPFlags(rawValue: bytes[offset &+ 13])
    window = bytes.uint16(at: offset &+ 14)
  }
}
