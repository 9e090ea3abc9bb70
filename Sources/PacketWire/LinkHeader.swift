/// A link-layer header in front of an IP datagram.
struct LinkHeader {
  /// Its octets, VLAN tags included.
  let length: Int

  /// A header before IP, or what the packet is instead.
  enum Result {
    case network(LinkHeader)
    case other(DecodeResult)
  }

  /// Finds the IP datagram in `packet`; VLAN tags and an interface index in the header are mixed into `path`.
  @inline(__always)
  static func decode(_ packet: Span<UInt8>, linkType: LinkType, path: inout UInt32) -> Result {
    switch linkType {
    case .ethernet:
      guard packet.count >= 14 else { return .other(.truncated) }
      return afterEtherType(packet, at: 12, path: &path)
    case .linuxCooked:
      guard packet.count >= 16 else { return .other(.truncated) }
      return afterEtherType(packet, at: 14, path: &path)
    case .linuxCooked2:
      guard packet.count >= 20 else { return .other(.truncated) }
      path = path &* 31 &+ packet.uint32(at: 4)
      // The protocol stands first; what follows the 20 octets is a VLAN tag or the datagram.
      return afterTags(packet, etherType: packet.uint16(at: 0), at: 20, path: &path)
    case .null, .loop:
      guard packet.count >= 4 else { return .other(.truncated) }
      return afterFamily(packet)
    default:
      return linkType.isRaw ? .network(LinkHeader(length: 0)) : .other(.unsupportedLinkType)
    }
  }

  @inline(__always)
  private static func afterEtherType(_ packet: Span<UInt8>, at offset: Int, path: inout UInt32) -> Result {
    let etherType = packet.uint16(at: offset)
    if etherType == EtherType.ipv4 { return .network(LinkHeader(length: offset &+ 2)) }
    return afterTags(packet, etherType: etherType, at: offset &+ 2, path: &path)
  }

  /// Steps over any number of VLAN tags (IEEE 802.1Q, 802.1ad, and the older 0x9100 and 0x9200).
  private static func afterTags(
    _ packet: Span<UInt8>, etherType first: UInt16, at start: Int, path: inout UInt32
  ) -> Result {
    var etherType = first
    var offset = start
    while EtherType.isVLAN(etherType) {
      guard offset + 4 <= packet.count else { return .other(.truncated) }
      path = path &* 31 &+ UInt32(packet.uint16(at: offset) & 0x0fff) &+ 1
      etherType = packet.uint16(at: offset + 2)
      offset += 4
    }
    guard etherType == EtherType.ipv4 || etherType == EtherType.ipv6 else { return .other(.notTCP) }
    return .network(LinkHeader(length: offset))
  }

  /// The address family of BSD's loopback headers, in either byte order; each BSD has its own number for IPv6.
  private static func afterFamily(_ packet: Span<UInt8>) -> Result {
    let big = packet.uint32(at: 0)
    let family = big <= 0xffff ? big : big.byteSwapped
    return [2, 10, 23, 24, 28, 30].contains(family) ? .network(LinkHeader(length: 4)) : .other(.notTCP)
  }
}

/// The EtherType values that lead to IP.
enum EtherType {
  static let ipv4: UInt16 = 0x0800
  static let ipv6: UInt16 = 0x86dd
  static let transparentEthernetBridging: UInt16 = 0x6558

  static func isVLAN(_ type: UInt16) -> Bool {
    switch type {
    case 0x8100, 0x88a8, 0x9100, 0x9200: true
    default: false
    }
  }
}
