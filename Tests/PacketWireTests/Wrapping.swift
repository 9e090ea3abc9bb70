import Testing

@testable import PacketWire

/// One way in which a TCP segment travels: what stands around its IP datagram in a capture.
struct Wrapping: CustomTestStringConvertible, Sendable {
  let name: String
  var linkType: UInt16 = 1
  /// Whether the datagram is IPv6.
  var isIPv6 = false
  /// What follows the datagram.
  var trailer: [UInt8] = []
  /// Why tshark cannot be the judge of it; `nil` where it is.
  var withoutOracle: String?
  /// What stands in front of the datagram, given its length in octets.
  let header: @Sendable (Int) -> [UInt8]

  var testDescription: String { name }

  /// The packet around `datagram`.
  func packet(_ datagram: [UInt8]) -> [UInt8] { header(datagram.count) + datagram + trailer }
  /// The packet around the probe that all are tried with.
  var packet: [UInt8] { packet(isIPv6 ? PacketDecoderTests.probeIPv6 : PacketDecoderTests.probe) }

  /// In an Ethernet frame, after its addresses.
  static func ethernet(_ text: String, trailer: String = "") -> Self {
    ethernet(text, text, trailer: trailer)
  }

  static func ethernet(_ name: String, _ text: String, trailer: String = "") -> Self {
    Self(name: name, trailer: octets(trailer)) { _ in octets(addresses + text) }
  }

  /// In a packet of another link type.
  static func link(_ type: UInt16, _ name: String, _ text: String, withoutOracle: String? = nil) -> Self {
    Self(name: name, linkType: type, withoutOracle: withoutOracle) { _ in octets(text) }
  }

  /// In an IPv4 datagram of another protocol.
  static func ip(
    _ number: UInt8, _ name: String, _ text: String, isIPv6: Bool = false, withoutOracle: String? = nil
  ) -> Self {
    let inner = octets(text)
    return Self(name: name, isIPv6: isIPv6, withoutOracle: withoutOracle) {
      octets(addresses + "0800") + outer(number, $0 + inner.count) + inner
    }
  }

  /// In a UDP datagram to a port.
  static func udp(
    _ port: Int, _ name: String, _ text: String, from source: Int = 49152, isIPv6: Bool = false,
    withoutOracle: String? = nil
  ) -> Self {
    let inner = octets(text)
    return Self(name: name, isIPv6: isIPv6, withoutOracle: withoutOracle) {
      let length = $0 + inner.count + 8
      return octets(addresses + "0800") + outer(17, length) + big16(source) + big16(port) + big16(length) + [0, 0]
        + inner
    }
  }

  static let addresses = "020000000001 020000000002"
  /// An inner Ethernet frame's header before IPv4.
  static let frame = addresses + "0800"

  /// An IPv4 header around `length` octets of another protocol.
  static func outer(_ number: UInt8, _ length: Int) -> [UInt8] {
    octets("4500") + big16(length + 20) + octets("0001 0000 40") + [number] + octets("0000 0a090001 0a090002")
  }

  static func big16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
  private static func zeros(_ count: Int) -> String { String(repeating: "00", count: count) }

  /// What follows the frame control in an 802.11 header.
  private static let stations = "0000 020000000001 020000000002 020000000003 0000"
  /// 802.11, a data frame from an access point, then LLC and SNAP.
  private static let wireless = "0802" + stations + snap
  private static let snap = "aaaa03 000000 0800"

  // Wireshark 4.0.17: "network type 166 unknown or unsupported".
  private static let unsupported = "tshark does not read this link type"
  private static let littleEndian = "tshark takes the header to be in the order of the file"
  private static let negotiated = "tshark takes the cookie's length from control messages, or from its preferences"

  static let all = ethernets + links + datagrams + tunnels + nested

