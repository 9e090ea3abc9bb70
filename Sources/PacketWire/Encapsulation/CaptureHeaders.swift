/// Headers that the capturing host or device puts in front of a packet.
extension Encapsulation {
  /// Length, type of the next header, link type, the interface's name of 24 octets, in the order of the capturing host.
  static func afterPktap(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(36, of: packet) { return .stop(lacking) }
    let start = position.offset
    let header = (packet.uint32(at: start), packet.uint32(at: start + 4), packet.uint32(at: start + 8))
    let isLittle = header.0 > 0xffff
    let (length, next, linkType) =
      isLittle ? (header.0.byteSwapped, header.1.byteSwapped, header.2.byteSwapped) : header
    guard length >= 36, length <= 0xffff, next == 1 else { return .stop(.notTCP) }  // PTH_TYPE_PACKET
    if let lacking = position.lacks(Int(length), of: packet) { return .stop(lacking) }
    for offset in stride(from: start + 12, to: start + 36, by: 4) {
      position.passes(packet.uint32(at: offset), of: .pktap)
    }
    position.offset += Int(length)
    return afterLinkType(linkType)
  }

  /// Family, version, resource, then values with length and type in the capturing host's order, padded to four octets.
  ///
  /// Types are less than 256 (linux/netfilter/nfnetlink_log.h), so that a type's octet that is 0 tells the order.
  static func afterNflog(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    guard packet[position.offset + 1] == 0 else { return .stop(.notTCP) }
    position.offset += 4
    while true {
      if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
      let start = position.offset
      let isLittle = packet[start + 3] == 0
      let type = packet[start + (isLittle ? 2 : 3)]
      let length = isLittle ? packet.uint16(at: start).byteSwapped : packet.uint16(at: start)
      guard length >= 4 else { return .stop(.notTCP) }
      if type == 9 {  // NFULA_PAYLOAD, which the rule may have cut
        position.offset += 4
        position.end = min(position.end, start + Int(length))
        position.isMirrored = true
        return .next(.ip)
      }
      // NFULA_IFINDEX_INDEV, NFULA_IFINDEX_OUTDEV.
      if type == 4 || type == 5, length == 8, position.lacks(8, of: packet) == nil {
        position.passes(packet.uint32(at: start + 4), of: .nflog)
      }
      position.offset += (Int(length) + 3) & ~3
    }
  }

  /// The first octet is the header's length without its padding to four octets (OpenBSD, net/if_pflog.h).
  static func afterPflog(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let length = (Int(packet[position.offset]) + 3) & ~3
    guard length >= 48 else { return .stop(.notTCP) }
    return afterBytes(length, packet, &position, to: .ip)
  }

  /// "MGC", flags, and where bit 7 of those is set, the length of extensions and these (libpcap, gencode.c).
  static func afterJuniper(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(4, of: packet) { return .stop(lacking) }
    let start = position.offset
    // Bit 1: the layer-2 header was taken off, and another of Juniper's stands there.
    guard packet.uint32(at: start) >> 8 == 0x4d_4743, packet[start + 3] & 2 == 0 else { return .stop(.notTCP) }
    guard packet[start + 3] & 0x80 != 0 else { return afterBytes(4, packet, &position, to: .ethernet) }
    if let lacking = position.lacks(6, of: packet) { return .stop(lacking) }
    return afterBytes(6 + Int(packet.uint16(at: start + 4)), packet, &position, to: .ethernet)
  }

  /// Version 0, padding, the header's length, which fields are present; all little-endian.
  static func afterRadiotap(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let length = Int(packet.uint16(at: position.offset + 2).byteSwapped)
    guard packet[position.offset] == 0, length >= 8 else { return .stop(.notTCP) }
    if let lacking = position.lacks(length, of: packet) { return .stop(lacking) }
    position.padsWirelessHeader =
      radiotapFlags(packet.extracting(position.offset..<position.offset + length)) & 0x20 != 0
    position.offset += length
    return .next(.wireless)
  }

  /// The field "flags" of a whole radiotap header; 0 where it has none.
  private static func radiotapFlags(_ header: Span<UInt8>) -> UInt8 {
    // The bitmap's words go on as long as bit 31 is set; in the first, bit 0 is a time of eight octets, bit 1 flags.
    var fields = 8
    while header[fields - 1] & 0x80 != 0, fields + 4 <= header.count { fields += 4 }
    guard header[4] & 2 != 0 else { return 0 }
    let offset = header[4] & 1 != 0 ? (fields + 7) & ~7 + 8 : fields
    return offset < header.count ? header[offset] : 0
  }

  /// A message code, then its length, in the order of the capturing host; an AVS header has a magic number there.
  static func afterPrism(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    if isAVS(packet, position) { return .next(.avs) }
    let length = packet.uint32(at: position.offset + 4)
    return afterBytes(Int(min(length, length.byteSwapped)), packet, &position, to: .wireless)
  }

  /// A magic number and the header's length, in network order.
  static func afterAVS(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    guard isAVS(packet, position) else { return .stop(.notTCP) }
    return afterBytes(Int(packet.uint32(at: position.offset + 4)), packet, &position, to: .wireless)
  }

  private static func isAVS(_ packet: Span<UInt8>, _ position: Position) -> Bool {
    packet.uint32(at: position.offset) >> 4 == 0x0802_1100
  }

  /// Version 0, flags, the header's length, and a link type; all little-endian.
  static func afterPPI(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(8, of: packet) { return .stop(lacking) }
    let start = position.offset
    let length = Int(packet.uint16(at: start + 2).byteSwapped)
    guard packet[start] == 0, length >= 8 else { return .stop(.notTCP) }
    if let lacking = position.lacks(length, of: packet) { return .stop(lacking) }
    position.offset += length
    return afterLinkType(packet.uint32(at: start + 4).byteSwapped)
  }

  /// A packet of a link type that its own header names.
  private static func afterLinkType(_ number: UInt32) -> Step {
    guard let number = UInt16(exactly: number) else { return .stop(.unsupportedLinkType) }
    return Encapsulation(linkType: LinkType(rawValue: number)).map { .next($0) } ?? .stop(.unsupportedLinkType)
  }

  /// A data frame: 24 octets, a fourth address between two access points, quality of service, high throughput
  /// (IEEE 802.11-2020 §9.2.3, §9.3.2.1).
  static func afterWireless(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    if let lacking = position.lacks(24, of: packet) { return .stop(lacking) }
    let start = position.offset
    let (kind, flags) = (packet[start], packet[start + 1])
    // Version 0, type "data", with data; not protected.
    guard kind & 0x4f == 0x08, flags & 0x40 == 0 else { return .stop(.notTCP) }
    var length = flags & 3 == 3 ? 30 : 24
    if kind & 0x80 != 0 {
      if let lacking = position.lacks(length + 2, of: packet) { return .stop(lacking) }
      // Several packets in one frame (A-MSDU): each would be a segment of its own.
      if packet[start + length] & 0x80 != 0 { return .stop(.notTCP) }
      length += flags & 0x80 != 0 ? 6 : 2
    }
    if position.padsWirelessHeader { length = (length + 3) & ~3 }
    return afterBytes(length, packet, &position, to: .llc)
  }
}
