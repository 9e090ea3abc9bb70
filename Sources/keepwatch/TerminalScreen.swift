import CLinux
import Glibc

/// A terminal as a screen: written over as a whole, and keys read from it.
///
/// What stood there comes back at the end.
final class TerminalScreen {
  /// A key that means something.
  enum Key {
    case up
    case down
    case enter
    case quit
  }

  private var latest: [String] = []

  /// Takes the terminal; `nil` where standard input and output are none.
  init?() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, linux_read_keys(STDIN_FILENO, 1) == 0 else {
      return nil
    }
    // The other screen of the terminal, without a cursor (xterm's control sequences).
    write("\u{1b}[?1049h\u{1b}[?25l")
  }

  deinit {
    write("\u{1b}[?25h\u{1b}[?1049l")
    _ = linux_read_keys(STDIN_FILENO, 0)
  }

  /// The size of a terminal; `nil` where a descriptor is none.
  static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard unsafe linux_terminal_size(descriptor, &columns, &rows) == 0 else { return nil }
    return (Int(columns), Int(rows))
  }

  /// Shows lines from the top; what stood there before is gone.
  func show(_ lines: [String]) {
    guard lines != latest else { return }
    latest = lines
    write("\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
  }

  /// The keys that were pressed since the last call.
  func keys() -> [Key] {
    var bytes = [UInt8](repeating: 0, count: 64)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
    guard count > 0 else { return [] }
    var keys: [Key] = []
    var text = String(decoding: bytes[..<count], as: UTF8.self)[...]
    while let character = text.popFirst() {
      switch character {
      case "\u{1b}" where text.hasPrefix("[A") || text.hasPrefix("OA"):
        keys.append(.up)
        text.removeFirst(2)
      case "\u{1b}" where text.hasPrefix("[B") || text.hasPrefix("OB"):
        keys.append(.down)
        text.removeFirst(2)
      case "k": keys.append(.up)
      case "j": keys.append(.down)
      case "\n", "\r", " ": keys.append(.enter)
      case "q": keys.append(.quit)
      default: break
      }
    }
    return keys
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    // The kernel reads from the array's storage, exactly its length.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }
}
