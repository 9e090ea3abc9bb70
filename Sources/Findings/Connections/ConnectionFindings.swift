import KeepaliveAnalysis

/// What a capture's connections came to: the reports that are worth a line, counts of the rest, and what explains them.
public struct ConnectionFindings: Sendable {
  /// Which connections are reported.
  public enum Detail: Sendable {
    /// Those with something to tell are kept.
    case notable
    /// The same, but steady connections of one server are folded, all but its first few: the summary tells them in one row.
    case folded
    /// All are kept.
    case all
    /// None is kept: each is only handed out.
    case streamed
  }

  /// The connections that are kept: those with something to tell, or all of them.
  public private(set) var reports: [ConnectionReport] = []
  /// The connections with something to tell that are not folded.
  public var notable: [ConnectionReport] { keepsAll ? reports.filter(Notability.isNotable) : reports }
  /// Those that are.
  public private(set) var folded = FoldedConnections()
  /// The verdicts of those with nothing to tell.
  public private(set) var others = VerdictTally()
  /// The verdicts of all.
  public private(set) var verdicts = VerdictTally()
  /// How many connections there were.
  public private(set) var total = 0
  /// What the connections tell of the paths to their servers.
  public private(set) var evidence = PathEvidence()
  /// Connections with something to tell that were forgotten, and of which no report is kept any more.
  public private(set) var leftOut = 0
  private let detail: Detail
  private var keepsAll: Bool { detail == .all }

  /// So many reports of forgotten connections are kept; where there are more, the earliest half goes.
  private static let mostForgotten = 10_000

  /// Nothing yet.
  public init(_ detail: Detail) { self.detail = detail }

  /// Takes each connection of `connections` in turn.
  ///
  /// - Parameters:
  ///   - connections: those of a capture that has ended.
  ///   - detail: which connections are kept.
  ///   - take: is handed each report, where all are kept or streamed.
  public init(_ connections: Connections, _ detail: Detail, take: (ConnectionReport) -> Void = { _ in }) {
    self.init(detail)
    finish(connections, take: take)
  }

  /// Takes connections that were forgotten: their reports, and the verdicts of those with nothing to tell.
  public mutating func note(forgotten: [ConnectionReport], uneventful: [Verdict: Int]) {
    for report in forgotten { note(report) { _ in } }
    if reports.count > Self.mostForgotten {
      leftOut += reports.count - Self.mostForgotten / 2
      reports.removeFirst(reports.count - Self.mostForgotten / 2)
    }
    for (verdict, count) in uneventful {
      others.count(verdict, count)
      verdicts.count(verdict, count)
      total += count
    }
    total += forgotten.count
  }

  /// Takes what is left at the end.
  public mutating func finish(_ connections: Connections, take: (ConnectionReport) -> Void = { _ in }) {
    total += connections.count
    for place in 0..<connections.count {
      let number = connections.number(at: place)
      if detail == .notable || detail == .folded,
        let verdict = connections.uneventfulVerdict(number, silence: Notability.silence)
      {
        others.count(verdict)
        verdicts.count(verdict)
      } else if detail == .folded, let steady = connections.steadyConnection(number), folded.fold(steady) {
        verdicts.count(.answered)
      } else {
        note(connections.report(number), take)
      }
    }
    for (silences, connections, server) in folded.survived { evidence.note(silences, on: connections, to: server) }
    guard evidence.needsHeard else { return }
    for place in 0..<connections.count {
      let number = connections.number(at: place)
      evidence.note(connections.heardEnds(number))
    }
  }

  private mutating func note(_ report: ConnectionReport, _ take: (ConnectionReport) -> Void) {
    verdicts.count(report.verdict)
    // Of one connection that was captured at two places, the first tells what became of it.
    if report.sameConnection.map({ $0.number > report.number }) ?? true { evidence.note(report) }
    let isNotable = Notability.isNotable(report)
    if !isNotable { others.count(report.verdict) }
    if detail == .all || detail == .streamed { take(report) }
    if detail == .all || detail != .streamed && isNotable { reports.append(report) }
  }
}
