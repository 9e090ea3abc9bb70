import PacketWire

/// A block of a pcapng file: what blocks of every type have in common (draft-ietf-opsawg-pcapng §3.1).
struct PcapngBlock {
  /// The types that keepwatch knows (§4), and the packet block of older files (appendix A).
  enum BlockType {
    static let sectionHeader: UInt32 = 0x0a0d_0d0a
    static let interfaceDescription: UInt32 = 1
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
  }

  /// What a section header's byte-order magic says in the order that it is written in (§4.1).
  static let byteOrderMagic: UInt32 = 0x1a2b_3c4d

  let type: UInt32
  /// Where it begins in what was read.
  var start: Int
  /// Its octets, type and both lengths among them.
  let length: Int

  /// Where its octets lie.
  var range: Range<Int> { start..<start + length }

  /// Where they lie without type and lengths.
  var body: Range<Int> { start + 8..<start + length - 4 }

  /// Whether it holds a packet, and so counts as a frame.
  var isPacket: Bool {
    type == BlockType.enhancedPacket || type == BlockType.packet || type == BlockType.simplePacket
  }

  /// Where a packet's options begin; `nil` where it has none, as in a simple packet block, or contradicts itself.
  func optionsStart(_ bytes: Span<UInt8>, _ order: ByteOrder) -> Int? {
    guard type != BlockType.simplePacket, length >= 32 else { return nil }
    let capturedLength = Int(bytes.uint32(at: start + 20, order))
    let options = start + 28 + (capturedLength + 3) & ~3
    return options <= body.upperBound ? options : nil
  }
}

/// Goes through a pcapng file from block to block, in the byte order of each section.
struct PcapngBlockWalker {
  /// So many octets tell a block's type and length, and a section's byte order.
  static let headLength = 12

  /// The byte order of the section that was begun last.
  private(set) var order = ByteOrder.little
  /// Whether a section was begun.
  private(set) var isInSection = false

  /// Whether a section header begins at `offset`; its type reads alike in both byte orders.
  static func begins(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
    bytes.uint32(at: offset, .little) == PcapngBlock.BlockType.sectionHeader
  }

  /// The block that begins at `start`, where at least `headLength` octets are there.
  ///
  /// - Throws: `FormatProblem` where none can begin so.
  mutating func block(_ bytes: Span<UInt8>, at start: Int) throws(FormatProblem) -> PcapngBlock {
    if Self.begins(bytes, at: start) {
      order = try Self.sectionOrder(bytes, at: start)
      isInSection = true
    }
    guard isInSection else { throw FormatProblem(text: "a block stands before the section header") }
    let length = Int(bytes.uint32(at: start + 4, order))
    guard length >= 12, length % 4 == 0, length <= CaptureReader.maximumBlockLength else {
      throw FormatProblem(
        text: "the block says it has \(length) octets, which must be a multiple of 4, at least 12 and at most "
          + "\(CaptureReader.maximumBlockLength): the file is damaged here")
    }
    return PcapngBlock(type: bytes.uint32(at: start, order), start: start, length: length)
  }

  /// Looks whether a block, all of which is there, says the same length at its end.
  ///
  /// - Throws: `FormatProblem` where it does not.
  func checkEnd(of block: PcapngBlock, _ bytes: Span<UInt8>) throws(FormatProblem) {
    let repeated = Int(bytes.uint32(at: block.body.upperBound, order))
    guard repeated == block.length else {
      throw FormatProblem(
        text: "the block says it has \(block.length) octets at its beginning, but \(repeated) at its end")
    }
  }

  private static func sectionOrder(_ bytes: Span<UInt8>, at start: Int) throws(FormatProblem) -> ByteOrder {
    switch bytes.uint32(at: start + 8, .little) {
    case PcapngBlock.byteOrderMagic: return .little
    case PcapngBlock.byteOrderMagic.byteSwapped: return .big
    default:
      throw FormatProblem(text: "the section header's byte-order magic is neither 1a2b3c4d nor its reverse")
    }
  }
}
