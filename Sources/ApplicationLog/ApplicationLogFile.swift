import SystemCalls

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
  public var problems: [String] = [] {
    didSet { if problems.isEmpty { problemsBeyond = 0 } }
  }
  /// How many more such lines there were: of a file that is no log at all, not every line is kept.
  public private(set) var problemsBeyond = 0

  /// Why not all that was read could be copied (errno); `nil` where it could.
  public private(set) var copyFailure: Int32?

  private let file: InputFile
  /// Where what is read is copied to.
  private var copy: Int32?
  private let format: Format
  private var strace = StraceLog()
  private var unread: [UInt8] = []
  private var lineNumber = 0
  /// So many problems are kept.
  private static let mostProblems = 100
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
    do throws(SystemError) { file = try InputFile(path: path, isWaiting: false) } catch {
      throw Failure(description: "\(path) cannot be opened: \(error.text).")
    }
  }

  /// Copies what is read to `descriptor`, which is open for writing; its owner closes it.
  public func copy(to descriptor: Int32) { copy = descriptor }

  /// Whether the pipe that the file is has been opened for writing; what was written is kept for `newCalls(isLast:)`.
  public var hasWriter: Bool {
    do throws(SystemError) { return try readPiece() > 0 } catch { return error.isNothingYet }
  }

  /// Reads what is there, at most a piece of it.
  ///
  /// - Returns: how many octets that was; 0 at the end, and where nobody has opened a pipe for writing.
  private func readPiece() throws(SystemError) -> Int {
    let piece = try file.read(atMost: 1 << 16)
    unread += piece
    if let copy, let error = Descriptor.write(piece, to: copy).error {
      self.copy = nil
      copyFailure = error.code
      problems.append("what strace wrote cannot be saved: \(error.text)")
    }
    return piece.count
  }

  /// The calls of the whole lines that have been written since the last time.
  ///
  /// - Parameter isLast: whether a last line without its end is one too.
  /// - Returns: calls in the order of the lines. A blocked call may come as two: begun, and returned.
  /// - Throws: `Failure` where the file cannot be read.
  public func newCalls(isLast: Bool) throws(Failure) -> [ApplicationCall] {
    var calls: [ApplicationCall] = []
    takeLines(&calls)
    var pieces = 0
    // While it is written, whoever writes more than this waits, and not what else is watched.
    while !isGrowing || isLast || pieces < Self.mostPieces {
      pieces += 1
      do throws(SystemError) {
        guard try readPiece() > 0 else { break }
      } catch {
        if error.isNothingYet || error.isInterrupted { break }
        throw Failure(description: "\(path) cannot be read: \(error.text).")
      }
      takeLines(&calls)
    }
    if isLast, !unread.isEmpty {
      parse(unread[...], &calls)
      unread = []
    }
    if format == .strace, isGrowing {
      let partial = String(decoding: unread.prefix(Self.longestBeginning), as: UTF8.self).printable
      calls += strace.waitingCalls(since: currentTime() - Self.shortestWait, partial: partial)
    }
    return calls
  }

  /// What a program is called that strace was attached to.
  public func name(program: String) { strace.latestProgram = program }

  /// So many pieces of a growing file are read at once.
  private static let mostPieces = 4

  /// Whether the file is written while it is read, so that calls which have not returned wait now.
  public var isGrowing = false
  /// A call that has not returned for so long waits, in nanoseconds.
  private static let shortestWait: Int64 = 250_000_000
  /// So many octets of a line without an end are looked at.
  private static let longestBeginning = 4096

  private func note(_ problem: String) {
    if problems.count < Self.mostProblems { problems.append(problem) } else { problemsBeyond += 1 }
  }

  private func takeLines(_ calls: inout [ApplicationCall]) {
    var start = unread.startIndex
    while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
      parse(unread[start..<end], &calls)
      start = end + 1
    }
    unread.removeSubrange(..<start)
    guard unread.count > Self.longestLine else { return }
    note("\(path):\(lineNumber + 1): a line of more than \(Self.longestLine) octets; skipped")
    unread = []
  }

  private func parse(_ line: ArraySlice<UInt8>, _ calls: inout [ApplicationCall]) {
    lineNumber += 1
    let text = String(decoding: line, as: UTF8.self)
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    switch format {
    case .jsonLines:
      if let call = ApplicationCall(line: text) { return calls.append(call) }
      note(
        "\(path):\(lineNumber): no call: a JSON object with time (nanoseconds since 1970, before 2261), process and call is wanted (docs/application-log.md)"
      )
    case .strace:
      do throws(StraceLog.Problem) { calls += try strace.calls(of: text.printable) } catch {
        note("\(path):\(lineNumber): \(error.reason)")
      }
    }
  }
}
