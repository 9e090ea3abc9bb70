import PacketWire
import Testing

@Suite struct EncodedPacketTests {
  /// What a packet is decoded to.
  static func decoded(_ packet: EncodedPacket, _ linkType: LinkType = .ethernet) -> (
    result: DecodeResult, segment: Segment, quote: QuotedSegment
  ) {
    var decoder = PacketDecoder()
    var segment = Segment()
    let result = decoder.decode(
      packet.octets.span, in: 0..<packet.octets.count, originalLength: packet.originalLength, linkType: linkType,
      interface: 0, into: &segment)
    return (result, segment, decoder.quote)
  }

  /// A segment in which every field that is decoded has a value of its own.
  static func segment(_ source: IPAddress, _ destination: IPAddress, payload: UInt32) -> Segment {
    var segment = Segment()
    (segment.source, segment.destination) = (source, destination)
    (segment.sourcePort, segment.destinationPort) = (40_000, 443)
    segment.sequence = SequenceNumber(0xffff_fff0)
    segment.acknowledgment = SequenceNumber(17)
    segment.payloadLength = payload
    segment.window = 512
    segment.identification = source.isIPv4 ? 0xbeef : 0
    segment.flags = [.ack, .psh]
    segment.timeToLive = 63
    segment.traits = [.timestamps, .duplicateSACK]
    (segment.timestampValue, segment.timestampEcho) = (0xdead_0001, 0xdead_0000)
    return segment
  }

  static let ends = [
    (IPAddress(ipv4: 0x0a00_0001), IPAddress(ipv4: 0x0a00_0002)),
    (IPAddress(high: 0x2001_0db8 << 32, low: 1), IPAddress(high: 0x2001_0db8 << 32, low: 2)),
  ]

  @Test(
    "A segment is decoded as it was encoded, over IPv4 and IPv6, also with more data than a length field holds",
    arguments: [0, 1, 1448, 65_000, 200_000])
  func segments(payload: UInt32) {
    for (source, destination) in Self.ends {
      let segment = Self.segment(source, destination, payload: payload)
      let decoded = Self.decoded(EncodedPacket(segment))
      #expect(decoded.result == .segment)
      #expect("\(decoded.segment)" == "\(segment)")
    }
  }

  @Test("Each VLAN is another network, and so are two, one in the other")
  func tags() {
    let segment = Self.segment(Self.ends[0].0, Self.ends[0].1, payload: 0)
    let networks = [[], [1], [2], [4094], [1, 1], [1, 2], [2, 1]].map {
      Self.decoded(EncodedPacket(segment, tags: $0)).segment.network
    }
    #expect(networks[0] == 0)
    #expect(Set(networks).count == networks.count)
  }

  @Test("An ICMP error about a segment is decoded as it was encoded")
  func quotes() {
    for (source, destination) in Self.ends {
      var quote = QuotedSegment()
      quote.reporter = destination
      (quote.type, quote.code) = source.isIPv4 ? (3, 1) : (1, 3)
      quote.source = SocketAddress(address: source, port: 40_000)
      quote.destination = SocketAddress(address: destination, port: 443)
      quote.sequence = SequenceNumber(0xffff_fff0)
      let decoded = Self.decoded(EncodedPacket(quote))
      #expect(decoded.result == .quotedSegment)
      #expect("\(decoded.quote)" == "\(quote)")
    }
  }

  @Test(
    "What stands for a packet that was not decoded is not decoded for the same reason",
    arguments: DecodeResult.allCases.filter { $0 != .segment && $0 != .quotedSegment })
  func standIns(result: DecodeResult) {
    let packet = EncodedPacket(standingFor: result)
    #expect(Self.decoded(packet, result == .unsupportedLinkType ? .unknown : .ethernet).result == result)
  }
}
