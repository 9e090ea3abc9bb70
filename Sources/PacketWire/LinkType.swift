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

  /// BSD loopback, the protocol family in the capturing host's byte order.
  public static let null = LinkType(rawValue: 0)
  /// Ethernet.
  public static let ethernet = LinkType(rawValue: 1)
  /// Raw IPv4 or IPv6.
  public static let raw = LinkType(rawValue: 101)
  /// OpenBSD loopback, the protocol family in network byte order.
  public static let loop = LinkType(rawValue: 108)
  /// Linux cooked capture, version 1 (the `any` device).
  public static let linuxCooked = LinkType(rawValue: 113)
  /// Raw IPv4.
  public static let ipv4 = LinkType(rawValue: 228)
  /// Raw IPv6.
  public static let ipv6 = LinkType(rawValue: 229)
  /// Linux cooked capture, version 2.
  public static let linuxCooked2 = LinkType(rawValue: 276)

  /// Raw IP under the numbers that some systems' DLT_RAW has and that old files carry.
  @inlinable var isRaw: Bool { [101, 12, 14, 228, 229].contains(rawValue) }

  /// Whether packets of this type can be decoded here.
  public var isSupported: Bool { isRaw || [0, 1, 108, 113, 276].contains(rawValue) }

  /// The name without its LINKTYPE_ prefix, or the number.
  public var name: String {
    switch self {
    case .null: "NULL"
    case .ethernet: "ETHERNET"
    case .raw: "RAW"
    case .loop: "LOOP"
    case .linuxCooked: "LINUX_SLL"
    case .linuxCooked2: "LINUX_SLL2"
    case .ipv4: "IPV4"
    case .ipv6: "IPV6"
    default: "\(rawValue)"
    }
  }
}
