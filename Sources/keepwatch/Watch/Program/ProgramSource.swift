import ArgumentParser
import Findings
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import SystemCalls

/// An interface while a program runs, to the program's end.
final class ProgramSource: Source {
  private let interface: InterfaceSource
  private let program: any WatchedProcess
  private let helper: SettingsHelper?
  private var audience = Audience([])
  private var sampler = SocketSampler()
  private var ownSockets: OwnSockets?
  /// The ends of the program's sockets, as its calls and descriptors tell them.
  private var ownEnds: Set<SocketAddress> = []
  /// Of more ends than this only those of sockets that there are now are kept.
  private static let mostEnds = 1_000
  /// After the program's end its last packets are still on their way.
  private var endTime = Int64.max
  /// A signal that came before the program was started: it is for this one.
  private var signalBefore: Int32?

  /// - Parameters:
  ///   - interface: where packets come from.
  ///   - program: what is watched.
  ///   - helper: reads whose sockets are, and what is set on them; `nil` where it could not be started.
  init(_ interface: InterfaceSource, _ program: any WatchedProcess, helper: SettingsHelper?) {
    self.interface = interface
    self.program = program
    self.helper = helper
  }

  func begin(_ audience: Audience) throws {
    self.audience = audience
    interface.tellBeginning(to: audience)
    signalBefore = Signals.noted
    guard signalBefore == nil else { return }
    try program.start()
    try interface.giveUpPrivileges()
    ownSockets = program.process.map { OwnSockets(of: $0, helper) }
  }

  /// A program may run for months.
  var isEndless: Bool { true }
  var keepsCalls: Bool { false }

  func take(into observer: inout PacketObserver) -> Bool {
    guard signalBefore == nil, currentTime() < endTime else { return false }
    // Signals are passed to a program that was started, which decides when it ends; those that come later are for this watch.
    let isEnding = interface.waits(milliseconds: 50)
    if isEnding, !program.takesSignals || program.status != nil { return false }
    return interface.takePackets(into: &observer)
  }

  var knownUntil: Int64? { interface.knownUntil }

  func joined(_ call: JoinedCall) {
    guard let local = call.local, call.remote != nil else { return }
    ownEnds.insert(local)
    // "python3[4711]": a daemon is nobody's child any more, but strace has followed it.
    if let number = call.call.process.split(separator: "[").last.flatMap({ Int32($0.dropLast()) }) {
      ownSockets?.noteCall(ofThread: number)
    }
    if call.call.call == "setsockopt" { ownSockets?.noteChange(of: local) }
  }

  func lookAround(_ observer: borrowing PacketObserver) {
    interface.lookAround(observer)
    lookAtSockets()
    program.poll { audience.say($0) }
    if program.hasEnded, endTime == .max { endTime = currentTime() + WaitingCalls.settlingTime }
  }

  private func lookAtSockets() {
    let changes = sampler.changes(of: { ownEnds.contains($0.local) }, everyProbe: true)
    let now = currentTime()
    for owned in ownSockets?.news(sampler.table) ?? [] {
      ownEnds.insert(owned.socket.local)
      audience.owned(owned)
    }
    if ownEnds.count > Self.mostEnds { ownEnds.formIntersection(sampler.table.map(\.local)) }
    for socket in changes { audience.socket(socket, at: now) }
    for ends in sampler.gone { audience.gone(ends, at: now) }
  }

  func newCalls(isLast: Bool) -> [SourcedCall] { interface.newCalls(isLast: isLast) }

  /// It is watched to its end, whoever listens.
  var goesOnUnheard: Bool { true }

  var isAbandoned: Bool { signalBefore != nil }

  func finish(_ observer: inout PacketObserver) {
    program.finish()
    interface.finish(&observer)
  }

  var logNames: [String] { interface.logNames }

  var facts: SourceFacts { interface.facts }

  /// The program's own.
  func exitStatus(_ output: Output, isAlarming: Bool) throws -> Int32 {
    if let signalBefore { return 128 + signalBefore }
    guard let status = program.status else { return try interface.exitStatus(output, isAlarming: isAlarming) }
    interface.tellLast()
    for case .error? in [output.failure] + interface.writeFailures.map(Optional.some) {
      complain("the program ended with status \(status); this ends with 125, as not everything could be written")
      throw ExitCode(125)
    }
    return status
  }
}
