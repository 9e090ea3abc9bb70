import KernelView
import PacketWire

/// One of this host's TCP connections, seen from one end.
public struct AuditedConnection: Sendable {
  /// Its socket, as the kernel shows it.
  public let socket: SocketState
  /// The network namespace that it is in.
  public let namespace: Place
  /// The processes that have a descriptor of it; none where none has, or may be seen.
  public let owners: [SocketOwner]
  /// The identifier of its first owner's container.
  public let container: String?
  /// Whether its program waited for it: some program listens at its own end.
  public let isIncoming: Bool
  /// What is known of its options.
  public let settings: KnownSettings
  /// Why they could not be read; `nil` where they were, or are of no interest.
  public let problem: SettingsProblem?
  /// When its kernel would notice that its peer is gone.
  public let notice: Notice
  /// What it hangs in; `nil` where it does not.
  public let hang: Hang?
  /// Who has the other end, where that is on this host, in this namespace.
  public internal(set) var peer: LocalPeer?

  /// A network namespace, for people.
  public struct Place: Sendable, Hashable {
    /// Its number, as lsns(8) shows it.
    public let number: UInt64
    /// Its name; `nil` where it has none.
    public let name: String?
    /// Whether it is the one that keepwatch was started in.
    public let isOwn: Bool

    /// A namespace's place.
    public init(number: UInt64, name: String?, isOwn: Bool) {
      self.number = number
      self.name = name
      self.isOwn = isOwn
    }
  }

  /// The end of service: the peer's, or where its program waited for the connection.
  public var service: SocketAddress { isIncoming ? socket.local : socket.remote }
}

/// The other end of a connection, on the same host.
public struct LocalPeer: Sendable, Hashable {
  /// Its process; `nil` where it may not be seen.
  public let owner: SocketOwner?
  /// Whether the connection was sent elsewhere than its program asked: to a proxy, by a rule of the packet filter.
  public let isRedirected: Bool
  /// When the proxy's own connection to the address asked for would be noticed; `nil` where there is none.
  public internal(set) var onward: Notice?
}

/// What was learnt of a socket, before it is judged.
public struct ObservedSocket: Sendable {
  /// The socket.
  public let socket: SocketState
  /// The network namespace that it is in.
  public let namespace: AuditedConnection.Place
  /// The namespace's parameters.
  public let parameters: TCPParameters
  /// Whether some program listens at its own end.
  public let isIncoming: Bool
  /// Those of its owners that may be seen.
  public var owners: [SocketOwner] = []
  /// What reading its options gave; `nil` where that was not tried.
  public var reading: SettingsReading?
  /// The identifier of its first owner's container.
  public var container: String?

  /// A socket that nothing more is known of yet.
  public init(
    socket: SocketState, namespace: AuditedConnection.Place, parameters: TCPParameters, isIncoming: Bool
  ) {
    self.socket = socket
    self.namespace = namespace
    self.parameters = parameters
    self.isIncoming = isIncoming
  }

  /// Who has it, where no descriptor leads to it (net/ipv4/inet_diag.c: such a socket has the inode 0); `nil` where one does.
  public var holder: Holder? {
    guard socket.inode == 0 else { return nil }
    switch socket.state {
    case "TIME-WAIT": return .timeWait
    case "SYN-RECV": return .handshake
    case "ESTAB", "CLOSE-WAIT": return .acceptQueue
    default: return .orphan
    }
  }
}
