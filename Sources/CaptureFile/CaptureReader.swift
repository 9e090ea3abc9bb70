import PacketWire

/// Reads a capture file of either format, a batch of packets at a time.
///
/// The packets' octets stay where they were read, in `buffer`; a batch's records point into it and hold until the
/// next call. Whatever stands before a damaged or missing part is handed out before the error is thrown.
public struct CaptureReader: ~Copyable {
  /// A packet may have at most this many octets, as in libpcap (MAXIMUM_SNAPLEN): anything longer is damage.
  public static let maximumPacketLength = 262_144
  /// A pcapng block may have at most this many octets, as in libpcap (MAX_BLOCKSIZE).
  public static let maximumBlockLength = 16 * 1024 * 1024
  /// At most this many packets make a batch: their records stay in the cache, and what is done once a batch costs little.
  public static let batchLimit = 256
  /// Octets read at a time: of 64 KiB to 1 MiB the last took the least CPU time (scripts/bench).
  private static let readSize = 1024 * 1024
  /// A small file need not pay for so much memory.
  private static let firstReadSize = 64 * 1024

  /// The file's name as the user gave it.
  public let name: String
  /// The octets that the last batch's records point into.
  public private(set) var buffer: [UInt8]
  /// How many packets have been read.
  public private(set) var packetCount = 0

  /// Octets of the file that were read so far, as it lies on the disk.
  public var octetsRead: Int { input.octetsRead }

  /// Whether its file can be read a second time.
  var canBeReadAgain: Bool { input.canBeReadAgain }

  /// The file's octets from the beginning.
  func inputAgain() throws(ByteInputError) -> ByteInput { try input.again() }

  private var input: ByteInput
  /// Which octets of `buffer` are read from the file and not yet used.
  private var pending = 0..<0
  /// The file's offset of `buffer`'s first octet.
  private var bufferOffset = 0
  /// Octets of an unneeded block that are still to be passed over.
  private var passOver = 0
  private var format: Format?
  private var deferredError: CaptureFileError?
  /// Is told, once, how packets begin, as soon as the file tells it: in a stream the first packet may be long in coming.
  var whenBegun: ((LinkType) -> Void)?

  enum Format {
    case pcap(PcapFormat)
    case pcapng(PcapngFormat)
  }

  /// A reader of `input`.
  public init(name: String, input: consuming ByteInput) {
    self.name = name
    self.input = input
    buffer = [UInt8](repeating: 0, count: Self.firstReadSize)
  }

  /// The packets that the capturing host says it lost, summed over the interfaces; `nil` where the file does not tell.
  public var dropped: Int? {
    guard case .pcapng(let format) = format else { return nil }
    return format.dropped
  }

  /// What of the file was left out so far because of a bound, as a sentence without its end; `nil` where nothing was.
  public var leftOut: String? {
    guard case .pcapng(let format) = format, format.leftOut.interfaces > 0 else { return nil }
    return
      "\(format.leftOut.interfaces) interface descriptions beyond the first \(PcapngFormat.maximumInterfaces) of a section "
      + "were not kept, and \(format.leftOut.packets) packets of theirs not decoded: split the file by its interfaces"
  }

  /// "pcap", "pcapng"; `nil` before the first batch.
  public var formatName: String? {
    switch format {
    case .pcap: "pcap"
    case .pcapng: "pcapng"
    case nil: nil
    }
  }

  /// The link types of the file's interfaces so far.
  public var linkTypes: [LinkType] {
    switch format {
    case .pcap(let format): [format.linkType]
    case .pcapng(let format): format.linkTypesSeen
    case nil: []
    }
  }

  /// Reads on: replaces `records` by the next packets, at least one.
  ///
  /// - Returns: `false` at the end of the file, with no record.
  /// - Throws: `CaptureFileError` where the file cannot be read on; all packets before have been handed out.
  public mutating func nextBatch(_ records: inout [PacketRecord]) throws(CaptureFileError) -> Bool {
    records.removeAll(keepingCapacity: true)
    if let deferredError { throw deferredError }
    do throws(CaptureFileError) {
      while records.isEmpty {
        if format == nil {
          guard try readHeader() else { return false }
        }
        let needed = try parse(into: &records)
        if let whenBegun, let linkType = linkTypes.first {
          self.whenBegun = nil
          whenBegun(linkType)
        }
        if records.isEmpty {
          guard try fill(atLeast: needed) else { return false }
        }
      }
    } catch {
      guard !records.isEmpty else { throw error }
      deferredError = error
    }
    return true
  }

