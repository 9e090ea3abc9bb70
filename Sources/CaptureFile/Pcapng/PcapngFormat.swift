import PacketWire

/// The pcapng format (draft-ietf-opsawg-pcapng): blocks, in sections that each have a byte order and interfaces.
struct PcapngFormat {
  private typealias BlockType = PcapngBlock.BlockType

  /// An interface of the current section.
  private struct Interface {
    var linkType: LinkType
    var snapshotLength: Int
    var clock: PcapngClock
    /// Packets lost, as the latest statistics block has it.
    var dropped: Int?
  }

  private var walker = PcapngBlockWalker()
  private var interfaces: [Interface] = []
  /// Interfaces of this section that were not kept: a file of one megabyte may describe thirty millions.
  private var interfacesLeftOut = 0
  /// Interfaces of the sections before.
  private var earlierInterfaces = 0
  private var earlierDropped: Int?
  /// The link types of all sections so far.
  private(set) var linkTypesSeen: [LinkType] = []
  private var linkTypesKnown: Set<LinkType> = []
  /// What was left out because of `maximumInterfaces`, in all sections: interfaces, and packets of theirs.
  private(set) var leftOut = (interfaces: 0, packets: 0)

  /// So many interfaces of a section are kept: more than any host has, and what is kept of them takes some megabytes.
  ///
  /// Packets of the others are counted, but not decoded, as their link type is not known.
  static let maximumInterfaces = 1 << 16

  private var order: ByteOrder { walker.order }

