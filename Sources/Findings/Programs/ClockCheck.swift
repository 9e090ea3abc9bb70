import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// Notices a log whose clock disagrees with the packets': a program cannot learn of a packet before it is there, nor cause one
/// that was sent before.
public struct ClockCheck: Sendable {
  /// The seconds by which the log's clock is ahead of the packets' at least; negative where it is behind.
  public private(set) var disagreement: Double?
  /// The call that shows it most.
  public private(set) var evidence: ApplicationCall?

  /// A check that has seen nothing.
  public init() {}

  /// Takes a call of the log, and the report of its connection.
  public mutating func note(_ joined: JoinedCall, _ report: ConnectionReport) {
    let call = joined.call
    guard report.clientIsCertain, let local = joined.local else { return }
    if call.result != nil, call.time < report.firstTime {
      note(Double(call.time - report.firstTime) / 1e9, call)
    }
    if call.call == "connect", let began = call.began, began > report.firstTime {
      note(Double(began - report.firstTime) / 1e9, call)
    }
    if report.verdict == .dead, call.error == "ETIMEDOUT", report.address(report.subject) == local,
      let time = report.deciding.time, call.time < time
    {
      note(Double(call.time - time) / 1e9, call)
    }
  }

  private mutating func note(_ seconds: Double, _ call: ApplicationCall) {
    guard abs(seconds) > Double(ApplicationJoin.slack) / 1e9, abs(seconds) > abs(disagreement ?? 0) else { return }
    disagreement = seconds
    evidence = call
  }
}
