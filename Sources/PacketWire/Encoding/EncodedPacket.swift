/// A packet written anew that decodes to what another one decoded to: the opposite of `PacketDecoder`.
///
/// Ethernet, IP and TCP, and nothing behind their headers: all that it holds comes from what was decoded, so that nothing else
/// of the other packet can be in it. Its hardware addresses are 0, and so is TCP's checksum.
public struct EncodedPacket: Sendable {
  /// The octets, the first ones of a packet of `originalLength`.
  public private(set) var octets: [UInt8] = []
  /// The packet's length on the wire, in octets.
  public private(set) var originalLength = 0

  private static let ethernetLength = 14
  private static let ipv4Length = 20
  private static let ipv6Length = 40
  /// EtherTypes (IEEE 802 numbers, IANA): the last is for local experiments, and nobody decodes it.
  private enum EtherType {
    static let ipv4: UInt16 = 0x0800
    static let ipv6: UInt16 = 0x86dd
    static let vlan: UInt16 = 0x8100
    static let experimental: UInt16 = 0x88b5
  }

  /// A packet that carries `segment`.
  ///
  /// - Parameters:
  ///   - segment: what it is to be decoded to, but for `network` and `place`, which are the capture's.
  ///   - tags: the VLANs that it travels in, the outermost first; each from 1 to 4094.
  public init(_ segment: Segment, tags: [UInt16] = []) {
    let options = Self.options(of: segment)
    let headerLength = 20 + options.count
    beginEthernet(tags, isIPv4: segment.source.isIPv4 && segment.destination.isIPv4)
    appendIP(
      from: segment.source, to: segment.destination, IPProtocol.tcp,
      length: headerLength + Int(segment.payloadLength), identification: segment.identification,
      timeToLive: segment.timeToLive)
    append(segment.sourcePort)
    append(segment.destinationPort)
    append(segment.sequence.value)
    append(segment.acknowledgment.value)
    octets += [UInt8(headerLength / 4) << 4, segment.flags.rawValue]
    append(segment.window)
    append(0 as UInt32)  // checksum, urgent pointer
    octets += options
    originalLength = octets.count + Int(segment.payloadLength)
  }

  /// A packet that carries the ICMP error `quote` (RFC 792, RFC 4443 §3).
  public init(_ quote: QuotedSegment) {
    let isIPv4 = quote.source.address.isIPv4 && quote.destination.address.isIPv4
    let quotedLength = (isIPv4 ? Self.ipv4Length : Self.ipv6Length) + 8
    beginEthernet([], isIPv4: isIPv4)
    appendIP(
      from: quote.reporter, to: quote.source.address, isIPv4 ? IPProtocol.icmp : IPProtocol.icmpv6,
      length: 8 + quotedLength)
    octets += [quote.type, quote.code, 0, 0, 0, 0, 0, 0]
    appendIP(from: quote.source.address, to: quote.destination.address, IPProtocol.tcp, length: 20)
    append(quote.source.port)
    append(quote.destination.port)
    append(quote.sequence.value)
    originalLength = octets.count
  }

  /// A packet that stands for one of which nothing was decoded.
  ///
  /// - Parameter result: what it is to be found to be; for `.unsupportedLinkType` its link type must be the other's.
  public init(standingFor result: DecodeResult) {
    switch result {
    case .segment, .quotedSegment, .notTCP:
      octets = [UInt8](repeating: 0, count: 12)
      append(EtherType.experimental)
    case .unsupportedLinkType: break
    case .fragment:
      beginDatagram(length: Self.ipv4Length + 8)
      octets[Self.ethernetLength + 6] = 0x20  // more fragments (RFC 791 §3.1)
      originalLength = octets.count + 8
    case .truncated:
      beginDatagram(length: Self.ipv4Length + 20)
      originalLength = octets.count + 20
    case .malformedIPHeader:
      beginDatagram(length: Self.ipv4Length)
      octets[Self.ethernetLength] = 0
    case .malformedIPLength: beginDatagram(length: Self.ipv4Length + 20)
    case .malformedTCPHeader:
      beginDatagram(length: Self.ipv4Length + 20)
      octets += [UInt8](repeating: 0, count: 20)
    }
    originalLength = max(originalLength, octets.count)
  }

  /// Ethernet, and the header of a datagram of `length` octets that is said to carry TCP.
  private mutating func beginDatagram(length: Int) {
    let nobody = IPAddress(ipv4: 0)
    beginEthernet([], isIPv4: true)
    appendIP(from: nobody, to: nobody, IPProtocol.tcp, length: length - Self.ipv4Length)
  }

  private mutating func beginEthernet(_ tags: [UInt16], isIPv4: Bool) {
    octets = [UInt8](repeating: 0, count: 12)
    for tag in tags {
      append(EtherType.vlan)
      append(tag)
    }
    append(isIPv4 ? EtherType.ipv4 : EtherType.ipv6)
  }

  /// An IP header in front of `length` octets; what its field cannot hold is told as BIG TCP does (see `Datagram`).
  private mutating func appendIP(
    from source: IPAddress, to destination: IPAddress, _ protocolNumber: UInt8, length: Int, identification: UInt16 = 0,
    timeToLive: UInt8 = 64
  ) {
    if source.isIPv4, destination.isIPv4 {
      let start = octets.count
      octets += [0x45, 0]
      append(UInt16(exactly: Self.ipv4Length + length) ?? 0)
      append(identification)
      octets += [0x40, 0, timeToLive, protocolNumber, 0, 0]  // don't fragment
      append(UInt32(truncatingIfNeeded: source.low))
      append(UInt32(truncatingIfNeeded: destination.low))
      let checksum = Self.checksum(octets[start...])
      octets[start + 10] = UInt8(checksum >> 8)
      octets[start + 11] = UInt8(checksum & 255)
    } else {
      append(0x6000_0000 as UInt32)
      append(UInt16(exactly: length) ?? 0)
      octets += [protocolNumber, timeToLive]
      for half in [source.high, source.low, destination.high, destination.low] { append(half) }
    }
  }

  /// RFC 1071, of an even number of octets.
  private static func checksum(_ header: ArraySlice<UInt8>) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: header.startIndex, to: header.endIndex, by: 2) {
      sum += UInt32(header[index]) << 8 | UInt32(header[index + 1])
    }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  /// Timestamps, and a D-SACK: the last octet before SEG.ACK was received twice (RFC 2883 §4).
  private static func options(of segment: Segment) -> [UInt8] {
    var options: [UInt8] = []
    func add(_ kind: UInt8, _ one: UInt32, _ other: UInt32) {
      options += [1, 1, kind, 10]
      for number in [one, other] { options += bigEndian(number) }
    }
    if segment.traits.contains(.timestamps) { add(8, segment.timestampValue, segment.timestampEcho) }
    if segment.traits.contains(.duplicateSACK) {
      add(5, segment.acknowledgment.moved(backBy: 1).value, segment.acknowledgment.value)
    }
    return options
  }

  private mutating func append<Number: FixedWidthInteger>(_ number: Number) { octets += Self.bigEndian(number) }

  private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
  }
}
