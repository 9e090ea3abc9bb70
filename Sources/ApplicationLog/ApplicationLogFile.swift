import Glibc

/// A file of calls that may still grow: an application log (JSON lines), or what strace writes.
public final class ApplicationLogFile {
  /// What stands in the file.
  public enum Format: Sendable {
    /// JSON lines, docs/application-log.md.
    case jsonLines
    /// strace(1) with -f -ttt -T -yy.
    case strace
  }

  /// Why the file cannot be opened or read.
  public struct Failure: Error, CustomStringConvertible {
    /// What and where, as a sentence.
    public let description: String
  }

  /// The file, as the user named it.
  public let path: String
  /// Lines that told no call, "log.jsonl:12: …", since the caller last emptied it.
  public var problems: [String] = []

  private let descriptor: Int32
  /// Where what is read is copied to.
  private var copy: Int32?
  private let format: Format
  private var strace = StraceLog()
  private var unread: [UInt8] = []
  private var lineNumber = 0
  /// A line longer than this is none.
  private static let longestLine = 1 << 20

  /// Opens a file.
  ///
  /// A pipe is read without waiting for what is not there yet.
  ///
  /// - Throws: `Failure`.
  public init(path: String, format: Format) throws(Failure) {
    self.path = path
    self.format = format
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Failure(description: "\(path) cannot be opened: \(ErrorName.text(errno)).")
    }
  }

  deinit { close(descriptor) }

  /// Copies what is read to `descriptor`, which is open for writing; its owner closes it.
  public func copy(to descriptor: Int32) { copy = descriptor }

  /// Whether the pipe that the file is has been opened for writing; what was written is kept for `newCalls(isLast:)`.
  public var hasWriter: Bool {
    let count = readPiece()
    return count > 0 || count < 0 && errno == EAGAIN
  }

  /// Reads what is there, at most a piece of it.
  ///
  /// - Returns: what read(2) returned, with its error in errno.
  private func readPiece() -> Int {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    let code = errno
    if count > 0 {
      unread += piece[..<count]
      if let copy { write(piece[..<count], to: copy) }
    }
    errno = code
    return count
  }

  private func write(_ octets: ArraySlice<UInt8>, to descriptor: Int32) {
    var rest = octets
    while !rest.isEmpty {
      // The kernel reads from the array's storage, at most its length.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR {
        copy = nil
        return problems.append("what strace wrote cannot be saved: \(ErrorName.text(errno))")
      }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// The calls of the whole lines that have been written since the last time.
  ///
  /// - Parameter isLast: whether a last line without its end is one too.
  /// - Returns: calls in the order of the lines. A blocked call may come as two: begun, and returned.
  /// - Throws: `Failure` where the file cannot be read.
  public func newCalls(isLast: Bool) throws(Failure) -> [ApplicationCall] {
    var calls: [ApplicationCall] = []
    takeLines(&calls)
    while true {
      let count = readPiece()
      if count < 0, errno != EAGAIN, errno != EINTR {
        throw Failure(description: "\(path) cannot be read: \(ErrorName.text(errno)).")
      }
      guard count > 0 else { break }
      takeLines(&calls)
    }
    if isLast, !unread.isEmpty {
      parse(unread[...], &calls)
      unread = []
    }
    return calls
  }

  private func takeLines(_ calls: inout [ApplicationCall]) {
    var start = unread.startIndex
    while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
      parse(unread[start..<end], &calls)
      start = end + 1
    }
    unread.removeSubrange(..<start)
    guard unread.count > Self.longestLine else { return }
    problems.append("\(path):\(lineNumber + 1): a line of more than \(Self.longestLine) octets; skipped")
    unread = []
  }

  private func parse(_ line: ArraySlice<UInt8>, _ calls: inout [ApplicationCall]) {
    lineNumber += 1
    let text = String(decoding: line, as: UTF8.self)
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    switch format {
    case .jsonLines:
      if let call = ApplicationCall(line: text) { return calls.append(call) }
      problems.append(
        "\(path):\(lineNumber): no call: a JSON object with time, process and call is wanted (docs/application-log.md)")
    case .strace:
      do throws(StraceLog.Problem) { calls += try strace.calls(of: text) } catch {
        problems.append("\(path):\(lineNumber): \(error.reason)")
      }
    }
  }
}
