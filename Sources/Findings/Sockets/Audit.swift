import KernelView
import PacketWire

/// What an audit found: every connection that a program has, and how many sockets none has.
public struct Audit: Sendable {
  /// How much of the host could be looked at.
  public struct Reach: Sendable {
    /// Whether every process's descriptors could be seen.
    public var seesAllProcesses = true
    /// Why the helper process failed, as a sentence; `nil` where it did not.
    public var helperFailure: String?
    /// Network namespaces that were read.
    public var namespaces = 1
    /// Network namespaces that could not be read.
    public var unreadNamespaces = 0
    /// Copies of descriptors that were made.
    public var copies = 0
    /// For how long one was held at most, in seconds.
    public var longestHeld = 0.0

    /// Everything could be looked at, and nothing was yet.
    public init() {}
  }

  /// The connections that programs have.
  public private(set) var connections: [AuditedConnection]
  /// How many sockets no descriptor leads to, by who has them.
  public let withoutDescriptor: [Holder: Int]
  /// How much could be looked at.
  public let reach: Reach
  /// The parameters of the first namespace.
  public let parameters: TCPParameters

  /// The findings.
  public init(_ sockets: [ObservedSocket], reach: Reach, parameters: TCPParameters) {
    self.reach = reach
    self.parameters = parameters
    var withoutDescriptor: [Holder: Int] = [:]
    connections = []
    for socket in sockets {
      if let holder = socket.holder {
        withoutDescriptor[holder, default: 0] += 1
      } else if socket.reading != .isGone {
        connections.append(AuditedConnection(socket, problem: Self.problem(socket, reach)))
      }
    }
    self.withoutDescriptor = withoutDescriptor
    findLocalPeers()
  }

  /// Why a socket's options were not read; `nil` where they were.
  private static func problem(_ socket: ObservedSocket, _ reach: Reach) -> SettingsProblem? {
    switch socket.reading {
    case .read?: nil
    case .isRefused(let refusal)?: .refused(refusal)
    case .isGone?, nil:
      reach.helperFailure != nil ? .helperFailed : reach.seesAllProcesses ? .unseenProcess : .foreignProcess
    }
  }

  /// The connections that hang now, the first to be given up first.
  public var hanging: [AuditedConnection] {
    connections.filter { $0.hang != nil }
      .sorted { ($0.hang?.givesUpIn?.lowerBound ?? .infinity) < ($1.hang?.givesUpIn?.lowerBound ?? .infinity) }
  }

  /// The connections whose kernel would never notice that the peer is gone.
  public var neverNoticed: [AuditedConnection] { connections.filter { $0.notice == .never } }

  /// The connections whose kernel would notice that the peer is gone later than `limit` seconds after, or never.
  ///
  /// - Parameter limit: the limit; `nil`: none is slow.
  /// - Returns: the connections.
  public func slower(than limit: Double?) -> [AuditedConnection] {
    guard let limit else { return [] }
    return connections.filter { connection in
      switch connection.notice {
      case .never: true
      case .after(let seconds), .notBefore(let seconds): seconds > limit
      case .unknown: false
      }
    }
  }

  /// How many connections' options were read.
  public var read: Int { connections.count { $0.settings.read != nil } }

  /// Why the others' were not, and how many they are, the most first.
  public var problems: [(problem: SettingsProblem, count: Int)] {
    var counts: [SettingsProblem: Int] = [:]
    for problem in connections.lazy.compactMap(\.problem) { counts[problem, default: 0] += 1 }
    return counts.map { ($0.key, $0.value) }.sorted { $0.1 > $1.1 }
  }

  // MARK: - Other ends on this host

  private struct Ends: Hashable {
    let namespace: UInt64
    let pair: SocketPair
  }

  private struct End: Hashable {
    let namespace: UInt64
    let address: SocketAddress
  }

  /// The peer of a socket is the one with the same two ends, the other way round.
  ///
  /// Where there is none, a socket that some program waited for, and whose remote end is this one's own, is its peer all the same:
  /// a rule of the packet filter (REDIRECT) has sent the connection to that program, a proxy.
  private mutating func findLocalPeers() {
    var byEnds: [Ends: Int] = [:]
    var acceptedFrom: [End: Int] = [:]
    for (index, connection) in connections.enumerated() {
      let (namespace, socket) = (connection.namespace.number, connection.socket)
      byEnds[Ends(namespace: namespace, pair: socket.ends)] = index
      if connection.isIncoming { acceptedFrom[End(namespace: namespace, address: socket.remote)] = index }
    }
    for index in connections.indices {
      let own = connections[index]
      let (namespace, socket) = (own.namespace.number, own.socket)
      if let peer = byEnds[Ends(namespace: namespace, pair: socket.ends.reversed)] {
        connections[index].peer = LocalPeer(owner: connections[peer].owners.first, isRedirected: false, onward: nil)
      } else if !own.isIncoming, let proxy = acceptedFrom[End(namespace: namespace, address: socket.local)] {
        connections[index].peer = LocalPeer(
          owner: connections[proxy].owners.first, isRedirected: true,
          onward: onward(from: connections[proxy], to: socket.remote))
      }
    }
  }

  /// When the connection of a proxy's process to an address would be noticed, the worst of them.
  private func onward(from proxy: AuditedConnection, to address: SocketAddress) -> Notice? {
    guard let process = proxy.owners.first?.process else { return nil }
    return connections.lazy.filter { $0.socket.remote == address && $0.owners.first?.process == process }.map(\.notice)
      .max { Notice.isWorse($1, $0) }
  }
}

extension AuditedConnection {
  /// The socket, judged.
  init(_ observed: ObservedSocket, problem: SettingsProblem?) {
    socket = observed.socket
    namespace = observed.namespace
    owners = observed.owners
    container = observed.container
    isIncoming = observed.isIncoming
    settings = if case .read(let read)? = observed.reading { .read(read) } else { KnownSettings(timerOf: socket) }
    self.problem = problem
    notice = Notice(settings)
    hang = Hang(observed.socket, settings, observed.parameters)
    peer = nil
  }
}
