import PacketWire

/// How many connections each client has.
public struct ClientTally: Sendable {
  private var counts: [IPAddress: Int] = [:]
  /// Connections often come in runs of one client: the latest run is counted here, so that it is looked up only once.
  private var latest = IPAddress(high: 0, low: 0)
  private var latestCount = 0

  /// Counts a connection of a client.
  mutating func add(_ client: IPAddress) {
    if client != latest {
      endRun()
      latest = client
    }
    latestCount += 1
  }

  private mutating func endRun() {
    guard latestCount > 0 else { return }
    counts[latest, default: 0] += latestCount
    latestCount = 0
  }

  /// Who has the most connections.
  ///
  /// - Parameter few: how many of them to name, at most.
  /// - Returns: how many clients there are, and those with the most, of equal ones the first by name.
  public mutating func most(_ few: Int) -> (clients: Int, most: [(name: String, connections: Int)]) {
    endRun()
    var most: [(name: String, connections: Int)] = []
    for (client, count) in counts {
      // There may be a million, so that few are named.
      if most.count == few, let last = most.last, count < last.connections { continue }
      let name = client.description
      let place = most.firstIndex { ($0.connections, name) < (count, $0.name) } ?? most.count
      most.insert((name, count), at: place)
      if most.count > few { most.removeLast() }
    }
    return (counts.count, most)
  }
}
