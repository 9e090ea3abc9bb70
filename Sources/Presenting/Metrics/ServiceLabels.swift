import Findings
import PacketWire

/// The values of the label `service`: a bounded number of them, and no client's address, so that no traffic makes a monitoring
/// system's series without bound.
struct ServiceLabels: Sendable {
  /// So many services have a name of their own.
  static let most = 50
  /// What the others are called, and those whose end may be a client's.
  static let other = "other"
  /// From this port on a client's kernel chooses (Linux' net.ipv4.ip_local_port_range): which end serves is not known for certain.
  private static let firstClientPort = 32_768

  private var named: Set<SocketAddress> = []

  /// None named yet.
  init() {}

  /// Those that stand most often among `services` have a name.
  init(of services: [SocketAddress]) {
    let counts = services.filter(Self.isNameable).reduce(into: [SocketAddress: Int]()) { $0[$1, default: 0] += 1 }
    // Of two that stand as often, the same comes first at each look.
    let order = counts.sorted { ($1.value, $0.key.description) < ($0.value, $1.key.description) }
    named = Set(order.prefix(Self.most).map(\.key))
  }

  private static func isNameable(_ service: SocketAddress) -> Bool { service.port < firstClientPort }

  /// A service's label, where it has one.
  func label(_ service: SocketAddress) -> String { named.contains(service) ? service.description : Self.other }

  /// A service's label; it gets a name as long as there is room.
  mutating func labelNaming(_ service: SocketAddress) -> String {
    if named.count < Self.most, Self.isNameable(service) { named.insert(service) }
    return label(service)
  }
}
