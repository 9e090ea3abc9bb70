import PacketWire

/// Writes a capture again, as pcapng, with comments on some of its packets.
///
/// A pcapng file is copied block by block, in its own byte order: interfaces, statistics and whatever else it holds stay as
/// they are. A pcap file becomes one section with one interface, its times in nanoseconds.
public enum AnnotatedCopy {
  /// What became of the comments.
  public struct Outcome: Sendable {
    /// How many were written.
    public fileprivate(set) var written = 0
    /// How many had no room: their packets stand in simple packet blocks, which have no options.
    public fileprivate(set) var withoutRoom = 0
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
    comment: (_ frame: Int) -> String?
  ) throws(CaptureFileError) -> Outcome {
    var blocks = PcapngBlockStream(name: source.name, input: try source.again())
    if try blocks.beginsSection() { return try copy(&blocks, to: descriptor, name: name, comment: comment) }
    let reader = CaptureReader(name: source.name, input: try source.again())
    return try convert(reader, to: descriptor, name: name, comment: comment)
  }

  /// Copies a pcapng file.
  private static func copy(
    _ blocks: inout PcapngBlockStream, to descriptor: Int32, name: String, comment: (_ frame: Int) -> String?
  ) throws(CaptureFileError) -> Outcome {
    var writer = PcapngWriter(descriptor: descriptor, name: name)
    var outcome = Outcome()
    while let block = try blocks.next() {
      let text = block.isPacket ? comment(blocks.packetCount) : nil
      let isWritten = writer.copy(blocks.bytes.span, block, blocks.order, comment: text)
      if isWritten { outcome.written += 1 } else if text != nil { outcome.withoutRoom += 1 }
    }
    writer.flush()
    if let failure = writer.failure { throw failure }
    return outcome
  }

  /// Writes a pcap file's packets anew.
  private static func convert(
    _ source: consuming CaptureReader, to descriptor: Int32, name: String, comment: (_ frame: Int) -> String?
  ) throws(CaptureFileError) -> Outcome {
    var reader = source
    var records: [PacketRecord] = []
    // The link type is known once something was read.
    var isMore = try reader.nextBatch(&records)
    var writer = try PcapngWriter(
      descriptor: descriptor, name: name, linkType: reader.linkTypes.first ?? .ethernet, snapshotLength: 0)
    var outcome = Outcome()
    while isMore {
      for record in records {
        let text = comment(record.frame)
        writer.write(
          reader.buffer.span, in: record.range, originalLength: record.originalLength, time: record.time ?? 0,
          comment: text)
        if text != nil { outcome.written += 1 }
      }
      isMore = try reader.nextBatch(&records)
    }
    writer.flush()
    if let failure = writer.failure { throw failure }
    return outcome
  }
}
