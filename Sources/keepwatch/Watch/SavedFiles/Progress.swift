import Presenting
import SystemCalls

/// How far a long replay has come, on a terminal's status line.
struct Progress {
  /// Nanoseconds before the first line, and between two.
  private static let firstAfter: Int64 = 1_000_000_000
  private static let interval: Int64 = 200_000_000

  private let line = StatusLine()
  /// The octets of all files; `nil` where one has no size, as standard input.
  private let total: Int?
  private var next = currentTime() + firstAfter

  /// Progress through `files`.
  init(files: [String]) {
    let sizes = files.map(FileSystem.size)
    total = sizes.contains(nil) ? nil : sizes.compactMap { $0 }.reduce(0, +)
  }

  /// Whether a line is to be written now.
  var isDue: Bool { line.isTerminal && currentTime() >= next }

  /// Writes the line.
  mutating func show(octets: Int, packets: Int) {
    next = currentTime() + Self.interval
    let share = total.map { $0 > 0 ? "\(min(99, octets * 100 / $0)) %, " : "" } ?? ""
    line.show("\(share)\(counted(packets, "packet"))")
  }

  /// Takes the line away.
  func end() { line.clear() }
}
