/// How far a packet has been read on the way to its TCP header.
struct Position {
  /// Where the next header begins in the packet.
  var offset: Int
  /// Where that which it is part of ends on the wire; what follows is padding, or of an outer header.
  var end: Int
  /// IP datagrams that were stepped into.
  var tunnels = 0
  /// `Segment.place`.
  var place: UInt16 = 0
  /// `Segment.network`.
  var network: UInt32 = 0
  /// Whether what comes now is told by a port or by a few bits that other octets may have too.
  var isGuess = false
  /// Whether a mirror copied what comes now: it may have cut it, so that its own length is right and `end` is not.
  var isMirrored = false
  /// Whether an 802.11 header is padded to a multiple of four octets.
  var padsWirelessHeader = false

  /// What to say of a packet that does not have the next `count` octets; `nil` where they were captured.
  @inline(__always)
  func lacks(_ count: Int, of packet: Span<UInt8>) -> DecodeResult? {
    if offset &+ count <= min(packet.count, end) { return nil }
    if isGuess, offset &+ count > end { return .notTCP }
    return offset &+ count > packet.count ? .truncated : nil
  }

  /// Notes an id that the headers of both directions of a connection have: a VLAN, a virtual network.
  mutating func enters(network id: UInt32, of kind: Encapsulation) {
    // One id stands as it is; the factor keeps any two VLAN tags, one in the other, apart from any other two.
    network = network &* 0x9e37_79b1 &+ UInt32(kind.rawValue) << 24 &+ id &+ 1
  }

  /// Notes where the packet was captured, or an id that each direction has its own of.
  mutating func passes(_ id: UInt32, of kind: Encapsulation) {
    let mixed = (UInt32(place) &+ UInt32(kind.rawValue) << 24 &+ id &+ 1) &* 0x9e37_79b1
    place = UInt16(truncatingIfNeeded: mixed >> 16)
  }
}
