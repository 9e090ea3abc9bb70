/// Tunnels over UDP.
extension Encapsulation {
  /// A port tells the tunnel.
  static func afterUDP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let next =
      Encapsulation(udpDestinationPort: packet.uint16(at: position.offset + 2))
      ?? Encapsulation(udpSourcePort: packet.uint16(at: position.offset))
    position.offset += 8
    return Step(next)
  }

  /// The flag I is set; of the others only group policy's are known (RFC 7348 §5, draft-smith-vxlan-group-policy §2.1).
  ///
  /// Cilium writes the sender's identity as the network's id, so that the two directions have different ones.
  static func afterVXLAN(_ kind: Encapsulation, _ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let start = position.offset
    guard packet[start] & 0x7f == 0x08, packet[start + 7] == 0 else { return .stop(.notTCP) }
    let id = packet.uint32(at: start + 4) >> 8
    if kind == .vxlan { position.enters(network: id, of: kind) } else { position.passes(id, of: kind) }
    position.isMirrored = true
    return afterBytes(8, packet, &position, to: .ethernet)
  }

  /// As VXLAN, with a version of two bits, and a next protocol where the flag P is set.
  static func afterVXLANGPE(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let start = position.offset
    guard packet[start] & 0x30 == 0 else { return .stop(.notTCP) }
    if packet[start] & 0x08 != 0 { position.enters(network: packet.uint32(at: start + 4) >> 8, of: .vxlan) }
    let hasProtocol = packet[start] & 0x04 != 0
    guard let next = hasProtocol ? Encapsulation(serviceProtocol: packet[start + 3]) : .ethernet else {
      return .stop(.notTCP)
    }
    return afterBytes(8, packet, &position, to: next)
  }

  /// Version 0, then the length of the options in words, flags, the protocol and the network's id (RFC 8926 §3.4).
  static func afterGeneve(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let start = position.offset
    let type = packet.uint16(at: start + 2)
    guard packet[start] >> 6 == 0, packet[start + 7] == 0, type > 1500, let next = Encapsulation(etherType: type) else {
      return .stop(.notTCP)
    }
    position.passes(packet.uint32(at: start + 4) >> 8, of: .geneve)
    return afterBytes(8 + Int(packet[start] & 0x3f) * 4, packet, &position, to: next)
  }

  /// Version 1 with a packet of a user's; where one of three flags is set, four octets more, and extension headers
  /// (3GPP TS 29.281 §5.1, §5.2).
  static func afterGTP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let start = position.offset
    let flags = packet[start]
    guard flags & 0xf0 == 0x30, packet[start + 1] == 0xff else { return .stop(.notTCP) }
    // Each end gives out the tunnel ids that it wants to be sent.
    position.passes(packet.uint32(at: start + 4), of: .gtpUser)
    position.offset += 8
    if flags & 0x07 != 0 {
      if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
      var nextExtension = flags & 0x04 != 0 ? packet[position.offset + 3] : 0
      position.offset += 4
      while nextExtension != 0 {
        if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
        let length = Int(packet[position.offset]) * 4
        guard length > 0 else { return .stop(.notTCP) }
        if let lacking = position.lacks(length, of: packet) { return .stop(lacking) }
        position.offset += length
        nextExtension = packet[position.offset - 1]
      }
    }
    return .next(.ip)
  }

  /// Flags tell which fields a data message has (RFC 2661 §3.1); version 3 has its session's id (RFC 3931 §4.1.2).
  static func afterL2TP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let flags = packet.uint16(at: position.offset)
    let isControl = flags & 0x8000 != 0
    guard !isControl else { return .stop(.notTCP) }
    switch flags & 0x0f {
    case 2: break
    case 3:
      position.offset += 4
      return .next(.l2tpOverIP)
    default: return .stop(.notTCP)
    }
    position.offset += flags & 0x4000 != 0 ? 4 : 2  // a length
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    position.passes(packet.uint32(at: position.offset), of: .l2tp)
    position.offset += flags & 0x0800 != 0 ? 8 : 4  // two sequence numbers
    if flags & 0x0200 != 0 {
      if let lacking = position.lacks(2, of: packet) { return .stop(lacking) }
      position.offset += 2 + Int(packet.uint16(at: position.offset))
    }
    return .next(.hdlc)
  }

  /// Version 1, a type, what was captured, then tags with a length each, up to the tag "end".
  static func afterTZSP(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let start = position.offset
    // Type 0: a packet that was received; 1: one to be sent.
    guard packet[start] == 1, packet[start + 1] <= 1 else { return .stop(.notTCP) }
    let inner: Encapsulation
    switch packet.uint16(at: start + 2) {
    case 1: inner = .ethernet
    case 18: inner = .wireless
    case 119: inner = .prism
    case 127: inner = .avs
    default: return .stop(.notTCP)
    }
    position.isGuess = true
    position.isMirrored = true
    position.offset += 4
    while true {
      if let lacking = position.lacks(1, of: packet) { return .stop(lacking) }
      switch packet[position.offset] {
      case 0: position.offset += 1
      case 1: return afterBytes(1, packet, &position, to: inner)
      default:
        if let lacking = position.lacks(2, of: packet) { return .stop(lacking) }
        position.offset += 2 + Int(packet[position.offset + 1])
      }
    }
  }

  /// IPv6, after an authentication and an origin indication where these are there (RFC 4380 §5.1.1).
  static func afterTeredo(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    while true {
      if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
      let start = position.offset
      switch packet.uint16(at: start) {
      case 0: position.offset += 8
      case 1: position.offset += 13 + Int(packet[start + 2]) + Int(packet[start + 3])
      default: return packet[start] >> 4 == 6 ? .next(.ip) : .stop(.notTCP)
      }
    }
  }
}
