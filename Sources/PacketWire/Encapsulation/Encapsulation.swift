/// What may stand in front of a TCP segment: each kind of header that is stepped over by code of its own.
///
/// The tables below are all that is supported: a number out of the header before, and the header that it announces.
/// docs/encapsulations.md is held to them.
enum Encapsulation: UInt8, CaseIterable, Sendable {
  /// An IPv4 or IPv6 datagram, told by its first four bits.
  case ip
  case ethernet, linuxCooked, linuxCooked2, bsdLoopback, hdlc, ppp, pppWithDirection, pppoe, llc
  case wireless, radiotap, prism, avs, ppi
  case pktap, nflog, pflog, enc, juniperEthernet
  case vlanTag, providerBackbone, vnTag, hsr, ciscoMetaData, macsec, nsh, mpls
  case gre, erspan, erspan3, pptp, etherIP, l2tpOverIP
  case udp, vxlan, overlayVXLAN, vxlanGPE, geneve, gtpUser, l2tp, tzsp, teredo

  /// By the link type of the capture (tcpdump.org/linktypes.html).
  init?(linkType: LinkType) {
    switch linkType.rawValue {
    case 0, 108: self = .bsdLoopback
    case 1: self = .ethernet
    case 9, 50, 104, 166: self = .hdlc
    case 12, 14, 101, 228, 229: self = .ip
    case 51: self = .pppoe
    case 100: self = .llc
    case 105: self = .wireless
    case 109: self = .enc
    case 113: self = .linuxCooked
    case 117: self = .pflog
    case 119: self = .prism
    case 127: self = .radiotap
    case 128: self = .tzsp
    case 163: self = .avs
    case 178: self = .juniperEthernet
    case 192: self = .ppi
    case 204: self = .pppWithDirection
    case 219: self = .mpls
    case 239: self = .nflog
    case 258: self = .pktap
    case 276: self = .linuxCooked2
    default: return nil
    }
  }

  /// By EtherType (IEEE 802 Numbers, IANA); up to 1500 it is a length, and a logical link control header follows.
  init?(etherType: UInt16) {
    switch etherType {
    case 0x0800, 0x86dd: self = .ip
    case 0...1500: self = .llc
    case 0x6558: self = .ethernet
    case 0x8100, 0x88a8, 0x9100, 0x9200: self = .vlanTag
    case 0x8847, 0x8848: self = .mpls
    case 0x8864: self = .pppoe
    case 0x88e5: self = .macsec
    case 0x88e7: self = .providerBackbone
    case 0x8909: self = .ciscoMetaData
    case 0x8926: self = .vnTag
    case 0x892f: self = .hsr
    case 0x894f: self = .nsh
    default: return nil
    }
  }

  /// By the Internet protocol number of a datagram (IANA).
  init?(ipProtocol: UInt8) {
    switch ipProtocol {
    case 4, 41: self = .ip
    case 17: self = .udp
    case 47: self = .gre
    case 97: self = .etherIP
    case 115: self = .l2tpOverIP
    case 137: self = .mpls
    default: return nil
    }
  }

  /// By the destination port of a UDP datagram (IANA, but for 8472, Linux' own number for VXLAN, and 37008).
  init?(udpDestinationPort port: UInt16) {
    switch port {
    case 1701: self = .l2tp
    case 2152: self = .gtpUser
    case 3544: self = .teredo
    case 4789: self = .vxlan
    case 4790: self = .vxlanGPE
    case 6081: self = .geneve
    case 6635: self = .mpls
    case 8472: self = .overlayVXLAN
    case 37008: self = .tzsp
    default: return nil
    }
  }

  /// By the source port of a UDP datagram: who was called answers from the known port, to whatever port the caller has.
  init?(udpSourcePort port: UInt16) {
    switch port {
    case 1701: self = .l2tp
    case 3544: self = .teredo
    default: return nil
    }
  }

  /// By the protocol type of a GRE header of version 0: an EtherType, or one of GRE's own.
  init?(greProtocol type: UInt16) {
    switch type {
    case 0x22eb: self = .erspan3
    case 0x880b: self = .ppp
    case 0x88be: self = .erspan
    case 0...1500: return nil
    default: self.init(etherType: type)
    }
  }

