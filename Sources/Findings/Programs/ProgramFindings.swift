import ApplicationLog
import KeepaliveAnalysis

/// What programs saw, beside the connections on which they saw it.
public struct ProgramFindings: Sendable {
  /// Their calls, in the order of time.
  public let calls: [JoinedCall]
  /// What the capture tells of the connections of these calls, by number.
  public let reports: [Int: ConnectionReport]
  /// The logs whose clocks disagree with the packets'.
  public let disagreements: [ClockDisagreement]

  /// The calls of several logs, joined to what has been analysed.
  ///
  /// - Parameters:
  ///   - logs: calls in the order of each log.
  ///   - names: the logs' names.
  ///   - connections: those of a capture that has ended.
  ///   - wanted: connections that are reported in any case, where they are not forgotten.
  public init(
    _ logs: [[ApplicationCall]], names: [String], with connections: Connections, reporting wanted: Set<Int> = []
  ) {
    var calls: [JoinedCall] = []
    var disagreements: [ClockDisagreement] = []
    for (log, name) in zip(logs, names) {
      let joined = LoggedCalls(log, with: connections)
      calls += joined.calls
      if let found = joined.clockDisagreement {
        disagreements.append(ClockDisagreement(log: name, ahead: found.ahead, evidence: found.evidence))
      }
    }
    self.calls = calls.sorted { $0.call.time < $1.call.time }
    self.disagreements = disagreements
    let numbers = Set(calls.compactMap(\.connection)).union(wanted.filter(connections.isTracked))
    reports = Dictionary(uniqueKeysWithValues: numbers.map { ($0, connections.report($0)) })
  }
}

/// That a log's clock disagrees with the packets'.
public struct ClockDisagreement: Sendable {
  /// The log's name.
  public let log: String
  /// By how many nanoseconds the log is ahead at least; negative where it is behind.
  public let ahead: Int64
  /// The call that shows it most.
  public let evidence: ApplicationCall
}
