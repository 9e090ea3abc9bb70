import Findings
import KernelView

/// What a connection hangs in, as a sentence.
enum HangText {
  /// What is not answered, since when, and when its kernel gives up.
  static func sentence(_ connection: AuditedConnection, _ parameters: TCPParameters) -> String {
    guard let hang = connection.hang else { return "" }
    let silence = DurationText.text(hang.silence)
    switch hang.kind {
    case .unansweredProbes:
      let count = connection.settings.read.map { " of \($0.count)" } ?? ""
      let timeout = connection.settings.read?.userTimeout == nil ? count : ""
      return "\(connection.socket.unanswered)\(timeout) probes unanswered, nothing heard for \(silence): "
        + end(hang, isKnown: connection.settings.read != nil)
    case .unacknowledgedData:
      return "\(counted(connection.socket.unacknowledged, "byte")) unacknowledged, "
        + "\(counted(connection.socket.unanswered, "retransmission")), nothing heard for \(silence): "
        + end(hang, isKnown: connection.settings.read != nil)
    case .closedWindow:
      let unanswered = connection.socket.unanswered
      let state =
        unanswered == 0
        ? "the peer's kernel answers, its program does not read; no kernel gives that up"
        : "\(counted(unanswered, "window probe")) unanswered; its kernel gives up after \(parameters.retries)"
      return "\(counted(connection.socket.unacknowledged, "byte")) waiting, as the peer's window has been closed for "
        + "\(silence) or more: \(state)."
    case .unansweredSYN:
      return "\(counted(connection.socket.unanswered + 1, "SYN")) unanswered: it is not connected yet."
    }
  }

  private static func end(_ hang: Hang, isKnown: Bool) -> String {
    guard let rest = hang.givesUpIn else {
      return (isKnown ? "" : "its settings were not read: ") + "when its kernel gives up is not known."
    }
    let low = DurationText.text(rest.lowerBound)
    let high = DurationText.text(rest.upperBound)
    return low == high ? "its kernel gives up in \(low)." : "its kernel gives up in \(low) to \(high)."
  }
}
