import KeepaliveAnalysis
import PacketWire

/// The connections of one server that are told of.
public struct ServerFindings: Sendable {
  /// Connections that fared alike.
  public struct Group: Sendable {
    /// What became of them.
    public let verdict: Verdict
    /// Whether that is something that their ends did not want.
    public let areVictims: Bool
    /// In the order captured.
    public let reports: [ConnectionReport]
    /// Those of which there is no report.
    public let folded: FoldedRow?

    /// How many they are.
    public var count: Int { reports.count + (folded?.count ?? 0) }

    /// The row that tells all of them but the first `told`.
    public func row(after told: Int) -> FoldedRow {
      var row = folded ?? FoldedRow()
      for report in reports.dropFirst(told) { row.add(report) }
      return row
    }
  }

  /// The server.
  public let server: SocketAddress
  /// The worst first.
  public let groups: [Group]

  /// How many connections they are.
  public var count: Int { groups.reduce(0) { $0 + $1.count } }
  /// Whether one of them is a victim.
  public var hasVictims: Bool { groups.contains(where: \.areVictims) }
}

extension ConnectionFindings {
  /// The connections that are told of, or all, by their servers: the one of the worst connection first, of equal ones the one
  /// that was captured first.
  public func servers(all: Bool) -> [ServerFindings] {
    struct Place: Hashable {
      let server: SocketAddress
      let rank: Int
    }
    // Reports are large, and may be a million: they are put into their groups once.
    let alike = Dictionary(grouping: all ? reports : notable) { report in
      Place(server: report.serverAddress, rank: Notability.rank(report))
    }
    return Dictionary(grouping: alike.keys, by: \.server)
      .map { server, places in
        let groups = places.sorted { $0.rank < $1.rank }.map { group(alike[$0] ?? []) }
        return (
          findings: ServerFindings(server: server, groups: groups), worst: places.map(\.rank).min() ?? .max,
          first: groups.compactMap(\.reports.first?.number).min() ?? 0
        )
      }
      .sorted { ($0.worst, $0.first) < ($1.worst, $1.first) }
      .map(\.findings)
  }

  /// Connections of one server that fared alike: the steady ones without reports are answered, and nothing happened to them.
  private func group(_ alike: [ConnectionReport]) -> ServerFindings.Group {
    let first = alike[0]
    let isAnswered = first.verdict == .answered && !Notability.isVictim(first)
    return ServerFindings.Group(
      verdict: first.verdict, areVictims: Notability.isVictim(first), reports: alike,
      folded: isAnswered ? folded[first.serverAddress] : nil)
  }
}
