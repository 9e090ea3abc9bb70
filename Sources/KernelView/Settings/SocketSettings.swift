/// The options of a TCP socket that decide when its kernel notices a peer that is gone.
public struct SocketSettings: Sendable, Hashable {
  /// SO_KEEPALIVE.
  public let keepalive: Bool
  /// TCP_KEEPIDLE, in seconds.
  public let idle: Double
  /// TCP_KEEPINTVL, in seconds.
  public let interval: Double
  /// TCP_KEEPCNT.
  public let count: Int
  /// TCP_USER_TIMEOUT, in seconds; `nil` where none is set.
  public let userTimeout: Double?

  /// Settings from their parts.
  public init(keepalive: Bool, idle: Double, interval: Double, count: Int, userTimeout: Double?) {
    self.keepalive = keepalive
    self.idle = idle
    self.interval = interval
    self.count = count
    self.userTimeout = userTimeout
  }
}

/// A process that has a descriptor of a socket.
public struct SocketOwner: Sendable, Hashable {
  /// Its number.
  public let process: Int32
  /// The descriptor's.
  public let descriptor: Int32
  /// Its name, of at most 15 octets (/proc/PID/comm): any program may call itself anything.
  public let name: String

  /// An owner from its parts.
  public init(process: Int32, descriptor: Int32, name: String) {
    self.process = process
    self.descriptor = descriptor
    self.name = name
  }
}

/// What reading a socket's options gave.
public enum SettingsReading: Sendable, Equatable {
  /// The options.
  case read(SocketSettings)
  /// The socket is no more, or its descriptor something else: nothing is wrong.
  case isGone
  /// The kernel does not let this user read them.
  case isRefused(KernelRefusal)
}
