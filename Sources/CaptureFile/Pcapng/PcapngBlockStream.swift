/// The blocks of a pcapng file, one after the other, each whole.
struct PcapngBlockStream: ~Copyable {
  private static let readSize = 1 << 20

  private let name: String
  private var input: ByteInput
  private var walker = PcapngBlockWalker()
  /// What was read; the octets before `start` are used up.
  private(set) var bytes = [UInt8](repeating: 0, count: readSize)
  private var start = 0
  private var end = 0
  /// Where `bytes` begins in the file.
  private var offset = 0
  /// Octets of the block that was handed out last.
  private var latestLength = 0
  /// How many packets were handed out, the latest block's among them.
  private(set) var packetCount = 0

  /// The byte order of the latest block.
  var order: ByteOrder { walker.order }

  init(name: String, input: consuming ByteInput) {
    self.name = name
    self.input = input
  }

  /// Whether the file is pcapng at all; to be asked before the first block.
  mutating func beginsSection() throws(CaptureFileError) -> Bool {
    try fill(4) && PcapngBlockWalker.begins(bytes.span, at: start)
  }

  /// The next block, whose octets lie in `bytes` until the next call; `nil` at the end of the file.
  ///
  /// - Throws: `CaptureFileError` where the file cannot be read on.
  mutating func next() throws(CaptureFileError) -> PcapngBlock? {
    start += latestLength
    latestLength = 0
    guard try fill(PcapngBlockWalker.headLength) else {
      guard start == end else { throw failure("the file ends within a block: it was cut off") }
      return nil
    }
    var walker = walker
    var block: PcapngBlock
    do throws(FormatProblem) { block = try walker.block(bytes.span, at: start) } catch { throw failure(error.text) }
    self.walker = walker
    guard try fill(block.length) else { throw failure("the file ends within a block: it was cut off") }
    // What was there may have been moved to the front.
    block.start = start
    do throws(FormatProblem) { try walker.checkEnd(of: block, bytes.span) } catch { throw failure(error.text) }
    latestLength = block.length
    if block.isPacket { packetCount += 1 }
    return block
  }

  /// Sees to it that `count` octets lie at `start`; `false` where the file ends before.
  private mutating func fill(_ count: Int) throws(CaptureFileError) -> Bool {
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

  private func failure(_ problem: String) -> CaptureFileError {
    CaptureFileError(file: name, offset: offset + start, packetsBefore: packetCount, problem: problem)
  }
}
