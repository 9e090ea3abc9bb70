import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// The calls of one log, joined to the connections of a capture.
public struct LoggedCalls: Sendable {
  /// The calls, in the order of the log.
  public private(set) var calls: [JoinedCall] = []
  /// How much the log's clock disagrees with the packets', in nanoseconds, and the call that shows it; `nil` where it does not.
  public private(set) var clockDisagreement: (ahead: Int64, evidence: ApplicationCall)?

  /// Joins calls to what has been analysed.
  ///
  /// Where the log's clock disagrees with the packets', no delays between the two are told.
  public init(_ log: [ApplicationCall], with connections: Connections) {
    var join = ApplicationJoin(connections)
    var check = ClockCheck()
    for call in log.namingConnects() {
      let joined = join.joined(call)
      check.note(joined, joined.connection.map { join.report($0) })
      calls.append(joined)
    }
    guard let disagreement = check.disagreement else { return }
    clockDisagreement = disagreement
    for index in calls.indices { calls[index].learned = nil }
  }

  /// The calls on one connection, and what happened to the programs that made them.
  public static func of(_ connection: Int, _ calls: [JoinedCall]) -> [JoinedCall] {
    let programs = Set(calls.filter { $0.connection == connection }.map(\.call.process))
    return calls.filter { $0.connection == connection || $0.call.isEvent && programs.contains($0.call.process) }
  }
}