  private static let ethernets: [Self] = [
    ethernet("Ethernet", "0800"),
    ethernet("VLAN tag", "8100 0007 0800"),
    ethernet("priority tag", "8100 e000 0800"),
    ethernet("three VLAN tags", "88a8 0005 8100 0006 8100 0007 0800"),
    Self(name: "802.3 with LLC and SNAP") { octets(addresses) + big16($0 + 8) + octets(snap) },
    Self(name: "802.3 with LLC in a VLAN") { octets(addresses + "8100 0007") + big16($0 + 8) + octets(snap) },
    Self(name: "802.3 with IP over LLC") { octets(addresses) + big16($0 + 3) + octets("060603") },
    ethernet("802.1ah", "88a8 0064 88e7 00000abc" + frame),
    ethernet("Cisco metadata", "8909 0101 0001 0005 0800"),
    ethernet("Cisco metadata in a VLAN", "8100 0007 8909 0101 0001 0005 0800"),
    ethernet("VN-tag", "8926 00010002 0800"),
    ethernet("HSR", "892f 003a 0001 0800"),
    ethernet("PRP", "0800", trailer: "0001 a03a 88fb"),
    ethernet("MACsec without encryption", "88e5 00 00 00000001 0800", trailer: zeros(16)),
    ethernet("MACsec with a channel's id", "88e5 20 00 00000001 0200000000010001 0800", trailer: zeros(16)),
    ethernet("network service header", "894f 0fc60101 00000aff" + zeros(16)),
    ethernet("two MPLS labels", "8847 00010040 00011140"),
    ethernet("Ethernet pseudowire", "8847 00012140" + frame),
    ethernet("Ethernet pseudowire with a control word", "8847 00013140 00000000" + frame),
    Self(name: "PPPoE") { octets(addresses + "8864 1100 0001") + big16($0 + 2) + octets("0021") },
  ]

  private static let links: [Self] = [
    link(0, "NULL", "02000000"), link(108, "LOOP", "00000002"), link(101, "RAW", ""),
    link(113, "LINUX_SLL", "0000 0001 0006 0000000000000000 0800"),
    link(113, "LINUX_SLL with LLC", "0000 0001 0006 0000000000000000 0004" + snap),
    link(276, "LINUX_SLL2", "0800 0000 00000001 0001 00 06 0000000000000000"),
    link(9, "PPP", "ff03 0021"), link(9, "PPP, short", "0021"), link(9, "PPP, compressed protocol", "ff03 21"),
    link(50, "PPP_HDLC", "ff03 0021"), link(104, "C_HDLC", "0f00 0800"),
    link(166, "PPP_PPPD", "01 03 0021", withoutOracle: unsupported), link(204, "PPP_WITH_DIR", "01 ff03 0021"),
    Self(name: "PPP_ETHER", linkType: 51) { octets("1100 0001") + big16($0 + 2) + octets("0021") },
    link(100, "ATM_RFC1483", snap), link(219, "MPLS", "00011140", withoutOracle: unsupported),
    link(105, "IEEE802_11", wireless),
    link(105, "IEEE802_11 with QoS", "8802" + stations + "0000" + snap),
    link(105, "IEEE802_11 between access points", "0803" + stations + "020000000004" + snap),
    link(127, "IEEE802_11_RADIOTAP", "00 00 0800 00000000" + wireless),
    link(
      127, "IEEE802_11_RADIOTAP with a time and a padded header",
      "00 00 2000 030000a0 00000000 00000000 0102030405060708 20 00000000000000 8802" + stations
        + "0000 0000" + snap),
    link(119, "IEEE802_11_PRISM", "44000000 90000000" + zeros(136) + wireless),
    link(119, "IEEE802_11_PRISM with AVS", "80211001 00000040" + zeros(56) + wireless),
    link(163, "IEEE802_11_AVS", "80211001 00000040" + zeros(56) + wireless),
    link(192, "PPI", "00 00 0800 69000000" + wireless),
    link(258, "PKTAP", "6c000000 01000000 01000000 656e30" + zeros(93) + frame),
    link(
      258, "PKTAP of a big-endian host", "0000006c 00000001 00000001 656e30" + zeros(93) + frame,
      withoutOracle: littleEndian),
    link(258, "PKTAP around raw IP", "6c000000 01000000 0c000000 7574756e30" + zeros(91)),
    Self(name: "NFLOG", linkType: 239) {
      octets("02 00 0005 0800 0a00 08000000 0800 0400 00000003") + big16($0 + 4).reversed() + octets("0900")
    },
    Self(name: "NFLOG of a big-endian host", linkType: 239, withoutOracle: littleEndian) {
      octets("02 00 0005 0005 000a 61000000") + big16($0 + 4) + octets("0009")
    },
    link(117, "PFLOG", "3d 02 00 00 656d30" + zeros(57)),
    link(117, "PFLOG of an old host", "2d 02 00 00 656d30" + zeros(41)),
    link(109, "ENC", "02000000 00001234 00000000"),
    link(128, "TZSP", "01 00 0001 01" + frame),
    link(178, "JUNIPER_ETHER", "4d4743 81 0006 010101 020102" + frame),
  ]

