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
    var ended: [EndedConnection] = []

    mutating func note(_ report: ConnectionReport, _ endedConnection: EndedConnection?) {
      if let silences = report.survived { note(silences, on: 1) }
      if let silence = report.lost { lost.append(LostConnection(report, silence)) }
      if let endedConnection { ended.append(endedConnection) }
    }

    mutating func note(_ silences: SurvivedSilences, on connections: Int) {
      longestSurvived = max(longestSurvived, Int64(nanosecondsIn: silences.longest))
      survived += silences.count
      connectionsThatSurvived += connections
    }
  }

  /// So many servers are told apart, and so many lost or ended connections kept: a watch may go on for months.
  private static let mostServers = 100_000
  private static let mostConnections = 100_000

  private var servers: [SocketAddress: Server] = [:]
  private var connectionsKept = 0
  private var heard: [HeardServer] = []
  private var silent = SilentHosts()

  /// No evidence.
  public init() {}

  /// Whether it matters when hosts were last heard on other connections: where one was lost.
  public var needsHeard: Bool { servers.values.contains { !$0.lost.isEmpty } || silent.needsHeard }

  /// Takes when the ends of a connection were last heard.
  public mutating func note(_ heard: HeardEnds) {
    if let time = heard.serverTime {
      silent.note(heard: heard.server.address, at: time)
      if self.heard.count < Self.heardLimit {
        self.heard.append(
          HeardServer(
            server: heard.server.address, client: heard.client.address, time: time, number: heard.number))
      }
    } else if heard.isOpening {
      silent.note(unansweredOpeningTo: heard.server.address, at: heard.firstTime)
    }
    if let time = heard.clientTime { silent.note(heard: heard.client.address, at: time) }
  }

  /// Takes what a connection tells.
  public mutating func note(_ report: ConnectionReport) {
    let ended = EndedConnection(report)
    let silentEnd = SilentEnd(report)
    guard report.survived != nil || report.lost != nil || ended != nil || silentEnd != nil,
      hasRoom(for: report.serverAddress)
    else { return }
    if report.lost != nil || ended != nil || silentEnd != nil { connectionsKept += 1 }
    // Changed where it stands: a copy that is put back would copy all lost connections each time.
    servers[report.serverAddress, default: Server()].note(report, ended)
    if let silentEnd { silent.note(silentEnd) }
  }

  /// Takes the silences that were survived on so many connections to a server.
  public mutating func note(_ silences: SurvivedSilences, on connections: Int, to server: SocketAddress) {
    if hasRoom(for: server) { servers[server, default: Server()].note(silences, on: connections) }
  }

  private func hasRoom(for server: SocketAddress) -> Bool {
    connectionsKept < Self.mostConnections && (servers.count < Self.mostServers || servers[server] != nil)
  }

  /// The hosts that fell silent at one moment on all their connections, those with the most connections first.
  public var silentHosts: [SilentHost] { silent.found }

  /// One explanation for each server that has something to explain that no silent host does, the most connections first.
  public func explanations(by boxes: [PathBox]) -> [PathExplanation] {
    let heard = HeardTimes(heard)
    let explained = Set(silentHosts.flatMap(\.connections))
    return servers.compactMap { address, server in
      var server = server
      if !explained.isEmpty { server.lost.removeAll { explained.contains($0.number) } }
      let ended = EndedTogether.groups(server.ended, boxes)
      guard !server.lost.isEmpty || !ended.isEmpty else { return nil }
      return explain(address, server, ended, heard, boxes)
    }
    .sorted {
      ($0.lost.count, $0.ended.count, $1.server.description) > ($1.lost.count, $1.ended.count, $0.server.description)
    }
  }

  private func explain(
    _ address: SocketAddress, _ server: Server, _ ended: [EndedTogether], _ heard: HeardTimes, _ boxes: [PathBox]
  ) -> PathExplanation {
    // A silence that others survived is not what a box forgets after; one that began before the capture tells no length.
    let isExplained = { (lost: LostConnection) in !lost.isAtLeast && lost.silence > server.longestSurvived }
    let explained = server.lost.filter(isExplained)
    let first = explained.map(\.time).min() ?? .max
    let numbers = server.lost.map(\.number)
    let shortest = explained.map(\.silence).min()
    let wasRefused = explained.contains(where: \.wasRefused)
    return PathExplanation(
      server: address, longestSurvived: server.longestSurvived, survived: server.survived,
      connectionsThatSurvived: server.connectionsThatSurvived, lost: explained,
      unexplained: server.lost.filter { !isExplained($0) },
      othersHeard: heard.count(of: address.address, after: first, without: numbers),
      othersOfSameClients: heard.count(
        of: address.address, after: first, without: numbers, clients: Set(explained.map(\.client))),
      fits: shortest.map { boxes.forgetting(after: server.longestSurvived, upTo: $0, wasRefused: wasRefused) } ?? [],
      survivedBeyond: server.longestSurvived > 0
        ? boxes.filter { $0.forgets && $0.timeout <= server.longestSurvived } : [],
      ended: ended)
  }

  /// What a box that is asked for would explain.
  public func answer(_ threshold: PathThreshold) -> PathAnswer {
    let limit = Int64(nanosecondsIn: threshold.seconds)
    let lost = servers.values.flatMap(\.lost)
    let ended = servers.values.flatMap(\.ended)
    let isOfKind = { (lost: LostConnection) in
      switch threshold.expiry {
      case .drops: !lost.wasRefused
      case .resetsNextPacket, nil: true
      case .resetsBothEnds, .closes: false
      }
    }
    let isOver = { (lost: LostConnection) in !lost.isAtLeast && lost.silence >= limit && isOfKind(lost) }
    let endedByIt = ended.filter { connection in
      guard let expiry = threshold.expiry else { return false }
      let box = PathBox(name: "", timeout: limit, expiry: expiry, source: "")
      return !connection.fitting([box]).isEmpty
    }
    let survivors = threshold.closes ? [:] : servers.filter { $0.value.longestSurvived > limit }
    return PathAnswer(
      threshold: threshold, explains: (lost.filter(isOver).map(\.number) + endedByIt.map(\.number)).sorted(),
      leavesOpen: lost.filter { !isOver($0) }.map(\.number).sorted(),
      survivors: survivors.map { (server: $0.key, longest: $0.value.longestSurvived) }
        .sorted { ($0.longest, $1.server.description) > ($1.longest, $0.server.description) })
  }
}

/// What a box that is asked for would explain of a capture, were it on the path.
public struct PathAnswer: Sendable {
  /// The box, or the time.
  public let threshold: PathThreshold
  /// The connections that were lost or ended as it would have lost or ended them.
  public let explains: [Int]
  /// The lost connections that it does not explain: their silence was shorter, or ended otherwise.
  public let leavesOpen: [Int]
  /// The servers to which longer silences were survived, so that it is not on the path to them; and the longest, in nanoseconds.
  public let survivors: [(server: SocketAddress, longest: Int64)]
}
