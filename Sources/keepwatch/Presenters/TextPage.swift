import Presenting

/// How a presenter writes text for people: where, how it may look, in which zone its times are, and how
/// long it may be.
struct TextPage {
  let output: Output
  let style: TextStyle
  let zone: TimeZoneChoice
  /// How much of it can be seen at once.
  var room = ScreenRoom.pipe

  /// Writes a line.
  func line(_ text: String) { output.line(style.ascii(text)) }

  /// Writes lines.
  func lines(_ texts: [String]) { for text in texts { line(text) } }
}
