import Glibc

/// Standard output, written in large pieces.
struct Output {
  private var pending: [UInt8] = []
  /// Whether standard output is a terminal.
  let isTerminal = isatty(STDOUT_FILENO) == 1

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
      let count = unsafe pending[start...].withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { break }
      start += max(0, count)
    }
    pending.removeAll(keepingCapacity: true)
  }
}

/// A message on standard error, one line.
func complain(_ message: String) {
  let line = Array("keepwatch: \(message)\n".utf8)
  _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