  /// The losses that interface statistics tell, summed; `nil` where none does.
  var dropped: Int? {
    let counts = interfaces.compactMap(\.dropped) + (earlierDropped.map { [$0] } ?? [])
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  /// Finds the packets of the blocks that lie whole in `pending`, up to a batch.
  mutating func parse(
    _ bytes: Span<UInt8>, _ pending: Range<Int>, _ outcome: inout ParseOutcome, into records: inout [PacketRecord]
  ) {
    let end = pending.upperBound
    while true {
      takePackets(bytes, end, &outcome, into: &records)
      guard records.count < CaptureReader.batchLimit else { return }
      outcome.needed = PcapngBlockWalker.headLength
      guard outcome.next + PcapngBlockWalker.headLength <= end else { return }
      do throws(FormatProblem) {
        guard try takeBlock(bytes, end, &outcome, into: &records) else { return }
      } catch {
        outcome.problem = error.text
        return
      }
    }
  }

  /// Takes the block that begins at `outcome.next`.
  ///
  /// - Returns: `false` where more must be read first.
  private mutating func takeBlock(
    _ bytes: Span<UInt8>, _ end: Int, _ outcome: inout ParseOutcome, into records: inout [PacketRecord]
  ) throws(FormatProblem) -> Bool {
    let block = try walker.block(bytes, at: outcome.next)
    guard block.range.upperBound <= end else {
      if Self.isNeeded(block.type) {
        outcome.needed = block.length
      } else {
        // Passed over in pieces, so that a large unknown block is never held in memory.
        outcome.next = end
        outcome.passOver = block.range.upperBound - end
      }
      return false
    }
    try walker.checkEnd(of: block, bytes)
    if let record = try decode(block, bytes, frame: outcome.packetCount + 1) {
      outcome.packetCount += 1
      records.append(record)
    }
    outcome.next = block.range.upperBound
    return true
  }

  /// Takes enhanced packet blocks as far as one follows the other, each whole and in order: what nearly all of a file is.
  private func takePackets(
    _ bytes: Span<UInt8>, _ end: Int, _ outcome: inout ParseOutcome, into records: inout [PacketRecord]
  ) {
    guard let interface = interfaces.first else { return }
    let room = CaptureReader.batchLimit - records.count
    // Compiled once for each order, so that no field has to ask.
    switch order {
    case .little:
      records.append(addingCapacity: room) { takePackets(bytes, end, &outcome, into: &$0, interface, .little) }
    case .big:
      records.append(addingCapacity: room) { takePackets(bytes, end, &outcome, into: &$0, interface, .big) }
    }
  }

  @inline(__always)
  private func takePackets(
    _ bytes: Span<UInt8>, _ end: Int, _ outcome: inout ParseOutcome, into output: inout OutputSpan<PacketRecord>,
    _ first: Interface, _ order: ByteOrder
  ) {
    let headerLength = 28
    let shortest = headerLength + 4
    var (start, packetCount) = (outcome.next, outcome.packetCount)
    var (number, interface) = (0, first)
    while !output.isFull, start &+ shortest <= end {
      // Spans of a length that is known when this is compiled need no check of each access.
      let header = bytes.extracting(start..<start &+ headerLength)
      let length = Int(header.uint32(at: 4, order))
      let capturedLength = Int(header.uint32(at: 20, order))
      guard header.uint32(at: 0, order) == BlockType.enhancedPacket, length >= shortest, length & 3 == 0,
        length <= CaptureReader.maximumBlockLength, start &+ length <= end, capturedLength <= length &- shortest
      else { break }
      let trailer = bytes.extracting(start &+ length &- 4..<start &+ length)
      guard Int(trailer.uint32(at: 0, order)) == length else { break }
      let itsNumber = Int(header.uint32(at: 8, order))
      if itsNumber != number {
        guard itsNumber < interfaces.count else { break }
        (number, interface) = (itsNumber, interfaces[itsNumber])
      }
      packetCount &+= 1
      let ticks = UInt64(header.uint32(at: 12, order)) << 32 | UInt64(header.uint32(at: 16, order))
      let dataStart = start &+ headerLength
      output.append(
        PacketRecord(
          time: interface.clock.nanoseconds(ticks),
          frame: packetCount,
          range: dataStart..<dataStart &+ capturedLength,
          originalLength: Int(header.uint32(at: 24, order)),
          linkType: interface.linkType,
          interface: earlierInterfaces &+ number))
      start = start &+ length
    }
    outcome.next = start
    outcome.packetCount = packetCount
  }

  private static func isNeeded(_ type: UInt32) -> Bool {
    switch type {
    case BlockType.sectionHeader, BlockType.interfaceDescription, BlockType.packet, BlockType.simplePacket,
      BlockType.interfaceStatistics, BlockType.enhancedPacket:
      true
    default: false
    }
  }

  private mutating func decode(
    _ block: PcapngBlock, _ bytes: Span<UInt8>, frame: Int
  ) throws(FormatProblem) -> PacketRecord? {
    switch block.type {
    case BlockType.sectionHeader: try beginSection(bytes, block.body)
    case BlockType.interfaceDescription: try addInterface(bytes, block.body)
    case BlockType.interfaceStatistics: try readStatistics(bytes, block.body)
    case BlockType.enhancedPacket, BlockType.packet:
      return try decodePacket(bytes, block.body, isEnhanced: block.type == BlockType.enhancedPacket, frame: frame)
    case BlockType.simplePacket: return try decodeSimplePacket(bytes, block.body, frame: frame)
    default: break
    }
    return nil
  }

  /// §4.1: the interfaces of the section before are gone.
  private mutating func beginSection(_ bytes: Span<UInt8>, _ body: Range<Int>) throws(FormatProblem) {
    guard body.count >= 16 else { throw FormatProblem(text: "the section header is too short") }
    let major = bytes.uint16(at: body.lowerBound + 4, order)
    guard major == 1 else { throw FormatProblem(text: "pcapng version \(major) is not supported, only 1") }
    earlierDropped = dropped
    earlierInterfaces += interfaces.count + interfacesLeftOut
    interfaces = []
    interfacesLeftOut = 0
  }

  /// §4.2.
  private mutating func addInterface(_ bytes: Span<UInt8>, _ body: Range<Int>) throws(FormatProblem) {
    guard body.count >= 8 else { throw FormatProblem(text: "the interface description is too short") }
    guard interfaces.count < Self.maximumInterfaces else {
      interfacesLeftOut += 1
      leftOut.interfaces += 1
      return
    }
    var clock = PcapngClock()
    try Self.forEachOption(bytes, body.lowerBound + 8..<body.upperBound, order) { (code, value) throws(FormatProblem) in
      switch code {
      case 9 where value.count >= 1:  // if_tsresol
        guard var resolved = PcapngClock(resolution: bytes[value.lowerBound]) else {
          throw FormatProblem(text: "the interface's time resolution cannot be kept in 64 bits")
        }
        resolved.offsetSeconds = clock.offsetSeconds
        clock = resolved
      case 14 where value.count >= 8:  // if_tsoffset
        clock.offsetSeconds = Int64(bitPattern: bytes.uint64(at: value.lowerBound, order))
      default: break
      }
    }
    let linkType = LinkType(rawValue: bytes.uint16(at: body.lowerBound, order))
    let snapshotLength = Int(bytes.uint32(at: body.lowerBound + 4, order))
    let limit = CaptureReader.maximumPacketLength
    interfaces.append(
      Interface(
        linkType: linkType, snapshotLength: snapshotLength == 0 ? limit : min(snapshotLength, limit), clock: clock))
    if linkTypesKnown.insert(linkType).inserted { linkTypesSeen.append(linkType) }
  }

  /// §4.6: isb_ifdrop counts what the interface lost, isb_osdrop what the operating system lost.
  private mutating func readStatistics(_ bytes: Span<UInt8>, _ body: Range<Int>) throws(FormatProblem) {
    guard body.count >= 12 else { throw FormatProblem(text: "the interface statistics are too short") }
    let number = Int(bytes.uint32(at: body.lowerBound, order))
    guard number < interfaces.count else { return }
    var lost: Int?
    try Self.forEachOption(bytes, body.lowerBound + 12..<body.upperBound, order) {
      (code, value) throws(FormatProblem) in
      if code == 5 || code == 7, value.count >= 8 {
        let count = Int(truncatingIfNeeded: bytes.uint64(at: value.lowerBound, order) & UInt64(Int32.max))
        lost = (lost ?? 0) + count
      }
    }
    if let lost { interfaces[number].dropped = lost }
  }

  /// §4.3, and the packet block of older files (appendix A).
  private mutating func decodePacket(
    _ bytes: Span<UInt8>, _ body: Range<Int>, isEnhanced: Bool, frame: Int
  ) throws(FormatProblem) -> PacketRecord {
    guard body.count >= 20 else { throw FormatProblem(text: "the packet block is too short") }
    let number =
      isEnhanced ? Int(bytes.uint32(at: body.lowerBound, order)) : Int(bytes.uint16(at: body.lowerBound, order))
    guard number < interfaces.count + interfacesLeftOut else {
      throw FormatProblem(text: "the packet names interface \(number), which the section does not describe")
    }
    let capturedLength = Int(bytes.uint32(at: body.lowerBound + 12, order))
    let dataStart = body.lowerBound + 20
    guard capturedLength <= body.upperBound - dataStart else {
      throw FormatProblem(
        text: "the packet claims \(capturedLength) captured octets, but its block has room for "
          + "\(body.upperBound - dataStart)")
    }
    let ticks =
      UInt64(bytes.uint32(at: body.lowerBound + 4, order)) << 32 | UInt64(bytes.uint32(at: body.lowerBound + 8, order))
    let isKept = number < interfaces.count
    if !isKept { leftOut.packets += 1 }
    return PacketRecord(
      time: isKept ? interfaces[number].clock.nanoseconds(ticks) : nil,
      frame: frame,
      range: dataStart..<dataStart + capturedLength,
      originalLength: Int(bytes.uint32(at: body.lowerBound + 16, order)),
      linkType: isKept ? interfaces[number].linkType : .unknown,
      interface: earlierInterfaces + number)
  }

  /// §4.4: of the section's first interface, and without a time.
  private func decodeSimplePacket(
    _ bytes: Span<UInt8>, _ body: Range<Int>, frame: Int
  ) throws(FormatProblem) -> PacketRecord {
    guard body.count >= 4 else { throw FormatProblem(text: "the simple packet block is too short") }
    guard let interface = interfaces.first else {
      throw FormatProblem(text: "a simple packet stands before any interface description")
    }
    let originalLength = Int(bytes.uint32(at: body.lowerBound, order))
    let dataStart = body.lowerBound + 4
    let capturedLength = min(originalLength, interface.snapshotLength)
    guard capturedLength <= body.upperBound - dataStart else {
      throw FormatProblem(
        text: "the packet has \(capturedLength) captured octets, but its block has room for "
          + "\(body.upperBound - dataStart)")
    }
    return PacketRecord(
      time: nil,
      frame: frame,
      range: dataStart..<dataStart + capturedLength,
      originalLength: originalLength,
      linkType: interface.linkType,
      interface: earlierInterfaces)
  }

  /// §3.5: code, length, value padded to four octets; code 0 ends the list.
  private static func forEachOption(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ order: ByteOrder,
    _ visit: (_ code: UInt16, _ value: Range<Int>) throws(FormatProblem) -> Void
  ) throws(FormatProblem) {
    var offset = range.lowerBound
    while offset + 4 <= range.upperBound {
      let code = bytes.uint16(at: offset, order)
      let length = Int(bytes.uint16(at: offset + 2, order))
      if code == 0 { return }
      guard offset + 4 + length <= range.upperBound else {
        throw FormatProblem(text: "option \(code) claims \(length) octets, more than its block has")
      }
      try visit(code, offset + 4..<offset + 4 + length)
      offset += 4 + (length + 3) & ~3
    }
  }
}
