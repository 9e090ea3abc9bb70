import PacketWire

/// When a connection last heard its server.
struct HeardServer: Sendable {
  var server: IPAddress
  var client: IPAddress
  /// Nanoseconds since the epoch.
  var time: Int64
  /// The connection's number.
  var number: Int
}

/// When each server was last heard, on which connection: made once, to be asked for each server without a look at all others.
struct HeardTimes {
  private struct Pair: Hashable {
    let server: IPAddress
    let client: IPAddress
  }

  private var byNumber: [Int: HeardServer] = [:]
  /// In the order of time.
  private var byServer: [IPAddress: [Int64]] = [:]
  private var byPair: [Pair: [Int64]] = [:]

  init(_ heard: [HeardServer]) {
    for one in heard.sorted(by: { $0.time < $1.time }) {
      byNumber[one.number] = one
      byServer[one.server, default: []].append(one.time)
      byPair[Pair(server: one.server, client: one.client), default: []].append(one.time)
    }
  }

  /// On how many connections `server` was heard after `time`.
  ///
  /// - Parameters:
  ///   - server: the server's address.
  ///   - time: nanoseconds since the epoch.
  ///   - numbers: connections of that server that do not count, each once.
  ///   - clients: whose connections count; `nil` for everybody's.
  /// - Returns: how many.
  func count(of server: IPAddress, after time: Int64, without numbers: [Int], clients: Set<IPAddress>? = nil) -> Int {
    let all =
      clients.map { $0.reduce(0) { $0 + Self.count(byPair[Pair(server: server, client: $1)], after: time) } }
      ?? Self.count(byServer[server], after: time)
    let left = numbers.count { number in
      guard let heard = byNumber[number] else { return false }
      return heard.time > time && clients?.contains(heard.client) != false
    }
    return all - left
  }

  /// How many of `times`, which are in order, are later than `time`.
  private static func count(_ times: [Int64]?, after time: Int64) -> Int {
    guard let times else { return 0 }
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return times.count - low
  }
}
