import ApplicationLog
import ArgumentParser
import Glibc
import Reporting

/// Standard output, or another file, written in large pieces.
struct Output {
  /// Where it goes.
  let descriptor: Int32
  private var pending: [UInt8] = []

  init(descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

  /// Adds a line.
  mutating func line(_ text: String) {
    pending.append(contentsOf: text.utf8)
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= 1 << 16 { flush() }
  }

  /// Writes out what was added.
  ///
  /// A reader that has gone away ends the program, as it ends tcpdump (SIGPIPE).
  mutating func flush() {
    var start = 0
    while start < pending.count {
      // The kernel reads from the array's storage, at most to its end.
      let count = unsafe pending[start...].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { break }
      start += max(0, count)
    }
    pending.removeAll(keepingCapacity: true)
  }
}

/// Writes a text to a file, anew.
///
/// - Returns: whether that succeeded; otherwise a message was printed.
func writeFile(_ text: String, to output: OpenedOutput) -> Bool {
  let file = output.begin()
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    // The kernel reads from the array's storage, at most its length.
    let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
    if count < 0, errno != EINTR { break }
    rest = rest.dropFirst(max(0, count))
  }
  if rest.isEmpty { return true }
  complain("\(output.name) cannot be written: \(ErrorName.text(errno)).")
  return false
}

/// Messages about the lines of a log that are no calls: a few of them, and how many there are.
func complain(aboutLinesOf log: ApplicationLogFile) {
  let shown = 5
  for problem in log.problems.prefix(shown) { complain(problem) }
  if log.problems.count > shown { complain("\(log.path): \(counted(log.problems.count - shown, "more line")) skipped") }
  log.problems = []
}

/// A message on standard error, one line.
func complain(_ message: String) {
  let line = Array("keepwatch: \(message.printable)\n".utf8)
  _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
