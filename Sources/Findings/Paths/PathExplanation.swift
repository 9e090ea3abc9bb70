import PacketWire

/// What may explain the lost and ended connections of one server.
public struct PathExplanation: Sendable {
  /// The server.
  public let server: SocketAddress
  /// The longest silence in nanoseconds after which a packet got through; 0 where none of 30 s or more was.
  public let longestSurvived: Int64
  /// How many silences of 30 s or more were survived.
  public let survived: Int
  /// On how many connections.
  public let connectionsThatSurvived: Int
  /// The lost connections whose silence was longer than any that was survived.
  public let lost: [LostConnection]
  /// The lost connections that this does not explain.
  public let unexplained: [LostConnection]
  /// Other connections on which the server's address was heard after the first loss.
  public let othersHeard: Int
  /// Those of them that belong to clients of lost connections.
  public let othersOfSameClients: Int
  /// The boxes whose default lies between what was survived and what was not.
  public let fits: [PathBox]
  /// The boxes that would have forgotten sooner.
  public let survivedBeyond: [PathBox]
  /// Connections that ended in silence, as if a timer had ended them; those that ended alike are together.
  public let ended: [EndedTogether]

  /// The connections of `ended` that ended in one of these ways.
  public func ended(_ ways: EndedConnection.Way...) -> [EndedConnection] {
    ended.flatMap(\.connections).filter { ways.contains($0.way) }
  }
}

/// Connections that ended in the same way after as long a silence, and the boxes that end them so.
public struct EndedTogether: Sendable {
  /// The connections.
  public let connections: [EndedConnection]
  /// How they ended.
  public var way: EndedConnection.Way { connections[0].way }
  /// The boxes that do that by default.
  public let fits: [PathBox]

  /// Those that somebody's timer ended, of the connections of one server.
  ///
  /// A program that closes in its own time ends connections too: of those that were not probed, and of clients', only silences
  /// that are alike or that a known box fits tell of a timer.
  static func groups(_ ended: [EndedConnection], _ boxes: [PathBox]) -> [EndedTogether] {
    struct Kind: Hashable {
      let way: EndedConnection.Way
      let role: String
    }
    var groups: [[EndedConnection]] = []
    var latest: [Kind: Int] = [:]
    for connection in ended.sorted(by: { ($0.silence, $0.number) < ($1.silence, $1.number) }) {
      let kind = Kind(way: connection.way, role: connection.way == .resetInBothNames ? "" : connection.role)
      if let place = latest[kind], groups[place][0].isAlike(connection) {
        groups[place].append(connection)
      } else {
        latest[kind] = groups.count
        groups.append([connection])
      }
    }
    return groups.compactMap { alike in
      let together = EndedTogether(
        connections: alike.sorted { $0.number < $1.number }, fits: alike[0].fitting(boxes))
      guard together.fits.isEmpty else { return together }
      switch together.way {
      case .resetInBothNames: return together
      // A client's program that ends in its own time needs no explanation.
      case .inSpiteOfProbes: return alike[0].role == "server" ? together : nil
      case .closed, .reset: return alike[0].role == "server" && alike.count >= fewestAlike ? together : nil
      }
    }
  }

  /// So many silences that are alike are one timer's.
  private static let fewestAlike = 2
}
