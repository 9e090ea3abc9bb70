import PacketWire
import SystemCalls

/// Writes a pcapng file (draft-ietf-opsawg-pcapng): packets anew, or blocks of another file as they stand; either with comments.
public struct PcapngWriter: ~Copyable {
  private var file: OutputFile
  private var interfaceCount: UInt32 = 0

  /// What was written first to fail; nothing is written after it.
  public var failure: CaptureFileError? { file.failure }
  /// What kind of failure it was; `nil` where all was written.
  public var writeFailure: WriteFailure? { file.writeFailure }
  /// How many octets the file has so far, in memory or written.
  public var octets: Int { file.octets }

  /// Begins a file of one section with one interface, whose times are in nanoseconds; little-endian.
  ///
  /// - Parameters:
  ///   - descriptor: what stands open for writing, empty; its owner closes it.
  ///   - name: its name, for messages.
  ///   - linkType: how packets begin.
  ///   - snapshotLength: the octets kept of each; 0 for all.
  /// - Throws: `CaptureFileError` where there is no room for its header.
  public init(descriptor: Int32, name: String, linkType: LinkType, snapshotLength: Int) throws(CaptureFileError) {
    self.init(descriptor: descriptor, name: name)
    // §4.1: version 1.0, and a section whose length is not told.
    appendBlock(PcapngBlock.BlockType.sectionHeader, [PcapngBlock.byteOrderMagic, 1, .max, .max])
    addInterface(linkType: linkType, snapshotLength: snapshotLength)
    file.flush()
    if let failure = file.failure { throw failure }
  }

  /// A file that holds nothing until a block is copied into it.
  init(descriptor: Int32, name: String) {
    file = OutputFile(descriptor: descriptor, name: name)
  }

  /// Adds another interface, whose times are in nanoseconds too.
  ///
  /// - Returns: its number, from 0.
  @discardableResult mutating func addInterface(linkType: LinkType, snapshotLength: Int = 0) -> UInt32 {
    defer { interfaceCount += 1 }
    // §4.2: if_tsresol is option 9, of one octet: the exponent of 10^-9 s. Then the end of the options.
    appendBlock(
      PcapngBlock.BlockType.interfaceDescription,
      [UInt32(linkType.rawValue), UInt32(snapshotLength), 0x0001_0009, 9, 0])
    file.endRecord()
    return interfaceCount
  }

  /// Adds a packet, as an enhanced packet block (§4.3); it may stay in memory until `flush()`.
  ///
  /// - Parameters:
  ///   - bytes: octets, the packet's among them.
  ///   - range: where the packet's captured octets lie.
  ///   - originalLength: its length on the wire, in octets.
  ///   - time: nanoseconds since the epoch.
  ///   - interface: where it was captured: a number from 0.
  ///   - comment: what people are to read beside it; `nil` for nothing.
  public mutating func write(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, time: Int64, interface: UInt32 = 0,
    comment: String? = nil
  ) {
    let padding = -range.count & 3
    let options = comment.map { Self.option($0, .little) + Self.endOfOptions } ?? []
    let length = UInt32(32 + range.count + padding + options.count)
    let ticks = UInt64(bitPattern: time)
    for number: UInt32 in [
      PcapngBlock.BlockType.enhancedPacket, length, interface, UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks),
      UInt32(range.count), UInt32(truncatingIfNeeded: originalLength),
    ] {
      file.append(number)
    }
    file.append(bytes, in: range)
    for _ in 0..<padding { file.append(0 as UInt8) }
    file.append(options.span, in: 0..<options.count)
    file.append(length)
    file.endRecord()
  }

  /// Adds a packet without a time, as a simple packet block (§4.4), which is of the first interface.
  ///
  /// - Parameter octets: all that it had on the wire: such a block cannot say that it was cut.
  mutating func writeWithoutTime(_ octets: [UInt8]) {
    let padding = -octets.count & 3
    let length = UInt32(16 + octets.count + padding)
    for number in [PcapngBlock.BlockType.simplePacket, length, UInt32(octets.count)] { file.append(number) }
    file.append(octets.span, in: 0..<octets.count)
    for _ in 0..<padding { file.append(0 as UInt8) }
    file.append(length)
    file.endRecord()
  }

  /// Adds how many packets the capturing host lost, as the first interface's statistics (§4.6; isb_ifdrop is option 5).
  mutating func write(dropped: Int) {
    let count = UInt64(dropped)
    appendBlock(
      PcapngBlock.BlockType.interfaceStatistics,
      [0, 0, 0, 0x0008_0005, UInt32(truncatingIfNeeded: count), UInt32(count >> 32), 0])
    file.endRecord()
  }

  /// Adds another file's block as it stands; with a comment, where it is a packet's and has room for one.
  ///
  /// - Returns: whether the comment was written.
  mutating func copy(
    _ bytes: borrowing Span<UInt8>, _ block: PcapngBlock, _ order: ByteOrder, comment: String?
  ) -> Bool {
    defer { file.endRecord() }
    guard let comment, let options = block.optionsStart(bytes, order) else {
      file.append(bytes, in: block.range)
      return false
    }
    let end = block.body.upperBound
    let option = Self.option(comment, order)
    // Without options there is no end-of-options mark yet.
    let mark = options == end ? Self.endOfOptions : []
    let length = UInt32(block.length + option.count + mark.count)
    file.append(block.type, order)
    file.append(length, order)
    file.append(bytes, in: block.body.lowerBound..<options)
    file.append(option.span, in: 0..<option.count)
    file.append(bytes, in: options..<end)
    file.append(mark.span, in: 0..<mark.count)
    file.append(length, order)
    return true
  }

  /// Writes out what is in memory; a failure is kept in `failure`.
  public mutating func flush() { file.flush() }

  /// A block of 32-bit numbers: type, length, body, length.
  private mutating func appendBlock(_ type: UInt32, _ body: [UInt32]) {
    let length = UInt32(12 + 4 * body.count)
    for number in [type, length] + body + [length] { file.append(number) }
  }

  /// opt_endofopt (§3.5): code 0, length 0.
  private static let endOfOptions: [UInt8] = [0, 0, 0, 0]

  /// A comment as an option, opt_comment (§3.5): code 1, length, text, padded to four octets.
  private static func option(_ comment: String, _ order: ByteOrder) -> [UInt8] {
    // An option's length has 16 bits.
    let text = Array(comment.utf8.prefix(60_000))
    let length = [UInt8(text.count & 255), UInt8(text.count >> 8)]
    let head = order == .little ? [1, 0] + length : [0, 1] + length.reversed()
    return head + text + [UInt8](repeating: 0, count: -text.count & 3)
  }
}
