import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// Notices a log whose clock disagrees with the packets': a program cannot learn of a packet before it is there, nor cause one
/// that was sent before.
///
/// A call that is told too early shows a clock. One that is told late shows nothing: whoever traces calls may be late. And strace
/// notes a call's beginning some time before it lets it go on, so that the call has returned for certain only when the same thread
/// makes the next one.
public struct ClockCheck: Sendable {
  /// The nanoseconds by which the log's clock is behind the packets' at least, and the call that shows it most.
  private var behind: (by: Int64, evidence: ApplicationCall)?
  /// The least time by which a connect() began after its own SYN, and that call.
  private var ahead: (by: Int64, evidence: ApplicationCall)?
  /// A log on whose every connect() this much is missing has another clock: nobody traces all of them so late.
  private static let longestDelay: Int64 = 1_000_000_000

  /// Calls of which it is not known yet when they had returned for certain, each with a packet that was there before: by program.
  private var open: [String: (call: ApplicationCall, packet: Int64)] = [:]

  /// A check that has seen nothing.
  public init() {}

  /// The nanoseconds by which the log's clock is ahead of the packets' at least, negative where it is behind, and the call that
  /// shows it; `nil` where the two may agree.
  public var disagreement: (ahead: Int64, evidence: ApplicationCall)? {
    if let behind { return (-behind.by, behind.evidence) }
    guard let ahead, ahead.by > Self.longestDelay else { return nil }
    return (ahead.by, ahead.evidence)
  }

  /// Takes a call of the log, and the report of its connection, where it has one.
  public mutating func note(_ joined: JoinedCall, _ report: ConnectionReport?) {
    let call = joined.call
    if let earlier = open.removeValue(forKey: call.process) {
      note(earlier.call, returnedBy: call.began ?? call.time, before: earlier.packet)
    }
    guard let report, report.clientIsCertain, let local = joined.local else { return }
    if call.result != nil { open[call.process] = (call, report.firstTime) }
    if call.call == "connect", let began = call.began {
      let delay = began - report.firstTime
      if delay < ahead?.by ?? .max { ahead = (delay, call) }
    }
    if report.verdict == .dead, call.error == "ETIMEDOUT", report.address(report.subject) == local,
      let time = report.deciding.time
    {
      open[call.process] = (call, time)
    }
  }

  /// Takes a call that cannot have returned before a packet.
  private mutating func note(_ call: ApplicationCall, returnedBy time: Int64, before packet: Int64) {
    let difference = packet - time
    guard difference > ApplicationJoin.slack, difference > behind?.by ?? 0 else { return }
    behind = (difference, call)
  }
}
