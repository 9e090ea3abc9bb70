import KeepaliveAnalysis
import PacketWire

/// What the connections to each server tell of the path between: which silences were survived, and which were not.
public struct PathEvidence: Sendable {
  /// So many connections are kept for the question who else was heard; a capture with more answers it just as well.
  private static let heardLimit = 100_000

  private struct Server: Sendable {
    var longestSurvived: Int64 = 0
    var survived = 0
    var connectionsThatSurvived = 0
    var lost: [LostConnection] = []
    var closed: [ClosedConnection] = []

    mutating func note(_ report: ConnectionReport, _ closedConnection: ClosedConnection?) {
      if let silences = report.survived { note(silences, on: 1) }
      if let silence = report.lost { lost.append(LostConnection(report, silence)) }
      if let closedConnection { closed.append(closedConnection) }
    }

    mutating func note(_ silences: SurvivedSilences, on connections: Int) {
      longestSurvived = max(longestSurvived, Int64(nanosecondsIn: silences.longest))
      survived += silences.count
      connectionsThatSurvived += connections
    }
  }

  /// So many servers are told apart, and so many lost or closed connections kept: a watch may go on for months.
  private static let mostServers = 100_000
  private static let mostConnections = 100_000

  private var servers: [SocketAddress: Server] = [:]
  private var connectionsKept = 0
  private var heard: [HeardServer] = []

  /// No evidence.
  public init() {}

  /// Whether it matters on which other connections a server was heard: where one was lost.
  public var needsHeard: Bool { servers.values.contains { !$0.lost.isEmpty } }

  /// Takes when a connection last heard its server.
  public mutating func note(heard number: Int, server: IPAddress, client: IPAddress, at time: Int64) {
    guard heard.count < Self.heardLimit else { return }
    heard.append(HeardServer(server: server, client: client, time: time, number: number))
  }

  /// Takes what a connection tells.
  public mutating func note(_ report: ConnectionReport) {
    let closed = ClosedConnection(report)
    guard report.survived != nil || report.lost != nil || closed != nil, hasRoom(for: report.serverAddress) else {
      return
    }
    if report.lost != nil || closed != nil { connectionsKept += 1 }
    // Changed where it stands: a copy that is put back would copy all lost connections each time.
    servers[report.serverAddress, default: Server()].note(report, closed)
  }

  /// Takes the silences that were survived on so many connections to a server.
  public mutating func note(_ silences: SurvivedSilences, on connections: Int, to server: SocketAddress) {
    if hasRoom(for: server) { servers[server, default: Server()].note(silences, on: connections) }
  }

  private func hasRoom(for server: SocketAddress) -> Bool {
    connectionsKept < Self.mostConnections && (servers.count < Self.mostServers || servers[server] != nil)
  }

  /// One explanation for each server that has something to explain, the most connections first.
  public var explanations: [PathExplanation] {
    let heard = HeardTimes(heard)
    return servers.compactMap { address, server in
      guard !server.lost.isEmpty || !server.closed.isEmpty else { return nil }
      return explain(address, server, heard)
    }
    .sorted {
      ($0.lost.count, $0.closed.count, $1.server.description) > ($1.lost.count, $1.closed.count, $0.server.description)
    }
  }

  private func explain(_ address: SocketAddress, _ server: Server, _ heard: HeardTimes) -> PathExplanation {
    // A silence that others survived is not what a box forgets after; one that began before the capture tells no length.
    let isExplained = { (lost: LostConnection) in !lost.isAtLeast && lost.silence > server.longestSurvived }
    let explained = server.lost.filter(isExplained)
    let first = explained.map(\.time).min() ?? .max
    let numbers = server.lost.map(\.number)
    let shortest = explained.map(\.silence).min()
    return PathExplanation(
      server: address, longestSurvived: server.longestSurvived, survived: server.survived,
      connectionsThatSurvived: server.connectionsThatSurvived, lost: explained,
      unexplained: server.lost.filter { !isExplained($0) },
      othersHeard: heard.count(of: address.address, after: first, without: numbers),
      othersOfSameClients: heard.count(
        of: address.address, after: first, without: numbers, clients: Set(explained.map(\.client))),
      fits: shortest.map { PathBox.forgetting(after: server.longestSurvived, upTo: $0) } ?? [],
      survivedBeyond: server.longestSurvived > 0
        ? PathBox.known.filter { $0.expiry == .forgets && $0.timeout <= server.longestSurvived } : [],
      closed: server.closed)
  }
}

/// A connection of which a packet after a long silence did not get through.
public struct LostConnection: Sendable {
  /// The connection's number.
  public let number: Int
  /// The client's address.
  public let client: IPAddress
  /// Nanoseconds without a packet.
  public let silence: Int64
  /// Whether the silence began before the capture: its length is not known.
  public let isAtLeast: Bool
  /// When the packet came that did not get through: nanoseconds since the epoch.
  public let time: Int64
  /// Whether a reset answered it.
  public let wasRefused: Bool
  /// The longer of the prober's idle time and interval, in nanoseconds; `nil` where nothing probed.
  public let period: Int64?

  init(_ report: ConnectionReport, _ lost: LostSilence) {
    number = report.number
    client = report.clientAddress.address
    silence = Int64(nanosecondsIn: lost.length)
    isAtLeast = lost.isAtLeast
    time = lost.frame.time ?? 0
    wasRefused = lost.wasRefused
    period = report.probers.compactMap { $0.idle?.likely ?? $0.period?.likely }.min().map(Int64.init(nanosecondsIn:))
  }
}

/// A connection that was closed or reset in a long silence of data, though its probes were answered.
public struct ClosedConnection: Sendable {
  /// The connection's number.
  public let number: Int
  /// Nanoseconds without data.
  public let silence: Int64
  /// Which of its ends did it: "client" or "server".
  public let role: String
  /// The boxes that close idle connections after as long.
  public let fits: [PathBox]

  init?(_ report: ConnectionReport) {
    guard report.verdict == .closed || report.verdict == .reset && report.reset?.answersProbe == false,
      report.probers.contains(where: { $0.answered > 0 }), report.probers.allSatisfy({ $0.unaccepted == 0 }),
      let silence = report.silenceOfDataBeforeEnd.map(Int64.init(nanosecondsIn:)), silence >= 30 * .second
    else { return nil }
    number = report.number
    self.silence = silence
    role = report.role(report.subject)
    fits = PathBox.closing(after: silence)
    // A client's program that ends in its own time needs no explanation.
    guard role == "server" || !fits.isEmpty else { return nil }
  }
}

/// What may explain the lost and closed connections of one server.
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
  /// Connections that a program or proxy closed, in spite of answered probes.
  public let closed: [ClosedConnection]
}