  private static let datagrams: [Self] = [
    ip(4, "IP in IP", ""), ip(41, "6in4", "", isIPv6: true),
    Self(name: "IPv4 in IPv6") {
      octets(addresses + "86dd 60000000") + big16($0) + octets("04 40" + zeros(15) + "01" + zeros(15) + "02")
    },
    ip(51, "authentication header, tunnel mode", "04 04 0000 00001234 00000001" + zeros(12)),
    ip(47, "GRE", "0000 0800"),
    ip(47, "GRE with checksum, key and sequence number", "b000 0800 00000000 0000002a 00000001"),
    ip(47, "GRE with MPLS", "0000 8847 00011140"),
    ip(47, "NVGRE", "2000 6558 00123401" + frame),
    ip(47, "PPTP", "3001 880b 0038 0001 00000001 ff03 0021"),
    ip(47, "PPTP with an acknowledgment", "3081 880b 0036 0001 00000001 00000001 0021"),
    ip(47, "ERSPAN type I", "0000 88be" + frame),
    ip(47, "ERSPAN type II", "1000 88be 00000001 10010001 00000000" + frame),
    ip(47, "ERSPAN type III", "1000 22eb 00000001 20010001 00000000 0000 0000" + frame),
    ip(
      47, "ERSPAN type III with a platform's header",
      "1000 22eb 00000001 20010001 00000000 0000 0001" + zeros(8) + frame),
    ip(47, "GRE with a network service header", "0000 894f 0fc20201 00000aff"),
    ip(97, "EtherIP", "3000" + frame), ip(137, "MPLS in IP", "00011140"),
    ip(115, "L2TPv3 over IP", "00000001" + frame, withoutOracle: negotiated),
    ip(115, "L2TPv3 over IP with a sublayer", "00000001 00000000" + frame, withoutOracle: negotiated),
    ip(115, "L2TPv3 over IP with a cookie", "00000001 0102030405060708" + frame, withoutOracle: negotiated),
  ]

  private static let tunnels: [Self] = [
    udp(4789, "VXLAN", "0800000000000500" + frame),
    udp(4789, "VXLAN with a group policy", "8800000700000500" + frame),
    udp(8472, "VXLAN on 8472", "0800000000000100" + frame),
    udp(4790, "VXLAN-GPE with IP", "0c00000100000500"),
    udp(4790, "VXLAN-GPE with Ethernet", "0c00000300000500" + frame),
    udp(6081, "Geneve with an option", "0200655800000500 01020301 00000000" + frame),
    udp(6081, "Geneve with IP", "0000080000000500"),
    udp(2152, "GTP-U", "30ff 0034 00000001"),
    udp(2152, "GTP-U with a sequence number", "32ff 0038 00000001 0007 00 00"),
    udp(2152, "GTP-U with an extension header", "34ff 003c 00000001 0000 00 85 01 1009 00"),
    udp(6635, "MPLS over UDP", "00011140"),
    udp(1701, "L2TP", "0002 0001 0002 ff03 0021"),
    udp(49152, "L2TP from its port", "0002 0001 0002 0021", from: 1701),
    udp(1701, "L2TP with all fields", "4a02 0046 0001 0002 0000 0001 0002 0000 ff03 0021"),
    udp(1701, "L2TPv3 over UDP", "0003 0000 00000001" + frame, withoutOracle: negotiated),
    udp(37008, "TZSP over UDP", "01 00 0001 01" + frame),
    udp(37008, "TZSP over UDP with tags and 802.11", "01 00 0012 0a 01 c8 00 01" + wireless),
    udp(3544, "Teredo", "", isIPv6: true),
    udp(3544, "Teredo with authentication and origin", "00010000 0102030405060708 00 0000 ffff f5fffffe", isIPv6: true),
  ]

  private static let nested: [Self] = [
    udp(4789, "a VLAN in VXLAN", "0800000000000500" + addresses + "8100 0007 0800"),
    Self(name: "GTP-U in IP in IP, mirrored by ERSPAN") {
      let gtp = big16(2152) + big16(2152) + big16($0 + 16) + [0, 0] + octets("30ff") + big16($0) + octets("00000001")
      let twice = outer(4, $0 + gtp.count + 20) + outer(17, $0 + gtp.count) + gtp
      return octets(frame) + outer(47, $0 + twice.count + 18) + octets("0000 88be" + frame) + twice
    },
  ]
}
