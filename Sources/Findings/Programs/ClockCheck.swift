import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// Notices a log whose clock disagrees with the packets': a program cannot learn of a packet before it is there, nor cause one
/// that was sent before.
public struct ClockCheck: Sendable {
  /// The nanoseconds by which the log's clock is ahead of the packets' at least; negative where it is behind.
  public private(set) var disagreement: Int64?
  /// The call that shows it most.
  public private(set) var evidence: ApplicationCall?

  /// A check that has seen nothing.
  public init() {}

  /// Takes a call of the log, and the report of its connection.
  public mutating func note(_ joined: JoinedCall, _ report: ConnectionReport) {
    let call = joined.call
    guard report.clientIsCertain, let local = joined.local else { return }
    if call.result != nil, call.time < report.firstTime {
      note(call.time - report.firstTime, call)
    }
    if call.call == "connect", let began = call.began, began > report.firstTime {
      note(began - report.firstTime, call)
    }
    if report.verdict == .dead, call.error == "ETIMEDOUT", report.address(report.subject) == local,
      let time = report.deciding.time, call.time < time
    {
      note(call.time - time, call)
    }
  }

  private mutating func note(_ ahead: Int64, _ call: ApplicationCall) {
    guard abs(ahead) > ApplicationJoin.slack, abs(ahead) > abs(disagreement ?? 0) else { return }
    disagreement = ahead
    evidence = call
  }
}
