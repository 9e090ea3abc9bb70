import KernelView

extension SocketState {
  /// "ESTAB, keepalive timer, 0 unanswered, next in 1.98 s".
  public var text: String {
    var parts = [state, timerName]
    if timer == .keepalive || timer == .windowProbe { parts.append("\(unanswered) unanswered") }
    if let timeLeft { parts.append("next in \(DurationText.text(timeLeft))") }
    return parts.joined(separator: ", ")
  }

  /// Seconds until its timer fires; `nil` where none runs.
  var timeLeft: Double? { timer == .none ? nil : expiresIn }
}
