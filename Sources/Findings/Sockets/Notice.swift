import KeepaliveAnalysis
import KernelView

/// When a socket's kernel notices that its peer is gone, while its program sends nothing.
public enum Notice: Sendable, Hashable {
  /// Keepalive is off.
  case never
  /// So many seconds after the last segment received.
  case after(Double)
  /// Keepalive is on; no sooner than so many seconds from now, by its timer.
  case notBefore(Double)
  /// Neither options nor timer tell.
  case unknown

  /// What settings make it.
  init(_ settings: KnownSettings) {
    switch settings {
    case .read(let settings) where settings.keepalive:
      self = .after(
        GiveUpTime.keepalive(
          idle: settings.idle, interval: settings.interval, count: settings.count, userTimeout: settings.userTimeout))
    case .read, .off: self = .never
    case .on(let rest): self = .notBefore(rest)
    case .unknown: self = .unknown
    }
  }

  /// The worst first: never, what is not known, the latest.
  static func isWorse(_ one: Notice, _ other: Notice) -> Bool { one.rank > other.rank }

  private var rank: Double {
    switch self {
    case .never: .infinity
    case .unknown: 1e12
    case .notBefore(let seconds): 1e11 + seconds
    case .after(let seconds): seconds
    }
  }
}

/// What is known of a socket's options.
public enum KnownSettings: Sendable, Hashable {
  /// They were read.
  case read(SocketSettings)
  /// Keepalive is off: no timer runs, and keepalive's would (net/ipv4/tcp.c, tcp_set_keepalive).
  case off
  /// Keepalive is on, by its timer, which fires after so many seconds: the longer of idle time and interval is no shorter.
  case on(atLeast: Double)
  /// Another timer runs, which hides whether keepalive's does.
  case unknown

  /// The states in which keepalive's timer runs (tcp_keepalive_timer).
  private static let probed: Set<String> = ["ESTAB", "CLOSE-WAIT", "FIN-WAIT-2"]

  /// What a socket's timer tells to everybody.
  init(timerOf socket: SocketState) {
    guard Self.probed.contains(socket.state) else {
      self = .unknown
      return
    }
    switch socket.timer {
    case .none: self = .off
    case .keepalive: self = .on(atLeast: socket.expiresIn)
    case .retransmission, .windowProbe, .timeWait: self = .unknown
    }
  }

  /// What was read; `nil` where nothing was.
  public var read: SocketSettings? {
    guard case .read(let settings) = self else { return nil }
    return settings
  }
}

/// Why a socket's options could not be read.
public enum SettingsProblem: Sendable, Hashable {
  /// Its process is another user's, or this process may not look into it.
  case foreignProcess
  /// No process that can be seen has it, though all can be looked into: the kernel itself has, as for NFS, or a process of
  /// another PID namespace.
  case unseenProcess
  /// The kernel refuses a copy of the descriptor.
  case refused(KernelRefusal)
  /// The helper process failed.
  case helperFailed
}

/// Who has a socket that no descriptor leads to.
public enum Holder: String, Sendable, Hashable, CaseIterable {
  /// The kernel, as long as TIME-WAIT lasts.
  case timeWait = "TIME-WAIT"
  /// A listener's program has not accepted it yet.
  case acceptQueue = "accept queue"
  /// The handshake is not complete.
  case handshake = "handshake"
  /// Its program has closed it, or ended; the kernel still closes it.
  case orphan = "orphan"
}
