/// What a packet turned out to be.
///
/// "Not TCP", "cut short" and "malformed" are different results: only the last means that a packet lies.
public enum DecodeResult: UInt8, Hashable, Sendable, CaseIterable {
  /// A TCP segment, decoded.
  case segment
  /// An ICMP error that quotes a TCP segment, decoded.
  case quotedSegment
  /// Something else than TCP over IP: ARP, UDP, …
  case notTCP
  /// A fragment of an IP datagram that carries TCP: its segment cannot be seen whole.
  case fragment
  /// The snapshot length cut the packet before the end of its TCP header.
  case truncated
  /// The link type is none that is decoded here.
  case unsupportedLinkType
  /// An IP header of a wrong version, or shorter than 20 octets.
  case malformedIPHeader
  /// An IP length that is less than the headers, or more than the packet had on the wire.
  case malformedIPLength
  /// A TCP data offset of less than 20 octets, or beyond the end of the IP datagram.
  case malformedTCPHeader

  /// Whether the packet contradicts itself.
  public var isMalformed: Bool {
    switch self {
    case .malformedIPHeader, .malformedIPLength, .malformedTCPHeader: true
    default: false
    }
  }
}
