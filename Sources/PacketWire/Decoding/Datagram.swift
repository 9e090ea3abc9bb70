/// An IP header, IPv6 extension headers included.
struct Datagram {
  var source: IPAddress
  var destination: IPAddress
  /// What the datagram carries.
  var protocolNumber: UInt8
  /// Where that begins in the packet.
  var payloadStart: Int
  /// Where the datagram ends on the wire; what follows is padding of the link layer.
  var end: Int
  var identification: UInt16
  var timeToLive: UInt8
  var isFragment: Bool

  /// A header, or what the packet is instead.
  enum Result {
    case datagram(Datagram)
    case other(DecodeResult)
  }

  /// Decodes the header at `start` of a packet that had the octets up to `wireEnd` on the wire.
  @inline(__always)
  static func decode(_ packet: Span<UInt8>, at start: Int, wireEnd: Int) -> Result {
    guard start < packet.count else { return .other(.truncated) }
    switch packet[start] >> 4 {
    case 4: return decodeIPv4(packet, at: start, wireEnd: wireEnd)
    case 6: return decodeIPv6(packet, at: start, wireEnd: wireEnd)
    default: return .other(.malformedIPHeader)
    }
  }

  /// Where the datagram at `start` ends by its own length; 0 where it tells none.
  static func statedEnd(_ packet: Span<UInt8>, at start: Int) -> Int {
    guard start + 20 <= packet.count else { return 0 }
    let lengthOfIPv6 = Int(packet.uint16(at: start + 4))
    return switch packet[start] >> 4 {
    case 4: start + Int(packet.uint16(at: start + 2))
    case 6 where lengthOfIPv6 > 0: start + 40 + lengthOfIPv6
    default: 0
    }
  }

  /// RFC 791 §3.1.
  @inline(__always)
  private static func decodeIPv4(_ packet: Span<UInt8>, at start: Int, wireEnd: Int) -> Result {
    guard start &+ 20 <= packet.count else { return .other(.truncated) }
    let header = packet.extracting(start..<start &+ 20)
    let headerLength = Int(header[0] & 15) &* 4
    guard headerLength >= 20 else { return .other(.malformedIPHeader) }
    // A total length of 0 means that a network card was to cut the datagram up, and that the field could not hold
    // its length (TCP segmentation offload; BIG TCP, since Linux 6.3, include/linux/ip.h: iph_totlen).
    let totalLength = Int(header.uint16(at: 2))
    let end = totalLength == 0 ? wireEnd : start &+ totalLength
    guard end <= wireEnd, start &+ headerLength <= end else { return .other(.malformedIPLength) }
    var datagram = Datagram(
      source: IPAddress(ipv4: header.uint32(at: 12)),
      destination: IPAddress(ipv4: header.uint32(at: 16)),
      protocolNumber: header[9],
      payloadStart: start &+ headerLength,
      end: end,
      identification: header.uint16(at: 4),
      timeToLive: header[8],
      // "More fragments", or an offset (RFC 791 §3.1).
      isFragment: header.uint16(at: 6) & 0x3fff != 0)
    // The one extension header that IPv4 has too (RFC 4302 §3.1).
    if datagram.protocolNumber == IPProtocol.authenticationHeader, !datagram.isFragment {
      return datagram.stepOverExtensionHeaders(packet)
    }
    return .datagram(datagram)
  }

  /// RFC 8200 §3.
  private static func decodeIPv6(_ packet: Span<UInt8>, at start: Int, wireEnd: Int) -> Result {
    guard start + 40 <= packet.count else { return .other(.truncated) }
    let payloadLength = Int(packet.uint16(at: start + 4))
    var datagram = Datagram(
      source: IPAddress(high: packet.uint64(at: start + 8), low: packet.uint64(at: start + 16)),
      destination: IPAddress(high: packet.uint64(at: start + 24), low: packet.uint64(at: start + 32)),
      protocolNumber: packet[start + 6],
      payloadStart: start + 40,
      // A length of 0 announces a jumbo payload (RFC 2675 §3), or a datagram that a network card was to cut up.
      end: payloadLength == 0 ? wireEnd : start + 40 + payloadLength,
      identification: 0,
      timeToLive: packet[start + 7],
      isFragment: false)
    guard datagram.end <= wireEnd else { return .other(.malformedIPLength) }
    return datagram.stepOverExtensionHeaders(packet)
  }

  /// Steps over extension headers (RFC 8200 §4) to what the datagram carries.
  private mutating func stepOverExtensionHeaders(_ packet: Span<UInt8>) -> Result {
    while IPProtocol.isExtensionHeader(protocolNumber) {
      guard payloadStart + 8 <= end else { return .other(.malformedIPLength) }
      guard payloadStart + 8 <= packet.count else { return .other(.truncated) }
      let current = protocolNumber
      protocolNumber = packet[payloadStart]
      switch current {
      case IPProtocol.fragmentHeader:
        // An atomic fragment, offset 0 and no more to come, is a whole datagram (RFC 6946 §1).
        isFragment = isFragment || packet.uint16(at: payloadStart + 2) & 0xfff9 != 0
        payloadStart += 8
        // In a later fragment what follows is no header.
        if isFragment { return .datagram(self) }
      case IPProtocol.authenticationHeader:
        payloadStart += (Int(packet[payloadStart + 1]) + 2) * 4
      default:
        payloadStart += (Int(packet[payloadStart + 1]) + 1) * 8
      }
    }
    guard payloadStart <= end else { return .other(.malformedIPLength) }
    return .datagram(self)
  }
}

/// Internet protocol numbers (IANA).
enum IPProtocol {
  static let icmp: UInt8 = 1
  static let tcp: UInt8 = 6
  static let udp: UInt8 = 17
  static let fragmentHeader: UInt8 = 44
  static let authenticationHeader: UInt8 = 51
  static let icmpv6: UInt8 = 58

  /// Hop-by-hop options, routing, fragment, authentication, destination options, mobility.
  @inline(__always)
  static func isExtensionHeader(_ number: UInt8) -> Bool {
    switch number {
    case 0, 43, 44, 51, 60, 135: true
    default: false
    }
  }
}
