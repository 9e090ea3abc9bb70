import Findings
import KeepaliveAnalysis
import PacketWire
import SystemCalls

/// Looks from time to time which connections have stalled since the last look, and which go on again.
struct StallWatch {
  /// Data that was sent so often again is not only late.
  private static let fewestRetransmissions = 3
  /// The shortest time between two looks, in nanoseconds, and the part of the time that they may take.
  private static let interval: Int64 = 1_000_000_000
  private static let share: Int64 = 20

  private var nextLook: Int64 = 0
  private var stalled: [Int: ConnectionReport] = [:]

  /// What changed: those that stalled, and those whose data was acknowledged after all; between two looks nothing.
  mutating func changes(in state: WatchState) -> (stalled: [ConnectionReport], goOn: [ConnectionReport]) {
    let begin = currentTime()
    guard begin >= nextLook else { return ([], []) }
    let reports = state.findings(keepingAllOf: 0).notable
    let now = currentTime()
    nextLook = now + max(Self.interval, Self.share * (now - begin))
    var latest: [Int: ConnectionReport] = [:]
    for report in reports where report.stall?.retransmissions ?? 0 >= Self.fewestRetransmissions {
      latest[report.number] = report
    }
    let before = stalled
    stalled = latest
    let goOn = before.keys.filter { latest[$0] == nil }.sorted().compactMap { number in
      state.report(number).flatMap { $0.stall == nil && !$0.verdict.isEnd ? before[number] : nil }
    }
    return (latest.values.filter { before[$0.number] == nil }.sorted { $0.number < $1.number }, goOn)
  }
}
