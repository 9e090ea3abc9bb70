/// Headers of links, between two hosts or in front of what a host's loopback hands over.
extension Encapsulation {
  /// The protocol stands first, the interface's index after it (tcpdump.org/linktypes.html, LINUX_SLL2).
  static func afterLinuxCooked2(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(20, of: packet) { return .stop(lacking) }
    let etherType = packet.uint16(at: position.offset)
    position.passes(packet.uint32(at: position.offset + 4), of: .linuxCooked2)
    position.offset += 20
    return Step(Encapsulation(etherType: etherType))
  }

  /// The address family of BSD's loopback headers, in either byte order; each BSD has its own number for IPv6.
  static func afterAddressFamily(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let big = packet.uint32(at: position.offset)
    let family = big <= 0xffff ? big : big.byteSwapped
    position.offset += 4
    return [2, 10, 23, 24, 28, 30].contains(family) ? .next(.ip) : .stop(.notTCP)
  }

  /// PPP in HDLC-like framing, whose address and control octets may be left out (RFC 1662 §3.1) or hold the direction
  /// (LINKTYPE_LINUX_PPP_WITHDIRECTION), and Cisco's HDLC, whose protocol is an EtherType (PPP_HDLC, C_HDLC).
  static func afterHDLC(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(2, of: packet) { return .stop(lacking) }
    switch packet.uint16(at: position.offset) {
    case 0xff03, 0x0003, 0x0103:
      position.offset += 2
      return afterPPP(packet, &position)
    case 0x0f00, 0x8f00:
      return afterEtherType(packet, &position, at: 2)
    default:
      return afterPPP(packet, &position)
    }
  }

  /// PPP's protocol number; its first octet may be left out where it is 0, as only the last is odd (RFC 1661 §2, §6.5).
  static func afterPPP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(2, of: packet) { return .stop(lacking) }
    let isShort = packet[position.offset] & 1 == 1
    let number = isShort ? UInt16(packet[position.offset]) : packet.uint16(at: position.offset)
    position.offset += isShort ? 1 : 2
    return Step(Encapsulation(pppProtocol: number))
  }

  /// DSAP, SSAP, control: SNAP with an EtherType (RFC 1042; OUI 00-00-F8: IEEE 802.1H), or IP (SAP 6).
  static func afterLLC(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(3, of: packet) { return .stop(lacking) }
    switch (packet.uint16(at: position.offset), packet[position.offset + 2]) {
    case (0xaaaa, 3):
      if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
      let organisation = packet.uint32(at: position.offset + 2) & 0xff_ffff
      let etherType = packet.uint16(at: position.offset + 6)
      position.offset += 8
      guard organisation == 0 || organisation == 0xf8, etherType > 1500 else { return .stop(.notTCP) }
      return Step(Encapsulation(etherType: etherType))
    case (0x0606, 3):
      position.offset += 3
      return .next(.ip)
    default:
      return .stop(.notTCP)
    }
  }
}
