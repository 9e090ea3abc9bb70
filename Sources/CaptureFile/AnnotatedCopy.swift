import PacketWire

/// Writes a capture again, as pcapng, with comments on some of its packets (opt_comment; draft-ietf-opsawg-pcapng §3.5).
///
/// A pcapng file is copied block by block, in its own byte order: interfaces, statistics and whatever else it holds stay as
/// they are. A pcap file becomes one section with one interface, its times in nanoseconds.
public struct AnnotatedCopy: ~Copyable {
  private var output: OutputFile
  private let comment: (_ frame: Int) -> String?
  private var written = 0
  private var frame = 0
  /// Comments on packets whose blocks have no room for one: simple packet blocks.
  private var withoutRoom = 0

  /// What became of the comments.
  public struct Outcome: Sendable {
    /// How many were written.
    public let written: Int
    /// How many had no room: their packets stand in simple packet blocks, which have no options.
    public let withoutRoom: Int
  }

  /// Copies a file, with comments.
  ///
  /// - Parameters:
  ///   - source: a file that was read, which can be read again.
  ///   - descriptor: what stands open for writing, empty; its owner closes it.
  ///   - name: its name, for messages.
  ///   - comment: the comment on a frame, by its number; `nil` for none.
  /// - Returns: what became of the comments.
  /// - Throws: `CaptureFileError` where the source cannot be read to its end, or the copy cannot be written.
  public static func write(
    from source: CaptureSequence.Part, to descriptor: Int32, name: String,
    comment: @escaping (_ frame: Int) -> String?
  ) throws(CaptureFileError) -> Outcome {
    var copy = AnnotatedCopy(output: OutputFile(descriptor: descriptor, name: name), comment: comment)
    var blocks = BlockStream(name: source.name, input: try source.again())
    if try blocks.fill(4), PcapngFormat.begins(blocks.bytes.span, at: blocks.start) {
      try copy.copyBlocks(&blocks)
    } else {
      try copy.convert(CaptureReader(name: source.name, input: try source.again()))
    }
    copy.output.flush()
    if let failure = copy.output.failure { throw failure }
    return Outcome(written: copy.written, withoutRoom: copy.withoutRoom)
  }

  private init(output: consuming OutputFile, comment: @escaping (_ frame: Int) -> String?) {
    self.output = output
    self.comment = comment
  }

  // MARK: - pcapng

  private mutating func copyBlocks(_ blocks: inout BlockStream) throws(CaptureFileError) {
    var order = ByteOrder.little
    while try blocks.fill(12) {
      let start = blocks.start
      if PcapngFormat.begins(blocks.bytes.span, at: start) {
        guard let sectionOrder = PcapngFormat.sectionOrder(blocks.bytes.span, at: start) else {
          throw blocks.failure("the section header's byte-order magic is neither 1a2b3c4d nor its reverse")
        }
        order = sectionOrder
      }
      let type = blocks.bytes.span.uint32(at: start, order)
      let length = Int(blocks.bytes.span.uint32(at: start + 4, order))
      guard length >= 12, length % 4 == 0, length <= CaptureReader.maximumBlockLength else {
        throw blocks.failure("the block says it has \(length) octets: the file is damaged here")
      }
      guard try blocks.fill(length) else { throw blocks.failure("the file ends within a block: it was cut off") }
      copyBlock(blocks.bytes.span, blocks.start..<blocks.start + length, type: type, order)
      output.endRecord()
      blocks.advance(length)
    }
    guard blocks.isAtEnd else { throw blocks.failure("the file ends within a block: it was cut off") }
  }

  private mutating func copyBlock(_ bytes: Span<UInt8>, _ block: Range<Int>, type: UInt32, _ order: ByteOrder) {
    var text: String?
    if PcapngFormat.isPacket(type) {
      frame += 1
      text = comment(frame)
    }
    guard let text else {
      output.append(bytes, in: block)
      return
    }
    guard let optionsStart = PcapngFormat.optionsStart(bytes, block, type: type, order) else {
      withoutRoom += 1
      output.append(bytes, in: block)
      return
    }
    let option = Self.option(text, order)
    let end = block.upperBound - 4
    // Without options there is no end-of-options mark yet.
    let mark: [UInt8] = optionsStart == end ? [0, 0, 0, 0] : []
    let length = UInt32(block.count + option.count + mark.count)
    output.append(bytes, in: block.lowerBound..<block.lowerBound + 4)
    output.append(length, order)
    output.append(bytes, in: block.lowerBound + 8..<optionsStart)
    output.append(option.span, in: 0..<option.count)
    output.append(bytes, in: optionsStart..<end)
    output.append(mark.span, in: 0..<mark.count)
    output.append(length, order)
    written += 1
  }

