/// How a captured packet begins: the LINKTYPE_ values of capture files (tcpdump.org/linktypes.html).
public struct LinkType: RawRepresentable, Hashable, Sendable {
  /// The number in the file.
  public let rawValue: UInt16
  /// A link type from its number.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A link type from a pcap file's header field, whose upper 16 bits are not part of it.
  ///
  /// They hold the length of a frame check sequence (draft-ietf-opsawg-pcap §4).
  @inlinable public init(headerField: UInt32) { rawValue = UInt16(truncatingIfNeeded: headerField) }

  /// None: the last number, which is not assigned, for packets whose link type is not known.
  @inlinable public static var unknown: LinkType { LinkType(rawValue: .max) }
  /// BSD loopback, the protocol family in the capturing host's byte order.
  @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
  /// Ethernet.
  @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
  /// PPP, with or without HDLC's address and control octets.
  @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
  /// PPP in HDLC-like framing, or Cisco's HDLC.
  @inlinable public static var pppHDLC: LinkType { LinkType(rawValue: 50) }
  /// Cisco's HDLC.
  @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
  /// Raw IPv4 or IPv6.
  @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
  /// OpenBSD loopback, the protocol family in network byte order.
  @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
  /// Linux cooked capture, version 1 (the `any` device).
  @inlinable public static var linuxCooked: LinkType { LinkType(rawValue: 113) }
  /// Raw IPv4.
  @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
  /// Raw IPv6.
  @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
  /// Linux cooked capture, version 2.
  @inlinable public static var linuxCooked2: LinkType { LinkType(rawValue: 276) }

  /// Whether packets of this type can be decoded here.
  public var isSupported: Bool { Encapsulation(linkType: self) != nil }
}
