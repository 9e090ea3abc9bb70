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

  init(_ server: SocketAddress, _ reports: [ConnectionReport], _ folded: FoldedRow?) {
    self.server = server
    // The folded ones are answered, and nothing happened to them; the first few of them have reports.
    groups = Dictionary(grouping: reports, by: Notability.rank).sorted { $0.key < $1.key }.map { _, alike in
      let (verdict, areVictims) = (alike[0].verdict, Notability.isVictim(alike[0]))
      return Group(
        verdict: verdict, areVictims: areVictims, reports: alike,
        folded: verdict == .answered && !areVictims ? folded : nil)
    }
  }
}

extension ConnectionFindings {
  /// The connections that are told of, or all, by their servers: the one of the worst connection first, of equal ones the one
  /// that was captured first.
  public func servers(all: Bool) -> [ServerFindings] {
    Dictionary(grouping: all ? reports : notable, by: \.serverAddress)
      .map { server, reports in
        (
          findings: ServerFindings(server, reports, folded[server]),
          worst: reports.map(Notability.rank).min() ?? .max, first: reports.first?.number ?? 0
        )
      }
      .sorted { ($0.worst, $0.first) < ($1.worst, $1.first) }
      .map(\.findings)
  }
}