  /// A comment as an option: code 1, length, text, padded to four octets.
  private static func option(_ comment: String, _ order: ByteOrder) -> [UInt8] {
    // An option's length has 16 bits.
    let text = Array(comment.utf8.prefix(60_000))
    let head: [UInt8] =
      order == .little
      ? [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)]
      : [0, 1, UInt8(text.count >> 8), UInt8(text.count & 255)]
    return head + text + [UInt8](repeating: 0, count: (4 - text.count % 4) % 4)
  }

  // MARK: - pcap

  private mutating func convert(_ source: consuming CaptureReader) throws(CaptureFileError) {
    var reader = source
    var records: [PacketRecord] = []
    var hasHeader = false
    while try reader.nextBatch(&records) {
      if !hasHeader { writeHeader(reader.linkTypes.first ?? .ethernet) }
      hasHeader = true
      for record in records { writePacket(reader.buffer.span, record) }
    }
  }

  /// A section header, and an interface whose times are in nanoseconds (if_tsresol 9).
  private mutating func writeHeader(_ linkType: LinkType) {
    for number: UInt32 in [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, .max, .max, 28] { output.append(number) }
    for number: UInt32 in [1, 32, UInt32(linkType.rawValue), 0, 0x0001_0009, 9, 0, 32] { output.append(number) }
    output.endRecord()
  }

  private mutating func writePacket(_ bytes: Span<UInt8>, _ record: PacketRecord) {
    let option = comment(record.frame).map { Self.option($0, .little) + [0, 0, 0, 0] } ?? []
    let padding = [UInt8](repeating: 0, count: (4 - record.range.count % 4) % 4)
    let length = UInt32(32 + record.range.count + padding.count + option.count)
    let time = UInt64(bitPattern: record.time ?? 0)
    for number: UInt32 in [
      6, length, 0, UInt32(time >> 32), UInt32(truncatingIfNeeded: time), UInt32(record.range.count),
      UInt32(truncatingIfNeeded: record.originalLength),
    ] {
      output.append(number)
    }
    output.append(bytes, in: record.range)
    output.append(padding.span, in: 0..<padding.count)
    output.append(option.span, in: 0..<option.count)
    output.append(length)
    output.endRecord()
    if !option.isEmpty { written += 1 }
  }
}

/// The octets of a file, read on as they are needed.
struct BlockStream: ~Copyable {
  private static let readSize = 1 << 20

  private let name: String
  private var input: ByteInput
  /// What was read; the octets before `start` are used up.
  private(set) var bytes = [UInt8](repeating: 0, count: readSize)
  private(set) var start = 0
  private var end = 0
  private var offset = 0

  init(name: String, input: consuming ByteInput) {
    self.name = name
    self.input = input
  }

  /// Sees to it that `count` octets lie at `start`; `false` where the file ends before.
  mutating func fill(_ count: Int) throws(CaptureFileError) -> Bool {
    while end - start < count {
      if start > 0 {
        for index in 0..<end - start { bytes[index] = bytes[start + index] }
        offset += start
        end -= start
        start = 0
      }
      if end == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
      do throws(ByteInputError) {
        let read = try input.read(into: &bytes, from: end)
        guard read > 0 else { return false }
        end += read
      } catch {
        throw failure(error.problem)
      }
    }
    return true
  }

  /// Whether everything that was read is used up.
  var isAtEnd: Bool { start == end }

  mutating func advance(_ count: Int) { start += count }

  func failure(_ problem: String) -> CaptureFileError {
    CaptureFileError(file: name, offset: offset + start, packetsBefore: 0, problem: problem)
  }
}
