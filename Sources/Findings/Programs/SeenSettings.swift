import ApplicationLog
import KernelView

/// What is known of a socket's keepalive settings: read from the socket itself, or as far as its program was seen to set them.
public struct SeenSettings: Sendable, Equatable {
  /// What the settings are known by.
  public enum Source: Sendable {
    /// The socket (getsockopt(2) on a copy of its descriptor).
    case socket
    /// Calls of setsockopt(), its own or its listener's.
    case calls
  }

  /// What they are known by.
  public var source: Source
  /// SO_KEEPALIVE; `nil` where it is not known.
  public var keepalive: Bool?
  /// TCP_KEEPIDLE in seconds.
  public var idle: Double?
  /// TCP_KEEPINTVL in seconds.
  public var interval: Double?
  /// TCP_KEEPCNT.
  public var count: Int?
  /// TCP_USER_TIMEOUT in seconds; `nil` where none is set, or that is not known.
  public var userTimeout: Double?

  /// Settings that were read from the socket.
  public init(_ settings: SocketSettings) {
    source = .socket
    keepalive = settings.keepalive
    idle = settings.idle
    interval = settings.interval
    count = settings.count
    userTimeout = settings.userTimeout
  }

  /// Nothing is known yet but what calls will tell.
  init() { source = .calls }

  /// Whether anything is known.
  public var isKnown: Bool { self != SeenSettings() }

  /// Takes a setsockopt() that succeeded: its text is "TCP_KEEPIDLE 60".
  mutating func take(option text: String) {
    let words = text.split(separator: " ")
    guard let name = words.first else { return }
    guard let value = words.count > 1 ? Double(words[1]) : 1 else { return }
    switch name {
    case "SO_KEEPALIVE": keepalive = value != 0
    case "TCP_KEEPIDLE": idle = value
    case "TCP_KEEPINTVL": interval = value
    case "TCP_KEEPCNT": count = Int(value)
    case "TCP_USER_TIMEOUT": userTimeout = value == 0 ? nil : value / 1000
    default: break
    }
  }

  /// How many probes are sent at most before the kernel gives up; `nil` where that is not known, or a time decides instead.
  ///
  /// With TCP_USER_TIMEOUT the count has no say (net/ipv4/tcp_timer.c, tcp_keepalive_timer).
  public var probeLimit: Int? { keepalive == true && userTimeout == nil ? count : nil }
}

/// Follows what programs set on their sockets, also before these have ends.
public struct SettingsOfCalls: Sendable {
  private var ofSockets: [String: SeenSettings] = [:]
  private var ofListeners: [String: SeenSettings] = [:]
  private var ofConnections: [[String]: SeenSettings] = [:]
  /// So many sockets are followed; programs that set options on more have none of them told.
  private static let most = 100_000

  /// Nothing has been seen.
  public init() {}

  /// Takes a call.
  ///
  /// - Returns: the settings of its connection, where it tells something new of them.
  public mutating func take(_ call: ApplicationCall) -> SeenSettings? {
    if call.error == nil, call.call == "setsockopt", let option = call.text { set(option, call) }
    if let socket = call.socket { move(socket, to: call) }
    guard let local = call.local, let remote = call.remote else { return nil }
    if call.call == "close" {
      ofConnections[[local, remote]] = nil
      return nil
    }
    if call.call == "accept", let inherited = listener(local) { ofConnections[[local, remote]] = inherited }
    let tellsNews = call.call == "accept" || call.call == "setsockopt" || call.socket != nil
    return tellsNews ? ofConnections[[local, remote]] : nil
  }

  private mutating func set(_ option: String, _ call: ApplicationCall) {
    guard ofSockets.count + ofListeners.count + ofConnections.count < Self.most else { return }
    if let local = call.local, let remote = call.remote {
      ofConnections[[local, remote], default: SeenSettings()].take(option: option)
    } else if let local = call.local {
      ofListeners[local, default: SeenSettings()].take(option: option)
    } else if let socket = call.socket {
      ofSockets[socket, default: SeenSettings()].take(option: option)
    }
  }

  /// The socket has ends now: what was set on it is the listener's, or the connection's.
  private mutating func move(_ socket: String, to call: ApplicationCall) {
    guard let local = call.local, let settings = ofSockets.removeValue(forKey: socket) else { return }
    if let remote = call.remote {
      ofConnections[[local, remote]] = settings
    } else {
      ofListeners[local] = settings
    }
  }

  /// The listener that a connection's own end came from: an accepted socket inherits its options
  /// (net/ipv4/tcp_minisocks.c, tcp_create_openreq_child).
  private func listener(_ local: String) -> SeenSettings? {
    if let own = ofListeners[local] { return own }
    guard let colon = local.lastIndex(of: ":") else { return nil }
    let port = local[colon...]
    return ofListeners["0.0.0.0\(port)"] ?? ofListeners["[::]\(port)"]
  }
}
