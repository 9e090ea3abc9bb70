import Presenting

/// How a presenter writes text for people: where, how it may look, in which zone its times are, and how
/// long it may be.
struct TextPage {
  let output: Output
  let style: TextStyle
  let zone: TimeZoneChoice
  /// How much of it can be seen at once.
  var room = ScreenRoom.pipe

  /// Writes a line; prose that is too long for one goes into several.
  func line(_ text: String) {
    for line in style.fitted(text) { output.line(style.ascii(line)) }
  }

  /// Writes a line of a log, which begins with its time: it is one, as programs read it too, but on a terminal that is too
  /// narrow for it.
  func logLine(_ text: String) {
    for line in room.isTerminal ? style.hanging(text, indent: 14) : [text] { output.line(style.ascii(line)) }
  }

  /// Writes lines.
  func lines(_ texts: [String]) { for text in texts { line(text) } }
}
