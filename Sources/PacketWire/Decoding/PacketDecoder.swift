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
  ///   - interface: a number for the place of capture, which becomes `segment.place`.
  ///   - segment: where a segment is decoded to.
  /// - Returns: what the packet is.
  public mutating func decode(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, linkType: LinkType, interface: UInt32,
    into segment: inout Segment
  ) -> DecodeResult {
    let packet = bytes.extracting(range)
    segment.place = UInt16(truncatingIfNeeded: interface)
    segment.network = 0
    segment.traits = []
    var position = Position(offset: 0, end: originalLength, place: segment.place)
    if let start = Self.plainStart(packet, linkType) {
      if let options = CommonPacket.decode(packet, at: start, wireEnd: originalLength, into: &segment) {
        Self.decodeOptions(packet, options, into: &segment)
        return .segment
      }
      if CommonPacket.isPlainUDP(packet, at: start, wireEnd: originalLength) { return .notTCP }
      position.offset = start
      return decode(packet, .ip, at: &position, into: &segment)
    }
    guard let first = Encapsulation(linkType: linkType) else { return .unsupportedLinkType }
    return decode(packet, first, at: &position, into: &segment)
  }

  /// Where the datagram begins behind a link layer that has nothing else to tell; `nil` for any other.
  @inline(__always)
  private static func plainStart(_ packet: Span<UInt8>, _ linkType: LinkType) -> Int? {
    let start: Int
    switch linkType {
    case .ethernet: start = 14
    case .linuxCooked: start = 16
    case .raw, .ipv4, .ipv6: return 0
    default: return nil
    }
    guard packet.count >= start else { return nil }
    let etherType = packet.uint16(at: start &- 2)
    return etherType == 0x0800 || etherType == 0x86dd ? start : nil
  }

  /// How many datagrams may be stepped into, one in the other, on the way to the one that carries TCP.
  ///
  /// Three are in use together: a mirror's copy (ERSPAN, VXLAN) of a mobile network's tunnel (GTP-U) around another's
  /// (IP in IP). The fourth is to spare; what is nested deeper is made to keep a decoder busy.
  static let tunnelLimit = 4

  /// Steps from header to header, from `first` at `position` on, to the TCP segment.
  @inline(never)  // so that the short way stays short
  mutating func decode(
    _ packet: Span<UInt8>, _ first: Encapsulation, at position: inout Position, into segment: inout Segment
  ) -> DecodeResult {
    var header = first
    while true {
      let step = header == .ip ? decodeIP(packet, &position, into: &segment) : header.step(packet, &position)
      switch step {
      case .next(let next):
        header = next
        if next == .ip,
          let options = CommonPacket.decode(packet, at: position.offset, wireEnd: position.end, into: &segment)
        {
          Self.decodeOptions(packet, options, into: &segment)
          return finish(.segment, packet, position, &segment)
        }
      case .stop(let result):
        return finish(result, packet, position, &segment)
      }
    }
  }

  /// Notes how the segment came, and judges a contradiction by how the way was found.
  private func finish(
    _ result: DecodeResult, _ packet: Span<UInt8>, _ position: Position, _ segment: inout Segment
  ) -> DecodeResult {
    segment.place = position.place
    segment.network = position.network
    if position.tunnels > 0 { segment.traits.insert(.tunnelled) }
    // Bytes that only looked like a tunnel's are no lie; nor were they cut, where all of them are there.
    let isWrongGuess = result.isMalformed || (result == .truncated && position.end <= packet.count)
    return position.isGuess && isWrongGuess ? .notTCP : result
  }

  /// Decodes the IP datagram at `position`, or steps over its header.
  private mutating func decodeIP(
    _ packet: Span<UInt8>, _ position: inout Position, into segment: inout Segment
  ) -> Step {
    let start = position.offset
    if position.isMirrored { position.end = max(position.end, Datagram.statedEnd(packet, at: start)) }
    let datagram: Datagram
    switch Datagram.decode(packet, at: start, wireEnd: position.end) {
    case .datagram(let header): datagram = header
    case .other(let result): return .stop(result)
    }
    switch datagram.protocolNumber {
    case IPProtocol.tcp:
      if datagram.isFragment { return .stop(.fragment) }
      segment.source = datagram.source
      segment.destination = datagram.destination
      segment.identification = datagram.identification
      segment.timeToLive = datagram.timeToLive
      return .stop(Self.decodeTCP(packet, at: datagram.payloadStart, end: datagram.end, into: &segment))
    case IPProtocol.icmp, IPProtocol.icmpv6:
      return .stop(datagram.isFragment ? .notTCP : decodeICMP(packet, datagram))
    default:
      guard !datagram.isFragment, position.tunnels < Self.tunnelLimit,
        let next = Encapsulation(ipProtocol: datagram.protocolNumber)
      else { return .stop(.notTCP) }
      position.offset = datagram.payloadStart
      position.end = datagram.end
      position.tunnels += 1
      position.isGuess = true
      return .next(next)
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
