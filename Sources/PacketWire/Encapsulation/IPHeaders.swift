/// Headers that an IP datagram carries, but for TCP, UDP and ICMP.
extension Encapsulation {
  /// Flags, a protocol type, then checksum, key and sequence number where their flags are set (RFC 2784, RFC 2890).
  static func afterGRE(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let flags = packet.uint16(at: position.offset)
    let type = packet.uint16(at: position.offset + 2)
    if flags & 0x0007 == 1 { return type == 0x880b ? .next(.pptp) : .stop(.notTCP) }
    // Version 0, and no routing, which RFC 2784 dropped.
    guard flags & 0x4007 == 0, let next = Encapsulation(greProtocol: type) else { return .stop(.notTCP) }
    let (hasChecksum, hasKey, hasSequence) = (flags & 0x8000 != 0, flags & 0x2000 != 0, flags & 0x1000 != 0)
    position.offset += 4 + (hasChecksum ? 4 : 0)
    if hasKey {
      if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
      let key = packet.uint32(at: position.offset)
      position.passes(key, of: .gre)
      // NVGRE's key: a virtual subnet's id of 24 bits, and a flow's (RFC 7637 §3.2).
      if next == .ethernet { position.enters(network: key >> 8, of: .gre) }
      position.offset += 4
    }
    // Type I has neither a sequence number nor a header of its own.
    if next == .erspan, !hasSequence {
      position.isMirrored = true
      return .next(.ethernet)
    }
    return afterBytes(hasSequence ? 4 : 0, packet, &position, to: next)
  }

  /// PPTP's GRE: length and call id in place of the key, then sequence and acknowledgment numbers (RFC 2637 §4.1).
  static func afterPPTP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let flags = packet.uint16(at: position.offset)
    // Without a sequence number it carries nothing.
    guard flags & 0x3000 == 0x3000 else { return .stop(.notTCP) }
    return afterBytes(flags & 0x0080 != 0 ? 16 : 12, packet, &position, to: .hdlc)
  }

  /// Version 1 and the VLAN; class, truncation and the session's id of ten bits; an index.
  static func afterERSPAN(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    guard packet[position.offset] >> 4 == 1 else { return .stop(.notTCP) }
    position.passes(UInt32(packet.uint16(at: position.offset + 2) & 0x03ff), of: .erspan)
    position.isMirrored = true
    return afterBytes(8, packet, &position, to: .ethernet)
  }

  /// Version 2; as type II, then a time, a group, flags, and a header of the platform's where the last bit is set.
  static func afterERSPAN3(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(12, of: packet) { return .stop(lacking) }
    guard packet[position.offset] >> 4 == 2 else { return .stop(.notTCP) }
    position.passes(UInt32(packet.uint16(at: position.offset + 2) & 0x03ff), of: .erspan)
    position.isMirrored = true
    let flags = packet.uint16(at: position.offset + 10)
    let length = flags & 1 == 0 ? 12 : 20
    // The frame's type: 0 is Ethernet, 2 is IP.
    switch flags >> 10 & 0x1f {
    case 0: return afterBytes(length, packet, &position, to: .ethernet)
    case 2: return afterBytes(length, packet, &position, to: .ip)
    default: return .stop(.notTCP)
    }
  }

  /// An L2TPv3 session's id, which is 0 for control messages (RFC 3931 §4.1).
  ///
  /// A cookie of 0, 4 or 8 octets and a sublayer of 0 or 4 were agreed on elsewhere: what follows tells where they end.
  static func afterL2TPSession(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let session = packet.uint32(at: position.offset)
    guard session != 0 else { return .stop(.notTCP) }
    position.passes(session, of: .l2tp)
    for length in [4, 8, 12, 16] {
      let inner = position.offset + length
      if seemsEthernet(packet, at: inner) { return afterBytes(length, packet, &position, to: .ethernet) }
      guard inner + 4 <= packet.count else { break }
      let start = packet.uint32(at: inner)
      if start == 0xff03_0021 || start == 0xff03_0057 { return afterBytes(length, packet, &position, to: .hdlc) }
    }
    return .stop(.notTCP)
  }
}
