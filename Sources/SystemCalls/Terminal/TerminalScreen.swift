import CLinux
import Glibc

/// A terminal as a screen: written over as a whole, and keys read from it.
///
/// What stood there comes back at the end, and before a signal stops or ends the program.
public final class TerminalScreen {
  /// A key.
  public enum Key: Equatable, Sendable {
    /// One that writes a character.
    case character(Character)
    /// The cursor keys.
    case up, down, left, right
    /// A screen up or down, and to the first or the last.
    case pageUp, pageDown, home, end
    /// Enter.
    case enter
    /// Takes the character before the cursor away.
    case backspace
    /// Leaves what was begun.
    case escape
  }

  private var latest: [String] = []
  /// Whether the terminal is gone: its window was closed, its line cut.
  public private(set) var isGone = false

  /// Takes the terminal; `nil` where standard input and output are none, or one that can only write on (TERM=dumb).
  public init?() {
    guard environmentVariable("TERM") != "dumb", Descriptor.isTerminal(STDIN_FILENO),
      Descriptor.isTerminal(STDOUT_FILENO), linux_take_screen() == 0
    else {
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
    return Self.keys(in: String(decoding: octets, as: UTF8.self))
  }

  /// The sequences that a terminal sends for keys without a character (xterm's, ECMA-48), after the escape character.
  private static let sequences: [(text: String, key: Key)] = [
    ("[A", .up), ("OA", .up), ("[B", .down), ("OB", .down), ("[C", .right), ("OC", .right), ("[D", .left),
    ("OD", .left),
    ("[5~", .pageUp), ("[6~", .pageDown), ("[H", .home), ("OH", .home), ("[1~", .home), ("[F", .end), ("OF", .end),
    ("[4~", .end),
  ]

  /// The keys that a terminal's text stands for.
  public static func keys(in text: String) -> [Key] {
    var keys: [Key] = []
    var text = text[...]
    while let character = text.popFirst() {
      switch character {
      case "\u{1b}":
        if let sequence = sequences.first(where: { text.hasPrefix($0.text) }) {
          keys.append(sequence.key)
          text.removeFirst(sequence.text.count)
        } else if text.first == "[" {
          // Another key's sequence: up to its final character (ECMA-48 §5.4).
          text = text.dropFirst().drop { !("@"..."~").contains($0) }.dropFirst()
        } else {
          keys.append(.escape)
        }
      case "\n", "\r", "\r\n": keys.append(.enter)
      case "\u{7f}", "\u{8}": keys.append(.backspace)
      case _ where character.unicodeScalars.allSatisfy { $0.value >= 0x20 }: keys.append(.character(character))
      default: break
      }
    }
    return keys
  }
}
