import KeepaliveAnalysis
import PacketWire

/// The steady connections of each server that are told in one row, without a report of each.
public struct FoldedConnections: Sendable {
  /// So many connections with nothing wrong make one row together.
  public static let foldFrom = 4

  private struct Server: Sendable {
    let address: SocketAddress
    /// How many of its steady connections have a report.
    var reported = 0
    var row = FoldedRow()
  }

  private var servers: [Server] = []
  private var places: [SocketAddress: Int] = [:]
  /// The place of the latest connection's server: many in a row have one.
  private var latest = 0

  /// How many connections are folded.
  public private(set) var count = 0

  /// Takes a steady connection.
  ///
  /// - Returns: whether it was folded; the first few of a server are not, and then it needs a report.
  mutating func fold(_ steady: SteadyConnection) -> Bool {
    if servers.isEmpty || servers[latest].address != steady.server { latest = place(of: steady.server) }
    if servers[latest].reported < Self.foldFrom - 1 {
      servers[latest].reported += 1
      return false
    }
    servers[latest].row.add(steady)
    count += 1
    return true
  }

  private mutating func place(of server: SocketAddress) -> Int {
    if let place = places[server] { return place }
    places[server] = servers.count
    servers.append(Server(address: server))
    return servers.count - 1
  }

  /// The row of a server's folded connections; `nil` where it has none.
  public subscript(server: SocketAddress) -> FoldedRow? {
    places[server].map { servers[$0].row }.flatMap { $0.count > 0 ? $0 : nil }
  }

  /// The silences that they survived: on how many connections, to which server.
  var survived: [(silences: SurvivedSilences, connections: Int, server: SocketAddress)] {
    servers.compactMap { server in
      server.row.survived.map { ($0, server.row.connectionsThatSurvived, server.address) }
    }
  }
}