  /// Finds the packets that lie whole in the buffer.
  ///
  /// - Returns: how many octets must be pending before anything more can be found.
  private mutating func parse(into records: inout [PacketRecord]) throws(CaptureFileError) -> Int {
    passOverPending()
    guard passOver == 0 else { return 1 }
    var outcome = ParseOutcome(next: pending.lowerBound, packetCount: packetCount)
    switch format {
    case .pcap(let pcap):
      pcap.parse(buffer.span, pending, &outcome, into: &records)
    case .pcapng(var pcapng):
      format = nil  // so that the state is not copied while it grows
      pcapng.parse(buffer.span, pending, &outcome, into: &records)
      format = .pcapng(pcapng)
    case nil:
      break
    }
    pending = outcome.next..<pending.upperBound
    packetCount = outcome.packetCount
    passOver = outcome.passOver
    if let problem = outcome.problem { throw failure(problem) }
    passOverPending()
    return passOver > 0 ? 1 : outcome.needed
  }

  private mutating func passOverPending() {
    let count = min(passOver, pending.count)
    pending = pending.lowerBound + count..<pending.upperBound
    passOver -= count
  }

  /// Reads the beginning of the file and finds its format; `false` for an empty standard input or file.
  private mutating func readHeader() throws(CaptureFileError) -> Bool {
    while pending.count < 4, try readMore() {}
    guard pending.count >= 4 else {
      throw failure(pending.isEmpty ? "the file is empty" : "the file ends within its first four octets")
    }
    if PcapngBlockWalker.begins(buffer.span, at: pending.lowerBound) {
      format = .pcapng(PcapngFormat())
      return true
    }
    guard let order = PcapFormat.order(buffer.span, at: pending.lowerBound) else {
      while pending.count < ForeignFormat.headLength, try readMore() {}
      let head = Array(buffer[pending].prefix(ForeignFormat.headLength))
      throw failure(ForeignFormat(head)?.problem(file: name) ?? ForeignFormat.unknown(file: name))
    }
    while pending.count < PcapFormat.headerLength, try readMore() {}
    guard pending.count >= PcapFormat.headerLength else {
      throw failure("the pcap file header has 24 octets, but the file ends after \(pending.count)")
    }
    switch PcapFormat.decode(buffer.span, at: pending.lowerBound, order: order) {
    case .success(let header): format = .pcap(header)
    case .failure(let problem): throw failure(problem.text)
    }
    pending = pending.lowerBound + PcapFormat.headerLength..<pending.upperBound
    return true
  }

  /// Sees to it that `count` octets are pending; `false` where the file ended at the end of a record.
  private mutating func fill(atLeast count: Int) throws(CaptureFileError) -> Bool {
    if pending.isEmpty, passOver == 0 {
      return try readMore()
    }
    let before = pending.count
    while pending.count < max(count, 1) {
      guard try !readMore() else { continue }
      if passOver > 0 {
        throw failure("a block goes on for \(passOver) more octets, but the file ends: it was cut off")
      }
      throw failure(
        "\(format?.unit ?? "record") needs \(count) octets, but the file ends after \(pending.count): it was cut off")
    }
    return pending.count > before || pending.count >= count
  }

  /// Reads once, after making room; `false` at the end of the file.
  private mutating func readMore() throws(CaptureFileError) -> Bool {
    if pending.lowerBound > 0 {
      for index in 0..<pending.count { buffer[index] = buffer[pending.lowerBound + index] }
      bufferOffset += pending.lowerBound
      pending = 0..<pending.count
    }
    if pending.count == buffer.count {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    } else if input.octetsRead >= Self.firstReadSize, buffer.count < Self.readSize {
      buffer.append(contentsOf: repeatElement(0, count: Self.readSize - buffer.count))
    }
    do throws(ByteInputError) {
      let count = try input.read(into: &buffer, from: pending.count)
      pending = 0..<pending.count + count
      return count > 0
    } catch {
      throw failure(error.problem)
    }
  }

  private func failure(_ problem: String) -> CaptureFileError {
    CaptureFileError(
      file: name, offset: bufferOffset + pending.lowerBound, packetsBefore: packetCount, problem: problem)
  }
}

extension CaptureReader.Format {
  /// What the file is made of.
  var unit: String {
    switch self {
    case .pcap: "a packet record"
    case .pcapng: "a block"
    }
  }
}

/// How far a format's parser came.
struct ParseOutcome {
  /// Where to go on in the buffer.
  var next: Int
  /// Packets read so far.
  var packetCount: Int
  /// How many octets must be pending before anything more can be found.
  var needed = 1
  /// How many octets after `next` are to be passed over unseen.
  var passOver = 0
  /// What is wrong at `next`, if anything is.
  var problem: String?
}

/// What is wrong with a header, as the rest of a sentence.
struct FormatProblem: Error {
  let text: String
}
