import CLinux
import Glibc

/// A terminal as a screen: written over as a whole, and keys read from it.
///
/// What stood there comes back at the end, and before a signal stops or ends the program.
public final class TerminalScreen {
  /// A key that means something.
  public enum Key {
    /// The cursor key, or k.
    case up
    /// The cursor key, or j.
    case down
    /// Enter, or the space bar.
    case enter
    /// q.
    case quit
  }

  private var latest: [String] = []
  /// Whether the terminal is gone: its window was closed, its line cut.
  public private(set) var isGone = false

  /// Takes the terminal; `nil` where standard input and output are none.
  public init?() {
    guard Descriptor.isTerminal(STDIN_FILENO), Descriptor.isTerminal(STDOUT_FILENO), linux_take_screen() == 0 else {
      return nil
    }
  }

  deinit { linux_leave_screen() }

  /// Whether it may be drawn, and keys be read: not while this program is in the background.
  public var isOurs: Bool { linux_screen_is_ours() != 0 }

  /// Whether the screen is to be drawn anew, since the last call: its size has changed, or something else stood there.
  public func takeStaleness() -> Bool {
    guard linux_screen_is_stale() != 0 else { return false }
    latest = []
    return true
  }

  /// The size of a terminal; `nil` where a descriptor is none.
  public static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard unsafe linux_terminal_size(descriptor, &columns, &rows) == 0 else { return nil }
    return (Int(columns), Int(rows))
  }

  /// Shows lines from the top; what stood there before is gone.
  public func show(_ lines: [String]) {
    guard lines != latest else { return }
    latest = lines
    let text = "\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J"
    if case .error? = writeWhole(Array(text.utf8), to: STDOUT_FILENO) { isGone = true }
  }

  /// The keys that were pressed since the last call.
  public func keys() -> [Key] {
    if Descriptor.hasHungUp(STDIN_FILENO) { isGone = true }
    guard let octets = try? Descriptor.read(STDIN_FILENO, atMost: 64), !octets.isEmpty else { return [] }
    var keys: [Key] = []
    var text = String(decoding: octets, as: UTF8.self)[...]
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
}
