/// The control bits of a TCP header (RFC 9293 §3.1), and the two of RFC 3168.
public struct TCPFlags: OptionSet, Hashable, Sendable {
  /// The octet as it stands in the header.
  public let rawValue: UInt8
  /// The flags of a header's octet.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// No more data from the sender.
  @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
  /// Synchronise sequence numbers.
  @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
  /// Reset the connection.
  @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
  /// Push.
  @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
  /// The acknowledgment field is significant.
  @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
  /// The urgent pointer field is significant.
  @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }

  /// The six control bits, without ECE and CWR, which say nothing about the kind of segment (RFC 3168 §6.1).
  @inlinable public var control: TCPFlags { TCPFlags(rawValue: rawValue & 0x3f) }
}

/// What a segment's TCP options and payload told.
public struct SegmentTraits: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The traits of a set of bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A timestamps option is present (RFC 7323 §3).
  @inlinable public static var timestamps: SegmentTraits { SegmentTraits(rawValue: 1) }
  /// The first SACK block reports octets received twice: a D-SACK (RFC 2883 §4).
  @inlinable public static var duplicateSACK: SegmentTraits { SegmentTraits(rawValue: 2) }
  /// It came through a tunnel (IP in IP, GRE, VXLAN, …); the addresses are the inner ones.
  @inlinable public static var tunnelled: SegmentTraits { SegmentTraits(rawValue: 4) }
}

/// One TCP segment as captured: RFC 9293's SEG variables, and what identifies the packet that carried it.
///
/// A plain value; lengths are octets, the time is nanoseconds since 1970-01-01T00:00:00Z.
public struct Segment: Sendable {
  /// When it was captured.
  public var time: Int64 = 0
  /// The packet's number in its file, from 1; or in the order captured.
  public var frame = 0
  /// Which of several files it came from, from 0.
  public var file: UInt16 = 0
  /// Where it was captured: the interface, a mirror's session, and tunnel ids that each direction has its own of, mixed.
  public var place: UInt16 = 0
  /// The virtual networks it travelled in, mixed: VLANs, VXLAN's and NVGRE's ids, a provider's service; 0 for none.
  ///
  /// Both directions of a connection have the same ids, unless it is routed from one network into the other between its
  /// ends; so another network alone does not make another connection.
  public var network: UInt32 = 0
  /// The sender's IP address.
  public var source = IPAddress(ipv4: 0)
  /// The receiver's IP address.
  public var destination = IPAddress(ipv4: 0)
  /// The sender's port.
  public var sourcePort: UInt16 = 0
  /// The receiver's port.
  public var destinationPort: UInt16 = 0
  /// SEG.SEQ.
  public var sequence = SequenceNumber(0)
  /// SEG.ACK; meaningless without the ACK flag.
  public var acknowledgment = SequenceNumber(0)
  /// The octets of payload, from the IP header, never from the captured length.
  public var payloadLength: UInt32 = 0
  /// SEG.WND as it stands in the header, unscaled.
  public var window: UInt16 = 0
  /// The IPv4 identification; 0 for IPv6, which has none.
  public var identification: UInt16 = 0
  /// The control bits.
  public var flags: TCPFlags = []
  /// The IPv4 time to live, or the IPv6 hop limit.
  public var timeToLive: UInt8 = 0
  /// What the options told.
  public var traits: SegmentTraits = []
  /// TSval of the timestamps option; 0 without one.
  public var timestampValue: UInt32 = 0
  /// TSecr of the timestamps option; 0 without one.
  public var timestampEcho: UInt32 = 0

  /// A segment with every field 0, to be decoded into.
  @inlinable public init() {}

  /// SEG.LEN: the payload, and one each for SYN and FIN (RFC 9293 §3.4).
  @inlinable public var length: UInt32 {
    payloadLength &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
  }

  /// SEG.SEQ + SEG.LEN.
  @inlinable public var end: SequenceNumber { sequence.advanced(by: length) }

  /// Whether it is the first of a handshake: a SYN without ACK.
  @inlinable public var isFirstSYN: Bool { flags.contains(.syn) && !flags.contains(.ack) }

  /// The place and the networks, mixed: differs where a copy took another way.
  @inlinable public var path: UInt32 { network ^ UInt32(place) &* 0x9e37_79b1 }

  /// The sender.
  public var sourceAddress: SocketAddress { SocketAddress(address: source, port: sourcePort) }

  /// The receiver.
  public var destinationAddress: SocketAddress { SocketAddress(address: destination, port: destinationPort) }
}

/// An ICMP error that quotes a TCP segment (RFC 792, RFC 4443 §3).
public struct QuotedSegment: Sendable {
  /// When it was captured.
  public var time: Int64 = 0
  /// The packet's number in its file, from 1.
  public var frame = 0
  /// Which of several files it came from, from 0.
  public var file: UInt16 = 0
  /// Who sent the error.
  public var reporter = IPAddress(ipv4: 0)
  /// The ICMP type.
  public var type: UInt8 = 0
  /// The ICMP code.
  public var code: UInt8 = 0
  /// Who had sent the quoted segment.
  public var source = SocketAddress(address: IPAddress(ipv4: 0), port: 0)
  /// To whom it had been sent.
  public var destination = SocketAddress(address: IPAddress(ipv4: 0), port: 0)
  /// The quoted SEG.SEQ.
  public var sequence = SequenceNumber(0)

  /// A quote with every field 0, to be decoded into.
  public init() {}
}
