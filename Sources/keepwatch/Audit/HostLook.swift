import Findings
import KernelView
import PacketWire

/// Which connections an audit is about.
struct AuditFilter {
  /// Names or numbers of processes; none: all.
  var processes: [String] = []
  /// Ports of either end; none: all.
  var ports: [UInt16] = []
  /// States as ss(8) names them; none: all.
  var states: [String] = []
  /// Addresses of either end; none: all.
  var addresses: [IPAddress] = []

  /// Only those that keepalive's timer runs for, as connections.
  var isOfArmed = false

  /// Whether a socket is one of them, whoever has it.
  func includes(_ socket: SocketState) -> Bool {
    let ends = [socket.local, socket.remote]
    return (!isOfArmed || socket.timer == .keepalive && socket.state != "SYN-RECV")
      && (ports.isEmpty || ends.contains { ports.contains($0.port) })
      && (states.isEmpty || states.contains(socket.state))
      && (addresses.isEmpty || ends.contains { addresses.contains($0.address) })
  }

  /// Whether its owners are among those asked for.
  func includes(_ owners: [SocketOwner]) -> Bool {
    processes.isEmpty || owners.contains { processes.contains($0.name) || processes.contains("\($0.process)") }
  }
}

/// A look at this host's connections: the kernel's tables, and what the helper process reads.
struct HostLook {
  private let namespaces: [NetworkNamespace]
  private let unreadNamespaces: Int
  private let own: UInt64
  private let helper: SettingsHelper?
  private let filter: AuditFilter
  private var reach = Audit.Reach()

  /// What is open already, before privileges went.
  ///
  /// - Parameters:
  ///   - namespaces: those to look at, at least one; the own one stands first.
  ///   - unreadNamespaces: how many could not be read.
  ///   - helper: the helper process; `nil` where it could not be started.
  ///   - filter: which connections.
  init(
    namespaces: [NetworkNamespace], unreadNamespaces: Int, helper: SettingsHelper?, filter: AuditFilter
  ) {
    self.namespaces = namespaces
    self.unreadNamespaces = unreadNamespaces
    own = namespaces.first?.number ?? 0
    self.helper = helper
    self.filter = filter
  }

  /// Looks at everything now; `nil` where the kernel does not show its sockets.
  mutating func audit() -> Audit? {
    reach = Audit.Reach()
    reach.namespaces = namespaces.count
    reach.unreadNamespaces = unreadNamespaces
    guard var sockets = sockets() else { return nil }
    if let helper {
      do throws(SettingsHelper.Failure) {
        try findOwners(of: &sockets, helper)
        sockets.removeAll { !filter.includes($0.owners) }
        try readSettings(of: &sockets, helper)
      } catch {
        reach.helperFailure = Self.sentence(error)
        // Whose the others are is not known.
        sockets.removeAll { !filter.includes($0.owners) }
      }
      reach.copies = helper.copies
      reach.longestHeld = helper.longestHeld
    } else {
      reach.helperFailure = "The process that reads settings could not be started."
      sockets.removeAll { !filter.includes($0.owners) }
    }
    for index in sockets.indices {
      sockets[index].container = sockets[index].owners.first.flatMap { ProcessContainer.identifier(of: $0.process) }
    }
    return Audit(sockets, reach: reach, parameters: namespaces.first?.parameters ?? TCPParameters())
  }

  private func sockets() -> [ObservedSocket]? {
    var observed: [ObservedSocket] = []
    for namespace in namespaces {
      guard let sockets = namespace.sockets.connections(withDetails: true),
        let listeners = namespace.sockets.listeners()
      else { return nil }
      let ports = Set(listeners.map(\.port))
      let place = AuditedConnection.Place(
        number: namespace.number, name: namespace.name, isOwn: namespace.number == own)
      for socket in sockets where filter.includes(socket) {
        observed.append(
          ObservedSocket(
            socket: socket, namespace: place, parameters: namespace.parameters,
            isIncoming: ports.contains(socket.local.port)))
      }
    }
    return observed
  }

  private mutating func findOwners(
    of sockets: inout [ObservedSocket], _ helper: SettingsHelper
  ) throws(SettingsHelper.Failure) {
    let inodes = sockets.map(\.socket.inode).filter { $0 != 0 }
    let (owners, closed) = try helper.owners(of: inodes)
    reach.seesAllProcesses = helper.seesAllProcesses && closed == 0
    for index in sockets.indices { sockets[index].owners = owners[sockets[index].socket.inode] ?? [] }
    removeVanished(from: &sockets)
  }

  /// Of those that nobody has, removes what the kernel does not have any more either.
  private func removeVanished(from sockets: inout [ObservedSocket]) {
    guard sockets.contains(where: { $0.socket.inode != 0 && $0.owners.isEmpty }) else { return }
    var standing: Set<UInt64> = []
    for namespace in namespaces {
      for socket in namespace.sockets.connections(withDetails: false) ?? [] { standing.insert(socket.inode) }
    }
    sockets.removeAll { $0.owners.isEmpty && $0.socket.inode != 0 && !standing.contains($0.socket.inode) }
  }

  /// Reads each socket's options by its first owner, and by the next where that one is refused.
  private func readSettings(
    of sockets: inout [ObservedSocket], _ helper: SettingsHelper
  ) throws(SettingsHelper.Failure) {
    var attempt = 0
    while true {
      let open = sockets.indices.filter { attempt < sockets[$0].owners.count && !sockets[$0].isDecided }
      guard !open.isEmpty else { return }
      let order = open.sorted { sockets[$0].owners[attempt].process < sockets[$1].owners[attempt].process }
      let readings = try helper.settings(of: order.map { (sockets[$0].socket.inode, sockets[$0].owners[attempt]) })
      for (index, reading) in zip(order, readings) { sockets[index].reading = reading }
      attempt += 1
    }
  }

  private static func sentence(_ failure: SettingsHelper.Failure) -> String {
    switch failure {
    case .cannotStart(let code): "The process that reads settings could not be started: error \(code)."
    case .hasEnded: "The process that reads settings has ended."
    case .wasStopped: "The process that reads settings was stopped by a signal, and has been ended."
    case .isSilent: "The process that reads settings does not answer."
    }
  }
}

extension ObservedSocket {
  /// Whether another owner's descriptor could tell no more.
  fileprivate var isDecided: Bool {
    if case .read? = reading { true } else { false }
  }
}

extension HostLook {
  /// A look at the connections of this process's network namespace that keepalive is armed for; `nil` where the kernel does not show
  /// them.
  ///
  /// To be made before privileges go, while there is one thread: the process that reads settings keeps them.
  static func atArmed() -> HostLook? {
    var filter = AuditFilter()
    filter.isOfArmed = true
    let helper = try? SettingsHelper()
    return NetworkNamespace.current().map {
      HostLook(namespaces: [$0], unreadNamespaces: 0, helper: helper, filter: filter)
    }
  }
}
