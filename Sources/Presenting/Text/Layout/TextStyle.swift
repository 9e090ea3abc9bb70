import Findings
import Glibc

/// How text may look where it goes: colour and width of a terminal, or plain; UTF-8 or ASCII.
public struct TextStyle: Sendable {
  /// Whether colour may be used: on a terminal, unless NO_COLOR is set (no-color.org).
  public var hasColour: Bool
  /// Whether only ASCII may be used: where the locale is not UTF-8.
  public var isASCII: Bool
  /// How many columns lines may take: a terminal's; in a pipe or a file, what a page or a mail shows.
  public var columns = 100

  /// A style from its parts.
  public init(hasColour: Bool, isASCII: Bool) {
    self.hasColour = hasColour
    self.isASCII = isASCII
  }

  /// The style for standard output, or another file that is open.
  public static func of(descriptor: Int32 = STDOUT_FILENO) -> TextStyle {
    let noColour = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? "C"
    let isUTF8 = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    // A dumb terminal shows escape sequences as they are (terminfo's entry "dumb" has no colours).
    let isDumb = environment("TERM") == "dumb"
    return TextStyle(hasColour: isatty(descriptor) == 1 && !noColour && !isDumb, isASCII: !isUTF8)
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  var right: String { isASCII ? "->" : "→" }
  var left: String { isASCII ? "<-" : "←" }
  var diamond: String { isASCII ? "*" : "◆" }
  var cross: String { isASCII ? "x" : "✖" }
  var hollow: String { isASCII ? "+" : "▫" }
  var dots: String { isASCII ? ":" : "┆" }

  func red(_ text: String) -> String { colour(text, "31") }
  func green(_ text: String) -> String { colour(text, "32") }
  func yellow(_ text: String) -> String { colour(text, "33") }
  func bold(_ text: String) -> String { colour(text, "1") }
  func dim(_ text: String) -> String { colour(text, "2") }

  private func colour(_ text: String, _ code: String) -> String {
    hasColour && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  /// `text` followed by spaces up to `width` columns, at least one; colour takes no width.
  func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - Self.width(text)))
  }

  /// `text` led by spaces up to `width` columns.
  func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - Self.width(text))) + text
  }

  /// The columns of `text`, without escape sequences.
  static func width(_ text: String) -> Int {
    var width = 0
    var isInEscape = false
    for character in text {
      if character == "\u{1b}" { isInEscape = true }
      if !isInEscape { width += 1 }
      if isInEscape, character == "m" { isInEscape = false }
    }
    return width
  }

  /// `text` in ASCII where that is asked for.
  public func ascii(_ text: String) -> String {
    guard isASCII else { return text }
    let replacements: [Character: String] = [
      "→": "->", "←": "<-", "◆": "*", "✖": "x", "✗": "x", "┆": ":", "─": "-", "┄": "-", "…": "...", "≈": "~", "≥": ">=",
      "≤": "<=", "–": "-", "µ": "u", "○": "o", "▪": "#", "■": "F", "│": "|", "╱": "/", "⇄": "<->", "×": "x",
      "−": "-", "§": "section ", "▶": ">", "◀": "<", "·": "|",
      "╌": "~", "⋅": ".", "▫": "+", "◇": "?", "╵": "'", "↑": "up", "↓": "down", "▲": "^", "▼": "v",
    ]
    return String(text.map { replacements[$0] ?? String($0) }.joined())
  }
}

extension TextStyle {
  /// A verdict's word, red where a connection was lost, yellow where it may be, green where it is well.
  func coloured(_ verdict: Verdict) -> String {
    switch verdict {
    case .dead, .reset, .stalled: red(verdict.rawValue)
    case .blocked, .unanswered, .unknown: yellow(verdict.rawValue)
    case .answered: green(verdict.rawValue)
    case .closed, .notProbed: verdict.rawValue
    }
  }
}
