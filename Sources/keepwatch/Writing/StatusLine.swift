import SystemCalls

/// One line on standard error that is written over, where that is a terminal; elsewhere nothing.
final class StatusLine {
  /// Whether it can be seen at all.
  let isTerminal = Descriptor.isTerminal(Descriptor.standardError)
  private var isShown = false

  /// Writes the line over the one before.
  func show(_ text: String) {
    guard isTerminal else { return }
    isShown = true
    write("\r\u{1b}[Kkeepwatch: \(text)")
  }

  /// Takes the line away.
  func clear() {
    if isShown { write("\r\u{1b}[K") }
    isShown = false
  }

  private func write(_ text: String) { _ = writeWhole(Array(text.utf8), to: Descriptor.standardError) }
}
