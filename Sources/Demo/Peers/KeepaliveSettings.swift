import SystemCalls

/// The settings of keepalive on one socket (tcp(7)).
public struct KeepaliveSettings: Sendable {
  /// TCP_KEEPIDLE in seconds, 1 to 32767.
  public var idle: Int
  /// TCP_KEEPINTVL in seconds, 1 to 32767.
  public var interval: Int
  /// TCP_KEEPCNT, 1 to 127.
  public var count: Int
  /// TCP_USER_TIMEOUT in milliseconds; 0 leaves it off.
  public var userTimeout: Int

  /// Settings from their parts.
  public init(idle: Int, interval: Int, count: Int, userTimeout: Int = 0) {
    self.idle = idle
    self.interval = interval
    self.count = count
    self.userTimeout = userTimeout
  }

  /// The options that are set, as a program would name them: "SO_KEEPALIVE, 2 s, 1 s, 3".
  public var options: String {
    "SO_KEEPALIVE, \(idle) s, \(interval) s, \(count)" + (userTimeout > 0 ? "; TCP_USER_TIMEOUT \(userTimeout) ms" : "")
  }

  /// The options that are set, for the head of a time line.
  var socketOptions: String {
    "SO_KEEPALIVE on    TCP_KEEPIDLE \(idle) s   TCP_KEEPINTVL \(interval) s   TCP_KEEPCNT \(count)"
      + (userTimeout > 0 ? "   TCP_USER_TIMEOUT \(userTimeout) ms" : "")
  }

  /// So many answered probes show that they go on.
  var enoughAnswers: Int { max(3, count) }

  /// Turns keepalive on for a socket, with these settings.
  func apply(to socket: TCPSocket) throws(SystemError) {
    try socket.setKeepalive(idle: idle, interval: interval, count: count, userTimeout: userTimeout)
    try socket.turnKeepaliveOn()
  }
}
