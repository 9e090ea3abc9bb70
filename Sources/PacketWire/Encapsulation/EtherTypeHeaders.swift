/// Headers that an EtherType announces.
extension Encapsulation {
  /// A tag whose last 12 bits are the VLAN's id; 0 gives a priority and no VLAN (IEEE 802.1Q §9.6).
  static func afterVLANTag(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let id = packet.uint16(at: position.offset) & 0x0fff
    if id != 0 { position.enters(network: UInt32(id), of: .vlanTag) }
    return afterEtherType(packet, &position, at: 2)
  }

  /// Flags and a service's id of 24 bits, then the customer's frame (IEEE 802.1ah; 802.1Q §9.7).
  static func afterProviderBackbone(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    position.enters(network: packet.uint32(at: position.offset) & 0xff_ffff, of: .providerBackbone)
    position.offset += 4
    return .next(.ethernet)
  }

  /// Version, length in words of the options that follow, and an EtherType.
  static func afterCiscoMetaData(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(2, of: packet) { return .stop(lacking) }
    guard packet[position.offset] == 1 else { return .stop(.notTCP) }
    return afterEtherType(packet, &position, at: 2 + 4 * Int(packet[position.offset + 1]))
  }

  /// Control bits, a short length, the packet's number, and the channel's id where its bit is set (IEEE 802.1AE §9).
  static func afterMACsec(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(6, of: packet) { return .stop(lacking) }
    let control = packet[position.offset]
    // Version 0; the bits E and C would say that the data are encrypted, or not as they were.
    guard control & 0x8c == 0 else { return .stop(.notTCP) }
    return afterEtherType(packet, &position, at: control & 0x20 != 0 ? 14 : 6)
  }

  /// Version 0, the length in words, and the next protocol (RFC 8300 §2.2).
  static func afterNSH(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let length = Int(packet[position.offset + 1] & 0x3f) * 4
    guard packet[position.offset] >> 6 == 0, length >= 8,
      let next = Encapsulation(serviceProtocol: packet[position.offset + 3])
    else { return .stop(.notTCP) }
    return afterBytes(length, packet, &position, to: next)
  }

  /// Steps over MPLS labels to the bottom of their stack (RFC 3032 §2.1).
  ///
  /// What it carries is told by its first four bits: IP's version, or 0 for a pseudowire's control word (RFC 4385 §3);
  /// an Ethernet pseudowire may also do without one (RFC 4448 §4.6).
  static func afterLabels(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    var isBottom = false
    while !isBottom {
      if let lacking = position.lacks(5, of: packet) { return .stop(lacking) }
      isBottom = packet[position.offset + 2] & 1 == 1
      position.offset += 4
    }
    position.isGuess = true
    let version = packet[position.offset] >> 4
    if version == 4 || version == 6 { return .next(.ip) }
    if version == 0, seemsEthernet(packet, at: position.offset + 4) { position.offset += 4 }
    return seemsEthernet(packet, at: position.offset) ? .next(.ethernet) : .stop(.notTCP)
  }

  /// Whether an Ethernet frame with IP in it may begin at `offset`.
  static func seemsEthernet(_ packet: Span<UInt8>, at offset: Int) -> Bool {
    guard offset + 15 <= packet.count else { return false }
    return switch packet.uint16(at: offset + 12) {
    case 0x0800: packet[offset + 14] >> 4 == 4
    case 0x86dd: packet[offset + 14] >> 4 == 6
    case let etherType: Encapsulation(etherType: etherType) == .vlanTag
    }
  }
}
