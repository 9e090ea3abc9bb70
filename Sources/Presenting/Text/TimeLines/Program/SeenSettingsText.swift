import Findings

extension SeenSettings {
  /// A sentence: "Its socket: SO_KEEPALIVE on, TCP_KEEPIDLE 2 s, as read from the socket".
  func text(of socket: String) -> String {
    var parts: [String] = []
    switch keepalive {
    case true?: parts.append("SO_KEEPALIVE on")
    case false?: parts.append("SO_KEEPALIVE off")
    case nil: parts.append("SO_KEEPALIVE not seen to be set")
    }
    if keepalive != false {
      if let idle { parts.append("TCP_KEEPIDLE \(SettingsText.seconds(idle))") }
      if let interval { parts.append("TCP_KEEPINTVL \(SettingsText.seconds(interval))") }
      if let count { parts.append("TCP_KEEPCNT \(count)") }
    }
    if let userTimeout { parts.append("TCP_USER_TIMEOUT \(SettingsText.seconds(userTimeout))") }
    let basis = source == .socket ? "as read from the socket" : "as setsockopt() set them"
    return "\(socket): \(parts.joined(separator: ", ")), \(basis)."
  }
}