  /// By PPP's protocol number (IANA, PPP numbers).
  init?(pppProtocol number: UInt16) {
    switch number {
    case 0x0021, 0x0057: self = .ip
    case 0x0281, 0x0283: self = .mpls
    default: return nil
    }
  }

  /// By the next protocol of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3.2), and of a network service header (RFC 8300).
  init?(serviceProtocol number: UInt8) {
    switch number {
    case 1, 2: self = .ip
    case 3: self = .ethernet
    case 4: self = .nsh
    case 5: self = .mpls
    default: return nil
    }
  }

  /// Its name, with where its header is described.
  var name: String {
    switch self {
    case .ip: "IPv4 or IPv6 (RFC 791, RFC 8200)"
    case .ethernet: "Ethernet (IEEE 802.3)"
    case .linuxCooked: "Linux cooked capture, version 1"
    case .linuxCooked2: "Linux cooked capture, version 2"
    case .bsdLoopback: "BSD loopback: an address family in either byte order"
    case .hdlc: "PPP, with or without HDLC's address and control octets (RFC 1662), or Cisco's HDLC"
    case .ppp: "PPP (RFC 1661)"
    case .pppWithDirection: "PPP after an octet for the direction"
    case .pppoe: "PPPoE session (RFC 2516)"
    case .llc: "logical link control, with SNAP or IP (IEEE 802.2, RFC 1042)"
    case .wireless: "802.11 data frame, not encrypted and not aggregated (IEEE 802.11)"
    case .radiotap: "radiotap (radiotap.org)"
    case .prism: "Prism monitor header, or AVS"
    case .avs: "AVS monitor header"
    case .ppi: "per-packet information (CACE PPI 1.0.10)"
    case .pktap: "macOS packet tap (xnu, bsd/net/pktap.h)"
    case .nflog: "Linux netfilter log"
    case .pflog: "packet filter log of OpenBSD, FreeBSD and macOS"
    case .enc: "OpenBSD's and FreeBSD's enc interface, IPsec after decryption"
    case .juniperEthernet: "Juniper's header before Ethernet"
    case .vlanTag: "VLAN tag, any number of them (IEEE 802.1Q)"
    case .providerBackbone: "provider backbone bridge's service tag (IEEE 802.1ah)"
    case .vnTag: "VN-tag (Cisco, IEEE 802.1BR's forerunner)"
    case .hsr: "HSR tag (IEC 62439-3); PRP's trailer is padding"
    case .ciscoMetaData: "Cisco metadata: security group tag"
    case .macsec: "MACsec that authenticates and does not encrypt (IEEE 802.1AE)"
    case .nsh: "network service header (RFC 8300)"
    case .mpls: "MPLS labels, with IP or an Ethernet pseudowire (RFC 3032, RFC 4448)"
    case .gre: "GRE, version 0, or PPTP's version 1 (RFC 2784, RFC 2890, RFC 2637)"
    case .erspan: "ERSPAN type I, without a sequence number, and type II (draft-foschiano-erspan)"
    case .erspan3: "ERSPAN type III (draft-foschiano-erspan)"
    case .pptp: "PPTP's GRE (RFC 2637)"
    case .etherIP: "EtherIP (RFC 3378)"
    case .l2tpOverIP: "L2TPv3 over IP (RFC 3931)"
    case .udp: "UDP (RFC 768), to or from one of the ports below"
    case .vxlan: "VXLAN (RFC 7348)"
    case .overlayVXLAN: "VXLAN of flannel, k3s and Cilium"
    case .vxlanGPE: "VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe)"
    case .geneve: "Geneve (RFC 8926)"
    case .gtpUser: "GTP-U (3GPP TS 29.281)"
    case .l2tp: "L2TPv2 (RFC 2661), L2TPv3 (RFC 3931)"
    case .tzsp: "TZSP (TaZmen Sniffer Protocol)"
    case .teredo: "Teredo (RFC 4380)"
    }
  }
}
