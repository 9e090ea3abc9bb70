import ApplicationLog
import ArgumentParser
import Presenting
import SystemCalls

/// Standard output, or another file, written in large pieces.
final class Output {
  /// Where it goes.
  let descriptor: Int32
  /// What was the first to fail; nothing is written after it.
  private(set) var failure: WriteFailure?
  private let name: String
  private var pending: [UInt8] = []
  /// What a pipe holds at once (pipe(7)); a file is not written faster in larger pieces.
  private static let largestPending = 1 << 16

  /// What stands open as `descriptor`, called `name` where it cannot be written.
  init(descriptor: Int32 = Descriptor.standardOutput, name: String? = nil) {
    self.descriptor = descriptor
    self.name = name ?? (descriptor == Descriptor.standardError ? "standard error" : "standard output")
  }

  /// Adds a line.
  func line(_ text: String) {
    lines {
      $0.append(contentsOf: text.utf8)
      $0.append(UInt8(ascii: "\n"))
    }
  }

  /// Adds whole lines: what `add` appends.
  func lines(_ add: (inout [UInt8]) -> Void) {
    add(&pending)
    if pending.count >= Self.largestPending { flush() }
  }

  /// Adds a text; it stays in memory.
  func add(_ text: String) { pending.append(contentsOf: text.utf8) }

  /// Writes out what was added; where that fails, it is said at once.
  func flush() {
    if failure == nil {
      failure = writeWhole(pending, to: descriptor)
      if case .error(let code)? = failure { complain("\(name) cannot be written: \(ErrorName.text(code)).") }
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Writes out what was added, and ends the program where not everything could be written.
  ///
  /// - Throws: the exit status 1 after an error.
  func finish() throws {
    flush()
    try failure?.endProgram()
  }
}

/// Writes a text to a file, anew.
///
/// - Throws: the exit status 1, after a message, where that failed.
func write(_ text: String, to file: OpenedOutput) throws {
  if !writeFile(text, to: file) { throw ExitCode(1) }
}

/// Writes a text to a file, anew.
///
/// - Returns: whether that succeeded; otherwise a message was printed.
func writeFile(_ text: String, to file: OpenedOutput) -> Bool {
  let output = Output(descriptor: file.begin(), name: file.name)
  output.add(text)
  output.flush()
  if output.failure == .readerIsGone { complain("\(file.name) cannot be written: its reader is gone.") }
  return output.failure == nil
}

/// A message on standard error: one line, but on a terminal that is too narrow for it.
func complain(_ message: String) {
  let name = "keepwatch: "
  var lines = [name + message.printable]
  if let size = TerminalScreen.size(Descriptor.standardError) {
    var style = TextStyle(hasColour: false, isASCII: false)
    style.columns = size.columns
    lines = style.hanging(lines[0], indent: name.count)
  }
  // Where standard error cannot be written, there is nobody left to tell.
  _ = writeWhole(Array(lines.map { $0 + "\n" }.joined().utf8), to: Descriptor.standardError)
}
