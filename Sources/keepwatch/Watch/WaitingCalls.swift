import ApplicationLog
import KeepaliveAnalysis
import Timeline

/// The calls of programs: each waits for its packets, is told beside its connection, and is kept for the end.
struct WaitingCalls {
  /// Packets and calls arrive by different ways: a call waits this long for its packets, in nanoseconds.
  static let settlingTime: Int64 = 300_000_000

  private let settlingTime: Int64
  /// Calls that wait, and when each was read: by their own times, which a log's clock may have wrong, some might wait for ever.
  private var waiting: [(call: ApplicationCall, since: Int64)] = []
  /// All of them, by log.
  private var logs: [[ApplicationCall]] = []

  init(settlingTime: Int64) { self.settlingTime = settlingTime }

  /// Takes calls that were just read.
  mutating func take(_ calls: [SourcedCall]) {
    let now = currentTime()
    for sourced in calls {
      while logs.count <= sourced.log { logs.append([]) }
      logs[sourced.log].append(sourced.call)
      waiting.append((sourced.call, now))
    }
  }

  /// The calls that have waited long enough, in the order read.
  mutating func due(at time: Int64, _ connections: @autoclosure () -> Connections) -> [JoinedCall] {
    let due = waiting.prefix { $0.since <= time - settlingTime }
    guard !due.isEmpty else { return [] }
    waiting.removeFirst(due.count)
    var join = ApplicationJoin(connections())
    return due.map { join.joined($0.call) }
  }

  /// All calls in the order of time, joined anew now that everything is known.
  ///
  /// - Returns: the calls, and by log how much its clock disagrees with the packets'.
  func joined(with connections: Connections) -> (calls: [JoinedCall], disagreements: [ClockDisagreement]) {
    var calls: [JoinedCall] = []
    var disagreements: [ClockDisagreement] = []
    for (number, log) in logs.enumerated() {
      let joined = LoggedCalls(log, with: connections)
      calls += joined.calls
      if let found = joined.clockDisagreement {
        disagreements.append(ClockDisagreement(log: number, seconds: found.seconds, evidence: found.evidence))
      }
    }
    return (calls.sorted { $0.call.time < $1.call.time }, disagreements)
  }
}

/// That a log's clock disagrees with the packets'.
struct ClockDisagreement {
  /// The log's number.
  let log: Int
  /// How much the log is ahead.
  let seconds: Double
  /// The call that shows it.
  let evidence: ApplicationCall
}
