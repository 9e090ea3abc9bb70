import KeepaliveAnalysis
import PacketWire

/// A whole capture at one look: what became of each connection, or of several alike, along one time.
public struct Overview: Sendable {
  /// A row: one connection, or several of one server that fared alike.
  public struct Row: Sendable {
    /// What became of them.
    public let verdict: Verdict
    /// The only one, where it is one.
    public let report: ConnectionReport?
    /// How many they are, and whose.
    public let tally: FoldedRow
    /// What happened when.
    public let line: OverviewLine
  }

  /// The rows of one server.
  public struct Server: Sendable {
    /// The server.
    public let address: SocketAddress
    /// How many connections it has in the capture.
    public let connections: Int
    /// The worst first.
    public let rows: [Row]
  }

  /// When the capture began and ended: nanoseconds since the epoch.
  public let time: ClosedRange<Int64>
  /// The servers of the worst connections first.
  public let servers: [Server]
  /// When something happened to many at once, in the order of time.
  public let moments: [OverviewMoment]
  /// How many servers have no row, and how many connections are theirs.
  public let leftOut: (servers: Int, connections: Int)

  /// How many rows there are.
  public var rowCount: Int { servers.reduce(0) { $0 + $1.rows.count } }

  /// The overview of a capture; `nil` where it has no connection, or no times.
  ///
  /// - Parameters:
  ///   - findings: what came of it, with all reports kept.
  ///   - activity: what happened when.
  ///   - most: how many rows there may be.
  public init?(_ findings: CaptureFindings, _ activity: CaptureActivity, atMost most: Int) {
    let reports = findings.connections.reports
    guard findings.counts.hasTimes, let first = reports.map(\.firstTime).min() else { return nil }
    let begin = findings.counts.firstTime ?? first
    guard findings.captureEnd > begin else { return nil }
    time = begin...findings.captureEnd
    let lines = Self.lines(reports, activity, captureEnd: findings.captureEnd)
    let all = findings.connections.servers(all: true)
    let told = all.prefix(most)
    let each = Self.oneByOne(told, atMost: most)
    var room = most
    var servers: [Server] = []
    for server in told where server.groups.count <= room {
      let rows = server.groups.flatMap { Self.rows($0, oneByOne: each, lines) }
      servers.append(Server(address: server.server, connections: server.count, rows: rows))
      room -= rows.count
    }
    self.servers = servers
    leftOut = (
      all.count - servers.count, all.reduce(0) { $0 + $1.count } - servers.reduce(0) { $0 + $1.connections }
    )
    moments = OverviewMoment.moments(reports, lines, activity, captureEnd: findings.captureEnd)
  }

  /// The line of each connection, by its number.
  private static func lines(
    _ reports: [ConnectionReport], _ activity: CaptureActivity, captureEnd: Int64
  ) -> [Int: OverviewLine] {
    var next: [SocketPair: Int64] = [:]
    var lines: [Int: OverviewLine] = [:]
    for report in reports.sorted(by: { $0.firstTime > $1.firstTime }) {
      let end = next[report.ends.unordered] ?? captureEnd
      lines[report.number] = OverviewLine(report, activity, before: end, captureEnd: captureEnd)
      next[report.ends.unordered] = report.firstTime
    }
    return lines
  }

  /// Of each group, how many connections may have rows of their own.
  private static func oneByOne(_ servers: ArraySlice<ServerFindings>, atMost most: Int) -> Int {
    let groups = servers.flatMap(\.groups)
    let sizes = [most, 30, 20, 15, 10, 8, 6, 5, 4, 3, 2]
    return sizes.first { size in
      groups.reduce(0) { $0 + ($1.areVictims ? min($1.count, size) : isShort($1) ? $1.count : 1) } <= most
    } ?? 1
  }

  /// Connections with nothing wrong are told together from a few on.
  private static func isShort(_ group: ServerFindings.Group) -> Bool { group.count < FoldedConnections.foldFrom }

  private static func rows(
    _ group: ServerFindings.Group, oneByOne most: Int, _ lines: [Int: OverviewLine]
  ) -> [Row] {
    let most = group.areVictims || isShort(group) && most > 1 ? most : 1
    let alone = group.count <= most ? group.count : most - 1
    let rows = group.reports.prefix(alone).map { row([$0], lines) }
    return alone == group.count ? rows : rows + [row(Array(group.reports.dropFirst(alone)), lines)]
  }

  private static func row(_ reports: [ConnectionReport], _ lines: [Int: OverviewLine]) -> Row {
    var tally = FoldedRow()
    for report in reports { tally.add(report) }
    let own = reports.compactMap { lines[$0.number] }
    return Row(
      verdict: reports[0].verdict, report: reports.count == 1 ? reports[0] : nil, tally: tally,
      line: own.count == 1 ? own[0] : OverviewLine(own))
  }
}
