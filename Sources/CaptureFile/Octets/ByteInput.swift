import CLinux
import CZlib
import FileNames
import Glibc

/// A stream of octets: a file, standard input, or memory; gzip is undone.
public struct ByteInput: ~Copyable {
  private enum Source {
    case standardInput
    /// A pipe, a device.
    case descriptor(Int32)
    /// A regular file, which is read by offsets of one's own: it can be read again, and twice at a time.
    case file(Int32)
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
      source = .standardInput
      return
    }
    let descriptor = unsafe open(FileName.octets(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ByteInputError(problem: "cannot be opened: \(errorText(errno))") }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw ByteInputError(problem: "is a directory; name the capture files in it")
    }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    source = status.st_mode & S_IFMT == S_IFREG ? .file(descriptor) : .descriptor(descriptor)
  }

  private init(file descriptor: Int32) { source = .file(descriptor) }

  deinit {
    switch source {
    case .descriptor(let descriptor), .file(let descriptor): close(descriptor)
    case .standardInput, .memory: break
    }
  }

  /// Whether `again()` is possible: a regular file was opened by its path.
  public var canBeReadAgain: Bool { if case .file = source { true } else { false } }

  /// The same open file from its beginning, for a second reading: whatever lies at its path by now, whoever may open it.
  ///
  /// - Throws: `ByteInputError` where it is no regular file, or there is no descriptor left.
  public func again() throws(ByteInputError) -> ByteInput {
    guard case .file(let descriptor) = source else { throw ByteInputError(problem: "can be read only once") }
    let second = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard second >= 0 else { throw ByteInputError(problem: "cannot be opened again: \(errorText(errno))") }
    return ByteInput(file: second)
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
    case .standardInput: return try readDescriptor(STDIN_FILENO, at: nil, into: &buffer, from: offset)
    case .descriptor(let descriptor): return try readDescriptor(descriptor, at: nil, into: &buffer, from: offset)
    case .file(let descriptor): return try readDescriptor(descriptor, at: octetsRead, into: &buffer, from: offset)
    }
  }

  private mutating func readDescriptor(
    _ descriptor: Int32, at position: Int?, into buffer: inout [UInt8], from offset: Int
  ) throws(ByteInputError) -> Int {
    while true {
      // The kernel writes into the array's storage from `offset` on, at most to its end.
      let count = unsafe buffer.withUnsafeMutableBytes { storage in
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: storage[offset...])
        guard let position else { return unsafe linux_read(descriptor, room.baseAddress, room.count) }
        return unsafe pread(descriptor, room.baseAddress, room.count, off_t(position))
      }
      if count >= 0 {
        octetsRead += count
        return count
      }
      guard errno == EINTR else { throw ByteInputError(problem: "cannot be read: \(errorText(errno))") }
    }
  }
}

/// Why a stream of octets could not be opened or read, as the rest of a sentence.
public struct ByteInputError: Error {
  /// What went wrong.
  public let problem: String
}

/// The C library's words for an error number.
func errorText(_ code: Int32) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}
