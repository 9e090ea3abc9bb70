import ApplicationLog
import Findings
import KeepaliveAnalysis
import SystemCalls

/// The calls of programs: each waits for its packets, is told beside its connection, and is kept for the end.
struct WaitingCalls {
  /// Packets and calls arrive by different ways: a call waits this long for its packets, in nanoseconds.
  static let settlingTime: Int64 = 300_000_000
  /// So long where it names the other end of a connection of which no packet has come: a busy host hands packets over late, and
  /// those of another interface never come.
  static let longestWait: Int64 = 3_000_000_000

  private let settlingTime: Int64
  private let keepsAll: Bool
  /// Calls that wait, and when each was read: by their own times, which a log's clock may have wrong, some might wait for ever.
  private var waiting: [(call: ApplicationCall, since: Int64)] = []
  /// All of them, by log, where they are kept.
  private(set) var logs: [[ApplicationCall]] = []

  init(settlingTime: Int64, keepsAll: Bool = true) {
    self.settlingTime = settlingTime
    self.keepsAll = keepsAll
  }

  /// Takes calls that were just read.
  mutating func take(_ calls: [SourcedCall]) {
    let now = currentTime()
    for sourced in calls {
      while logs.count <= sourced.log { logs.append([]) }
      if keepsAll { logs[sourced.log].append(sourced.call) }
      waiting.append((sourced.call, now))
    }
  }

  /// The calls that have waited long enough, in the order read.
  mutating func due(at time: Int64, _ connections: @autoclosure () -> Connections) -> [JoinedCall] {
    let settled = waiting.prefix { $0.since <= time - settlingTime }
    guard !settled.isEmpty else { return [] }
    var join = ApplicationJoin(connections())
    var due: [JoinedCall] = []
    for (call, since) in settled {
      let joined = join.joined(call)
      let mayBeJoined = joined.connection == nil && joined.remote != nil && settlingTime > 0
      if mayBeJoined, since > time - Self.longestWait { break }
      due.append(joined)
    }
    waiting.removeFirst(due.count)
    return due
  }
}
