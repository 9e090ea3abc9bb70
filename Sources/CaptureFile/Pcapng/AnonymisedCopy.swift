import PacketWire

/// Writes a capture again for strangers' eyes, so that keepwatch says the same of it.
///
/// Each packet is written anew from what was decoded of it: a TCP segment's headers with other addresses, an ICMP error about
/// one, and for everything else a packet without content. So what is not decoded cannot be in the copy: payload, other
/// protocols, names, comments, hardware addresses, tunnels. Frame numbers, times, ports, lengths and TCP's numbers stay.
///
/// The copy is pcapng behind Ethernet. Each place of capture is an interface of its own, and each virtual network a VLAN.
public struct AnonymisedCopy: ~Copyable {
  /// What was written.
  public struct Outcome: Sendable {
    /// How many packets.
    public fileprivate(set) var packets = 0
    /// How many addresses were replaced.
    public fileprivate(set) var addresses = 0
  }

  /// Where packets were captured, and how they begin where that is not known here.
  private struct Place: Hashable {
    let number: UInt16
    let undecoded: LinkType?
  }

  private var writer: PcapngWriter
  private var decoder = PacketDecoder()
  private var addresses = AddressReplacement()
  private var interfaces: [Place: UInt32] = [:]
  /// Whether a place has the interface that the file begins with.
  private var firstIsTaken = false
  private var networks: [UInt32: [UInt16]] = [:]
  private var packets = 0

  /// Copies a file.
  ///
  /// - Parameters:
  ///   - source: a file that was read, which can be read again.
  ///   - descriptor: what stands open for writing, empty; its owner closes it.
  ///   - name: its name, for messages.
  /// - Returns: what was written.
  /// - Throws: `CaptureFileError` where the copy cannot be written. A source that cannot be read to its end is copied as far as it can:
  ///   whoever read it has been told.
  public static func write(
    from source: CaptureSequence.Part, to descriptor: Int32, name: String
  ) throws(CaptureFileError) -> Outcome {
    var reader = CaptureReader(name: source.name, input: try source.again())
    var copy = try AnonymisedCopy(descriptor: descriptor, name: name)
    var records: [PacketRecord] = []
    while (try? reader.nextBatch(&records)) == true {
      for record in records { copy.add(record, in: reader.buffer.span) }
    }
    if let dropped = reader.dropped { copy.writer.write(dropped: dropped) }
    copy.writer.flush()
    if let failure = copy.writer.failure { throw failure }
    return Outcome(packets: copy.packets, addresses: copy.addresses.count)
  }

  private init(descriptor: Int32, name: String) throws(CaptureFileError) {
    writer = try PcapngWriter(descriptor: descriptor, name: name, linkType: .ethernet, snapshotLength: 0)
  }

  private mutating func add(_ record: PacketRecord, in bytes: borrowing Span<UInt8>) {
    packets += 1
    var segment = Segment()
    let result = decoder.decode(
      bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
      interface: UInt32(truncatingIfNeeded: record.interface), into: &segment)
    switch result {
    case .segment:
      segment.source = addresses.replacement(for: segment.source)
      segment.destination = addresses.replacement(for: segment.destination)
      let place = interface(Place(number: segment.place, undecoded: nil))
      write(EncodedPacket(segment, tags: tags(of: segment.network)), record.time, place)
    case .quotedSegment:
      var quote = decoder.quote
      quote.reporter = addresses.replacement(for: quote.reporter)
      quote.source = addresses.replacement(for: quote.source)
      quote.destination = addresses.replacement(for: quote.destination)
      write(EncodedPacket(quote), record.time, 0)
    case .unsupportedLinkType:
      write(
        EncodedPacket(standingFor: result), record.time, interface(Place(number: 0, undecoded: record.linkType)))
    default:
      write(EncodedPacket(standingFor: result), record.time, 0)
    }
  }

  private mutating func write(_ packet: EncodedPacket, _ time: Int64?, _ interface: UInt32) {
    if let time {
      writer.write(
        packet.octets.span, in: 0..<packet.octets.count, originalLength: packet.originalLength, time: time,
        interface: interface)
    } else {
      let missing = min(packet.originalLength, CaptureReader.maximumPacketLength) - packet.octets.count
      writer.writeWithoutTime(packet.octets + [UInt8](repeating: 0, count: max(0, missing)))
    }
  }

  /// The copy's interface for a place; the first place whose packets are decoded has the first one.
  private mutating func interface(_ place: Place) -> UInt32 {
    if let known = interfaces[place] { return known }
    let isFirst = place.undecoded == nil && !firstIsTaken
    if isFirst { firstIsTaken = true }
    let number = isFirst ? 0 : writer.addInterface(linkType: place.undecoded ?? .ethernet)
    interfaces[place] = number
    return number
  }

  /// A VLAN's id has 12 bits, of which all zeros is none and all ones is reserved (IEEE 802.1Q §9.6).
  private static let usableTags = 4094

  /// The copy's VLAN tags for a virtual network; none for none.
  private mutating func tags(of network: UInt32) -> [UInt16] {
    guard network != 0 else { return [] }
    if let known = networks[network] { return known }
    var tags: [UInt16] = []
    var rest = networks.count
    repeat {
      tags.append(UInt16(rest % Self.usableTags + 1))
      rest /= Self.usableTags
    } while rest > 0
    networks[network] = tags
    return tags
  }
}

/// Other addresses for those of a capture, numbered as they come: 10.0.0.1 and so on; 2001:db8::1 and so on (RFC 3849).
private struct AddressReplacement {
  private var known: [IPAddress: IPAddress] = [:]
  private var ofIPv4: UInt32 = 0
  private var ofIPv6: UInt64 = 0

  /// How many were replaced.
  var count: Int { known.count }

  mutating func replacement(for address: IPAddress) -> IPAddress {
    if let replacement = known[address] { return replacement }
    let replacement: IPAddress
    if address.isIPv4 {
      ofIPv4 &+= 1
      replacement = IPAddress(ipv4: 0x0a00_0000 &+ ofIPv4)
    } else {
      ofIPv6 &+= 1
      replacement = IPAddress(high: 0x2001_0db8_0000_0000, low: ofIPv6)
    }
    known[address] = replacement
    return replacement
  }

  mutating func replacement(for end: SocketAddress) -> SocketAddress {
    SocketAddress(address: replacement(for: end.address), port: end.port)
  }
}
