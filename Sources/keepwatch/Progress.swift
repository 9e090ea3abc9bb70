import Glibc
import Reporting

/// How far a long replay has come, on standard error, where that is a terminal: one line that is written over.
struct Progress {
  /// Nanoseconds before the first line, and between two.
  private static let firstAfter: Int64 = 1_000_000_000
  private static let interval: Int64 = 200_000_000

  private let isTerminal = isatty(STDERR_FILENO) == 1
  /// The octets of all files; `nil` where one has no size, as standard input.
  private let total: Int?
  private var next = currentTime() + firstAfter
  private var isShown = false

  /// Progress through `files`.
  init(files: [String]) {
    let sizes = files.map(fileSize)
    total = sizes.contains(nil) ? nil : sizes.compactMap { $0 }.reduce(0, +)
  }

  /// Whether a line is to be written now.
  var isDue: Bool { isTerminal && currentTime() >= next }

  /// Writes the line.
  mutating func show(octets: Int, packets: Int) {
    next = currentTime() + Self.interval
    isShown = true
    let share = total.map { $0 > 0 ? "\(min(99, octets * 100 / $0)) %, " : "" } ?? ""
    write("\r\u{1b}[Kkeepwatch: \(share)\(counted(packets, "packet"))")
  }

  /// Takes the line away.
  mutating func end() {
    if isShown { write("\r\u{1b}[K") }
    isShown = false
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
