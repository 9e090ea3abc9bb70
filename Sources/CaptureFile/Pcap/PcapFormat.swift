import PacketWire

/// The classic pcap format (draft-ietf-opsawg-pcap): a header of 24 octets, then packet records.
struct PcapFormat {
  static let headerLength = 24

  let order: ByteOrder
  let linkType: LinkType
  /// libpcap cuts a packet to the file's snapshot length even where the record has more (pcap_next_packet).
  let snapshotLength: Int
  /// Nanoseconds in a unit of the record's fraction of a second.
  let fractionUnit: Int64
  /// Octets of a record's header.
  let recordHeaderLength: Int

  private static let microseconds: UInt32 = 0xa1b2_c3d4
  private static let nanoseconds: UInt32 = 0xa1b2_3c4d
  /// Alexey Kuznetsov's variant: eight more octets in each record's header.
  private static let kuznetsov: UInt32 = 0xa1b2_cd34

  /// The byte order of a pcap file that begins at `offset`; `nil` where none does.
  static func order(_ bytes: Span<UInt8>, at offset: Int) -> ByteOrder? {
    for order in [ByteOrder.little, .big] {
      if [microseconds, nanoseconds, kuznetsov].contains(bytes.uint32(at: offset, order)) { return order }
    }
    return nil
  }

  /// Decodes the file header at `offset`, all of which is there.
  static func decode(_ bytes: Span<UInt8>, at offset: Int, order: ByteOrder) -> Result<PcapFormat, FormatProblem> {
    let magic = bytes.uint32(at: offset, order)
    let major = bytes.uint16(at: offset + 4, order)
    let minor = bytes.uint16(at: offset + 6, order)
    // Before 2.3 the two lengths of a record stood the other way round; 2.4 has been written since 1998.
    guard major == 2, minor >= 3, minor <= 4 else {
      return .failure(
        FormatProblem(
          text: "pcap version \(major).\(minor) is not supported, only 2.3 and 2.4; where Wireshark knows it, "
            + "\"editcap -F pcapng FILE OUT\" writes it anew"))
    }
    let snapshotLength = bytes.uint32(at: offset + 16, order)
    let limit = UInt32(CaptureReader.maximumPacketLength)
    return .success(
      PcapFormat(
        order: order,
        linkType: LinkType(headerField: bytes.uint32(at: offset + 20, order)),
        snapshotLength: snapshotLength == 0 || snapshotLength > limit ? Int(limit) : Int(snapshotLength),
        fractionUnit: magic == nanoseconds ? 1 : 1000,
        recordHeaderLength: magic == kuznetsov ? 24 : 16))
  }

  /// Finds the records that lie whole in `pending`, up to a batch.
  func parse(
    _ bytes: Span<UInt8>, _ pending: Range<Int>, _ outcome: inout ParseOutcome, into records: inout [PacketRecord]
  ) {
    // Compiled once for each order, so that no field has to ask.
    switch order {
    case .little: parse(bytes, pending, &outcome, into: &records, .little)
    case .big: parse(bytes, pending, &outcome, into: &records, .big)
    }
  }

  @inline(__always)
  private func parse(
    _ bytes: Span<UInt8>, _ pending: Range<Int>, _ outcome: inout ParseOutcome, into records: inout [PacketRecord],
    _ order: ByteOrder
  ) {
    // Records are written where the array has room, and what changes with each is kept in local variables.
    records.append(addingCapacity: CaptureReader.batchLimit - records.count) {
      (output: inout OutputSpan<PacketRecord>) in
      var start = outcome.next
      var packetCount = outcome.packetCount
      outcome.needed = recordHeaderLength
      while !output.isFull, start &+ recordHeaderLength <= pending.upperBound {
        // A span of a length that is known when this is compiled needs no check of each access.
        let header = bytes.extracting(start..<start &+ 16)
        let seconds = header.uint32(at: 0, order)
        let fraction = header.uint32(at: 4, order)
        let capturedLength = Int(header.uint32(at: 8, order))
        let originalLength = Int(header.uint32(at: 12, order))
        guard capturedLength <= CaptureReader.maximumPacketLength else {
          outcome.problem =
            "the packet record claims \(capturedLength) captured octets, more than the \(CaptureReader.maximumPacketLength) "
            + "that any packet can have: the file is damaged here"
          break
        }
        let dataStart = start &+ recordHeaderLength
        guard dataStart &+ capturedLength <= pending.upperBound else {
          outcome.needed = recordHeaderLength &+ capturedLength
          break
        }
        packetCount &+= 1
        output.append(
          PacketRecord(
            time: Int64(seconds) &* 1_000_000_000 &+ Int64(fraction) &* fractionUnit,
            frame: packetCount,
            range: dataStart..<dataStart &+ min(capturedLength, snapshotLength),
            originalLength: originalLength,
            linkType: linkType,
            interface: 0))
        start = dataStart &+ capturedLength
      }
      outcome.next = start
      outcome.packetCount = packetCount
    }
  }
}
