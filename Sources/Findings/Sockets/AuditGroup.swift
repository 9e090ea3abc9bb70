import KernelView
import PacketWire

/// Connections of one program with one end of service and the same options: a row of the audit.
public struct AuditGroup: Sendable {
  /// What the connections of a group have in common.
  public struct Key: Sendable, Hashable {
    /// The program's name; `nil` where it may not be seen.
    public let program: String?
    /// The user who owns the sockets.
    public let user: UInt32
    /// The identifier of its container; `nil` where it is in none.
    public let container: String?
    /// The network namespace.
    public let namespace: AuditedConnection.Place
    /// The peer's end, or where the program waited for the connections.
    public let service: SocketAddress
    /// Whether it waited for them.
    public let isIncoming: Bool
    /// Their options; of those that only a timer tells, that keepalive is on.
    public let settings: KnownSettings
    /// The program that has the other end, on this host.
    public let peer: String?
    /// Whether they were sent to a proxy on this host.
    public let isRedirected: Bool

    init(_ connection: AuditedConnection) {
      program = connection.owners.first?.name
      user = connection.socket.user
      container = connection.container
      namespace = connection.namespace
      service = connection.service
      isIncoming = connection.isIncoming
      settings = if case .on = connection.settings { .on(atLeast: 0) } else { connection.settings }
      peer = connection.peer?.owner?.name
      isRedirected = connection.peer?.isRedirected ?? false
    }
  }

  /// What they have in common.
  public let key: Key
  /// The connections.
  public private(set) var connections: [AuditedConnection]

  /// The group's notice: the worst of them, which differ only where timers tell them.
  public var notice: Notice {
    connections.lazy.map(\.notice).max { Notice.isWorse($1, $0) } ?? .unknown
  }

  /// Some connections by groups, the worst first, then the largest.
  public static func groups(_ connections: [AuditedConnection]) -> [AuditGroup] {
    var places: [Key: Int] = [:]
    var groups: [AuditGroup] = []
    for connection in connections {
      let key = Key(connection)
      if let place = places[key] {
        groups[place].connections.append(connection)
      } else {
        places[key] = groups.count
        groups.append(AuditGroup(key: key, connections: [connection]))
      }
    }
    return groups.sorted { one, other in
      let notices = (one.notice, other.notice)
      if notices.0 != notices.1 { return Notice.isWorse(notices.0, notices.1) }
      return one.connections.count > other.connections.count
    }
  }
}
