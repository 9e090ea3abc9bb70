/// What a header leads to.
enum Step {
  /// The next header, at the position's offset.
  case next(Encapsulation)
  /// None on the way to TCP: what the packet is instead.
  case stop(DecodeResult)

  /// The next header, or something that is not TCP.
  init(_ next: Encapsulation?) {
    self = next.map { .next($0) } ?? .stop(.notTCP)
  }
}

extension Encapsulation {
  /// Steps over this header, which begins at `position`, to the next; over IP itself `PacketDecoder` steps.
  func step(_ packet: Span<UInt8>, _ position: inout Position) -> Step {
    switch self {
    case .ip: .stop(.notTCP)
    case .ethernet: Self.afterEtherType(packet, &position, at: 12)
    case .linuxCooked: Self.afterEtherType(packet, &position, at: 14)
    case .linuxCooked2: Self.afterLinuxCooked2(packet, &position)
    case .bsdLoopback: Self.afterAddressFamily(packet, &position)
    case .hdlc: Self.afterHDLC(packet, &position)
    case .ppp: Self.afterPPP(packet, &position)
    case .pppWithDirection: Self.afterBytes(1, packet, &position, to: .hdlc)
    case .pppoe: Self.afterBytes(6, packet, &position, to: .ppp)
    case .llc: Self.afterLLC(packet, &position)
    case .wireless: Self.afterWireless(packet, &position)
    case .radiotap: Self.afterRadiotap(packet, &position)
    case .prism: Self.afterPrism(packet, &position)
    case .avs: Self.afterAVS(packet, &position)
    case .ppi: Self.afterPPI(packet, &position)
    case .pktap: Self.afterPktap(packet, &position)
    case .nflog: Self.afterNflog(packet, &position)
    case .pflog: Self.afterPflog(packet, &position)
    case .enc: Self.afterBytes(12, packet, &position, to: .ip)
    case .juniperEthernet: Self.afterJuniper(packet, &position)
    case .vlanTag: Self.afterVLANTag(packet, &position)
    case .providerBackbone: Self.afterProviderBackbone(packet, &position)
    case .vnTag, .hsr: Self.afterEtherType(packet, &position, at: 4)
    case .ciscoMetaData: Self.afterCiscoMetaData(packet, &position)
    case .macsec: Self.afterMACsec(packet, &position)
    case .nsh: Self.afterNSH(packet, &position)
    case .mpls: Self.afterLabels(packet, &position)
    case .gre: Self.afterGRE(packet, &position)
    case .erspan: Self.afterERSPAN(packet, &position)
    case .erspan3: Self.afterERSPAN3(packet, &position)
    case .pptp: Self.afterPPTP(packet, &position)
    case .etherIP: Self.afterBytes(2, packet, &position, to: .ethernet)
    case .l2tpOverIP: Self.afterL2TPSession(packet, &position)
    case .udp: Self.afterUDP(packet, &position)
    case .vxlan, .overlayVXLAN: Self.afterVXLAN(self, packet, &position)
    case .vxlanGPE: Self.afterVXLANGPE(packet, &position)
    case .geneve: Self.afterGeneve(packet, &position)
    case .gtpUser: Self.afterGTP(packet, &position)
    case .l2tp: Self.afterL2TP(packet, &position)
    case .tzsp: Self.afterTZSP(packet, &position)
    case .teredo: Self.afterTeredo(packet, &position)
    }
  }

  /// Steps over `count` octets that tell nothing.
  static func afterBytes(
    _ count: Int, _ packet: Span<UInt8>, _ position: inout Position, to next: Encapsulation
  ) -> Step {
    if let lacking = position.lacks(count, of: packet) { return .stop(lacking) }
    position.offset += count
    return .next(next)
  }

  /// Steps over a header that ends with an EtherType, `typeOffset` octets after its beginning.
  static func afterEtherType(_ packet: Span<UInt8>, _ position: inout Position, at typeOffset: Int) -> Step {
    if let lacking = position.lacks(typeOffset + 2, of: packet) { return .stop(lacking) }
    let etherType = packet.uint16(at: position.offset + typeOffset)
    position.offset += typeOffset + 2
    return Step(Encapsulation(etherType: etherType))
  }
}
