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
    case .ppp, .pppHDLC, .ciscoHDLC:
      return afterHDLC(packet, path: &path)
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
    if etherType == EtherType.ipv4 || etherType == EtherType.ipv6 { return .network(LinkHeader(length: offset &+ 2)) }
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
    switch etherType {
    case EtherType.ipv4, EtherType.ipv6: return .network(LinkHeader(length: offset))
    case EtherType.pppoeSession: return afterPPPoE(packet, at: offset)
    case EtherType.mpls, EtherType.mplsMulticast: return afterLabels(packet, at: offset)
    default: return .other(.notTCP)
    }
  }

  /// A PPPoE session header of six octets (RFC 2516 §4), and PPP's protocol.
  private static func afterPPPoE(_ packet: Span<UInt8>, at offset: Int) -> Result {
    guard offset + 8 <= packet.count else { return .other(.truncated) }
    return afterPPP(packet, at: offset + 6)
  }

  /// PPP's protocol number: 0x0021 is IPv4, 0x0057 is IPv6 (RFC 1661 §2; IANA, PPP numbers).
  private static func afterPPP(_ packet: Span<UInt8>, at offset: Int) -> Result {
    guard offset + 2 <= packet.count else { return .other(.truncated) }
    let number = packet.uint16(at: offset)
    return number == 0x0021 || number == 0x0057 ? .network(LinkHeader(length: offset + 2)) : .other(.notTCP)
  }

  /// Steps over MPLS labels to the bottom of their stack (RFC 3032 §2.1); what it carries is told by its first four bits.
  private static func afterLabels(_ packet: Span<UInt8>, at start: Int) -> Result {
    var offset = start
    while true {
      guard offset + 5 <= packet.count else { return .other(.truncated) }
      let isBottom = packet[offset + 2] & 1 == 1
      offset += 4
      guard isBottom else { continue }
      let version = packet[offset] >> 4
      return version == 4 || version == 6 ? .network(LinkHeader(length: offset)) : .other(.notTCP)
    }
  }

  /// PPP in HDLC-like framing, whose address and control octets may be left out (RFC 1662 §3.1), and Cisco's HDLC, whose
  /// protocol is an EtherType (tcpdump.org/linktypes.html, PPP_HDLC, C_HDLC).
  private static func afterHDLC(_ packet: Span<UInt8>, path: inout UInt32) -> Result {
    guard packet.count >= 4 else { return .other(.truncated) }
    switch packet.uint16(at: 0) {
    case 0xff03: return afterPPP(packet, at: 2)
    case 0x0f00, 0x8f00: return afterEtherType(packet, at: 2, path: &path)
    default: return afterPPP(packet, at: 0)
    }
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
  static let mpls: UInt16 = 0x8847
  static let mplsMulticast: UInt16 = 0x8848
  static let pppoeSession: UInt16 = 0x8864
  static let transparentEthernetBridging: UInt16 = 0x6558

  static func isVLAN(_ type: UInt16) -> Bool {
    switch type {
    case 0x8100, 0x88a8, 0x9100, 0x9200: true
    default: false
    }
  }
}
