import ApplicationLog
import Findings
import KeepaliveAnalysis
import KernelView
import PacketObservation
import PacketWire
import Presenting
import SystemCalls

/// Where packets come from, and what else is known there: saved files, an interface, a program's run, a demo.
protocol Source: AnyObject {
  /// What must be made or kept for it.
  var needs: Needs { get }
  /// The observer that its packets are handed to, which tracks so many connections.
  func makeObserver(maximumConnections: Int) -> PacketObserver
  /// Begins, and tells what is watched.
  ///
  /// - Throws: an exit status, after a message.
  func begin(_ audience: Audience) throws
  /// Whether it may go on for months: what has ended is forgotten some time after it was told.
  var isEndless: Bool { get }
  /// Hands over packets that have come; where none have, waits for a moment.
  ///
  /// - Returns: whether more may come.
  func take(into observer: inout PacketObserver) throws -> Bool
  /// Until when all is known: the packets' clock moves on to then while none comes. `nil` where only packets move it.
  var knownUntil: Int64? { get }
  /// Packets that its capture lost so far; `nil` where nobody tells.
  var losses: CaptureLosses? { get }
  /// Takes what was recognised in its packets.
  func recognised(_ event: KeepaliveEvent)
  /// Takes a call of its programs, now that its connection is known as well as it can be.
  func joined(_ call: JoinedCall)
  /// Looks after what goes on beside the packets.
  func lookAround(_ observer: borrowing PacketObserver)
  /// The calls that programs have made since the last time.
  func newCalls(isLast: Bool) -> [SourcedCall]
  /// Whether its programs' calls are kept for the end; otherwise they are told as they come, and that is all.
  var keepsCalls: Bool { get }
  /// Whether it goes on though nobody reads what is written.
  var goesOnUnheard: Bool { get }
  /// Why nobody reads the packets that it saves any more; `nil` where somebody does, or none are saved.
  var savingFailure: WriteFailure? { get }
  /// Nobody reads any more: ends what it has started.
  func stop()
  /// Nothing more is taken.
  func finish(_ observer: inout PacketObserver) throws
  /// Whether its user ended it before its story was told.
  var isAbandoned: Bool { get }
  /// What there is to know of the capture beside its packets.
  var facts: SourceFacts { get }
  /// The names of its programs' logs.
  var logNames: [String] { get }
  /// Ends it with the last messages.
  ///
  /// - Parameters:
  ///   - output: which is to be finished, where that decides how this ends.
  ///   - isAlarming: whether a verdict was given that `--fail-on` names.
  /// - Returns: the exit status.
  /// - Throws: another exit status, after a message.
  func exitStatus(_ output: Output, isAlarming: Bool) throws -> Int32
}

extension Source {
  /// Whether its packets are of the present.
  var isLive: Bool { knownUntil != nil }
  var needs: Needs { Needs() }
  var isEndless: Bool { false }
  func stop() {}
  func makeObserver(maximumConnections: Int) -> PacketObserver {
    PacketObserver(maximumConnections: maximumConnections)
  }
  func recognised(_ event: KeepaliveEvent) {}
  func joined(_ call: JoinedCall) {}
  func lookAround(_ observer: borrowing PacketObserver) {}
  var knownUntil: Int64? { nil }
  var losses: CaptureLosses? { nil }
  var keepsCalls: Bool { true }
  var goesOnUnheard: Bool { false }
  var savingFailure: WriteFailure? { nil }
  var isAbandoned: Bool { false }
}

/// A call, and the log that tells it.
struct SourcedCall {
  let call: ApplicationCall
  /// The log's number, from 0.
  var log = 0
}
