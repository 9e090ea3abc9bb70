import CZlib
import SystemCalls

/// A stream of octets: a file, standard input, or memory; gzip is undone.
public struct ByteInput: ~Copyable {
  private enum Source {
    case file(InputFile)
    case memory([UInt8], next: Int)
  }

  private var source: Source
  private var gzip = GzipDecoder()
  private var isGzip = false
  /// Octets read from the source so far, before gzip is undone.
  public private(set) var octetsRead = 0
  /// Octets read to see whether they are gzip's.
  private var lookahead: [UInt8] = []
  private var lookaheadNext = 0
  private var isProbed = false

  /// The octets in `bytes`.
  public init(bytes: [UInt8]) {
    source = .memory(bytes, next: 0)
  }

  /// The file at `path`, or standard input for "-".
  ///
  /// - Throws: `ByteInputError` where it cannot be opened.
  public init(path: String) throws(ByteInputError) {
    if path == "-" {
      source = .file(.standardInput())
      return
    }
    let file: InputFile
    do throws(SystemError) { file = try InputFile(path: path) } catch {
      throw ByteInputError(problem: "cannot be opened: \(error.text)")
    }
    guard file.kind != .folder else {
      throw ByteInputError(problem: "is a directory; name the capture files in it")
    }
    source = .file(file)
  }

  private init(_ file: InputFile) { source = .file(file) }

  /// Whether `again()` is possible: a regular file was opened by its path.
  public var canBeReadAgain: Bool { if case .file(let file) = source { file.kind == .regular } else { false } }

  /// The same open file from its beginning, for a second reading: whatever lies at its path by now, whoever may open it.
  ///
  /// - Throws: `ByteInputError` where it is no regular file, or there is no descriptor left.
  public func again() throws(ByteInputError) -> ByteInput {
    guard case .file(let file) = source, file.kind == .regular else {
      throw ByteInputError(problem: "can be read only once")
    }
    do throws(SystemError) { return ByteInput(try file.again()) } catch {
      throw ByteInputError(problem: "cannot be opened again: \(error.text)")
    }
  }

  /// Reads what is there, at most up to the end of `buffer`, from `offset` on.
  ///
  /// - Returns: how many octets were read; 0 at the end.
  /// - Throws: `ByteInputError` where the file or the compressed stream cannot be read.
  public mutating func read(into buffer: inout [UInt8], from offset: Int) throws(ByteInputError) -> Int {
    if !isProbed { try probe() }
    guard isGzip else { return try readRaw(into: &buffer, from: offset) }
    while true {
      let count = try gzip.inflate(into: &buffer, from: offset)
      if count > 0 { return count }
      var compressed = [UInt8](repeating: 0, count: 1 << 16)
      let compressedCount = try readRaw(into: &compressed, from: 0)
      if compressedCount == 0 {
        guard gzip.isAtEnd else {
          throw ByteInputError(problem: "the compressed stream ends before its end marker: the file was cut off")
        }
        return 0
      }
      compressed.removeLast(compressed.count - compressedCount)
      gzip.feed(compressed)
    }
  }

  /// Looks at the first two octets: 0x1f 0x8b begin gzip's (RFC 1952 §2.3.1).
  private mutating func probe() throws(ByteInputError) {
    isProbed = true
    var first = [UInt8](repeating: 0, count: 2)
    var count = 0
    while count < 2 {
      let more = try readSource(into: &first, from: count)
      if more == 0 { break }
      count += more
    }
    lookahead = Array(first[..<count])
    if first == [0x1f, 0x8b] { isGzip = true }
  }

  private mutating func readRaw(into buffer: inout [UInt8], from offset: Int) throws(ByteInputError) -> Int {
    guard lookaheadNext < lookahead.count else { return try readSource(into: &buffer, from: offset) }
    let count = min(lookahead.count - lookaheadNext, buffer.count - offset)
    for index in 0..<count { buffer[offset + index] = lookahead[lookaheadNext + index] }
    lookaheadNext += count
    return count
  }

  private mutating func readSource(into buffer: inout [UInt8], from offset: Int) throws(ByteInputError) -> Int {
    switch source {
    case .memory(let bytes, let next):
      let count = min(bytes.count - next, buffer.count - offset)
      for index in 0..<count { buffer[offset + index] = bytes[next + index] }
      source = .memory(bytes, next: next + count)
      octetsRead += count
      return count
    case .file(let file):
      do throws(SystemError) {
        let count = try file.read(into: &buffer, from: offset, at: octetsRead)
        octetsRead += count
        return count
      } catch {
        throw ByteInputError(problem: "cannot be read: \(error.text)")
      }
    }
  }
}

/// Why a stream of octets could not be opened or read, as the rest of a sentence.
public struct ByteInputError: Error {
  /// What went wrong.
  public let problem: String
}
