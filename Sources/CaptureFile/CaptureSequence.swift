import PacketWire

/// Several capture files as the parts of one capture: their packets in the order of time.
///
/// A single file is handed out as it stands, also where its times go back. A file that cannot be read on is left behind
/// with its error, and the others go on.
public final class CaptureSequence {
  /// One of the files, and how far it has been read.
  public final class Part {
    /// The file's name as the user gave it.
    public let name: String
    /// Its reader.
    public fileprivate(set) var reader: CaptureReader
    /// The packets read and not yet handed out are those from `next` on.
    fileprivate var records: [PacketRecord] = []
    fileprivate var next = 0
    fileprivate var isAtEnd = false
    fileprivate var latestTime: Int64 = .min
    /// How far its clock is ahead of the others', in nanoseconds: taken off its packets' times.
    fileprivate var clockAhead: Int64 = 0
    /// How much later than by their times its packets are handed out, in nanoseconds.
    fileprivate var delay: Int64 = 0

    fileprivate init(name: String, input: consuming ByteInput) {
      self.name = name
      reader = CaptureReader(name: name, input: input)
    }

    /// Whether it is a regular file, which can be read a second time.
    public var canBeReadAgain: Bool { reader.canBeReadAgain }

    /// Its octets from the beginning, from the file that was opened.
    ///
    /// - Throws: `CaptureFileError` where it is none that can be read again.
    func again() throws(CaptureFileError) -> ByteInput {
      do throws(ByteInputError) { return try reader.inputAgain() } catch {
        throw CaptureFileError(file: name, offset: nil, packetsBefore: 0, problem: error.problem)
      }
    }
  }

  /// The files that could be opened.
  public private(set) var parts: [Part] = []
  /// What could not be opened, or not be read to its end.
  public private(set) var errors: [CaptureFileError] = []
  /// The files with packets left, as a heap: the one with the earliest next packet stands first.
  ///
  /// The two at 2n + 1 and 2n + 2 come after the one at n. So a packet of many files costs no search through all of them.
  private var order: [Int] = []
  private var isOrdered = false

  /// A sequence without files.
  public init() {}

  /// Adds a file, or standard input for "-".
  public func add(path: String) {
    do throws(ByteInputError) {
      parts.append(Part(name: path, input: try ByteInput(path: path)))
    } catch {
      errors.append(CaptureFileError(file: path, offset: nil, packetsBefore: 0, problem: error.problem))
    }
  }

  /// Tells how the packets of the first file begin, as soon as it tells that, before any packet has come.
  public func whenBegun(_ take: @escaping (LinkType) -> Void) { parts.first?.reader.whenBegun = take }

  /// Adds what was found wrong with a file after it was read.
  public func addError(file: Int, _ problem: String) {
    errors.append(
      CaptureFileError(
        file: parts[file].name, offset: nil, packetsBefore: parts[file].reader.packetCount, problem: problem))
  }

  /// Adds the file of another sequence's part a second time.
  public func add(again part: Part) {
    do throws(CaptureFileError) { parts.append(Part(name: part.name, input: try part.again())) } catch {
      errors.append(error)
    }
  }

  /// Corrects the times of a file whose clock is ahead, and hands its packets out later than their times say.
  ///
  /// So a packet that an earlier named file has too comes from that one first.
  ///
  /// - Parameters:
  ///   - file: the file's number.
  ///   - clockAhead: nanoseconds to be taken off its times.
  ///   - delay: nanoseconds by which its packets wait.
  public func correct(file: Int, clockAhead: Int64, delay: Int64) {
    parts[file].clockAhead = clockAhead
    parts[file].delay = delay
  }

  /// Adds a file that lies in memory.
  public func add(name: String, bytes: [UInt8]) {
    parts.append(Part(name: name, input: ByteInput(bytes: bytes)))
  }

  /// Hands out the next packets: some of one file, whose octets lie in its reader's buffer until the next call.
  ///
  /// - Parameter take: called once with the file's number, the octets and the packets.
  /// - Returns: `false` at the end of all files, without a call.
  public func nextBatch(
    _ take: (_ file: Int, _ bytes: Span<UInt8>, _ records: ArraySlice<PacketRecord>) -> Void
  ) -> Bool {
    prepareFirst()
    guard let file = order.first else { return false }
    let part = parts[file]
    let end = parts.count == 1 ? part.records.count : endOfRun(part)
    let run = part.records[part.next..<end]
    part.next = end
    if let last = run.last?.time { part.latestTime = last }
    take(file, part.reader.buffer.span, run)
    return true
  }

  /// Sees to it that the file with the earliest next packet stands first in `order`.
  private func prepareFirst() {
    guard isOrdered else {
      isOrdered = true
      for part in parts { refill(part) }
      order = parts.indices.filter { !parts[$0].isAtEnd }
      for place in stride(from: order.count / 2 - 1, through: 0, by: -1) { moveDown(place) }
      return
    }
    guard let first = order.first else { return }
    // Only now, as the octets of what was handed out hold until the next call.
    if parts[first].next == parts[first].records.count { refill(parts[first]) }
    if parts[first].isAtEnd {
      order.swapAt(0, order.count - 1)
      order.removeLast()
    }
    moveDown(0)
  }

  private func refill(_ part: Part) {
    guard !part.isAtEnd else { return }
    part.next = 0
    do throws(CaptureFileError) {
      part.isAtEnd = try !part.reader.nextBatch(&part.records)
    } catch {
      part.isAtEnd = true
      errors.append(error)
    }
    if part.isAtEnd { part.records = [] }
    guard part.clockAhead != 0 else { return }
    for index in part.records.indices {
      part.records[index].time = part.records[index].time.map { PacketTime.before($0, by: part.clockAhead) }
    }
  }

  /// Whether a file's next packet comes before another's; of two at one time the earlier named file's.
  private func isEarlier(_ one: Int, _ other: Int) -> Bool {
    (nextTime(parts[one]), one) < (nextTime(parts[other]), other)
  }

  /// Moves the file at `start` down the heap until it comes before those below it.
  private func moveDown(_ start: Int) {
    var place = start
    while true {
      let below = [2 * place + 1, 2 * place + 2].filter { $0 < order.count }
      guard let earliest = below.min(by: { isEarlier(order[$0], order[$1]) }), isEarlier(order[earliest], order[place])
      else { return }
      order.swapAt(place, earliest)
      place = earliest
    }
  }

  /// A packet without a time is taken to be as late as the one before it.
  private func nextTime(_ part: Part) -> Int64 {
    (part.records[part.next].time ?? part.latestTime) &+ part.delay
  }

  /// How far the packets of the first file in `order` go before another file's next: one of the two below it in the heap.
  private func endOfRun(_ part: Part) -> Int {
    let limit = order.dropFirst().prefix(2).map { nextTime(parts[$0]) }.min() ?? .max
    var end = part.next + 1
    while end < part.records.count, (part.records[end].time ?? part.latestTime) &+ part.delay <= limit { end += 1 }
    return end
  }
}
