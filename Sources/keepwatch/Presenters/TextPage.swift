import Presenting

/// How a presenter writes text for people: where, how it may look, and in which zone its times are.
struct TextPage {
  let output: Output
  let style: TextStyle
  let zone: TimeZoneChoice

  /// Writes a line.
  func line(_ text: String) { output.line(style.ascii(text)) }

  /// Writes lines.
  func lines(_ texts: [String]) { for text in texts { line(text) } }
}
