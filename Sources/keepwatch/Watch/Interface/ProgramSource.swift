import ArgumentParser
import Findings
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import SystemCalls

/// An interface while a program runs that is started for it, to the program's end.
final class ProgramSource: Source {
  private let interface: InterfaceSource
  private let program: WatchedProgram
  private var audience = Audience([])
  private var sockets = SocketSampler()
  /// The ends of the program's sockets, as its calls tell them.
  private var ownEnds: Set<SocketAddress> = []
  /// After the program's end its last packets are still on their way.
  private var endTime = Int64.max
  /// A signal that came before the program was started: it is for this one.
  private var signalBefore: Int32?

  init(_ interface: InterfaceSource, _ program: WatchedProgram) {
    self.interface = interface
    self.program = program
  }

  func begin(_ audience: Audience) throws {
    self.audience = audience
    interface.tellBeginning(to: audience)
    signalBefore = Signals.noted
    guard signalBefore == nil else { return }
    try program.start()
    try interface.giveUpPrivileges()
  }

  func take(into observer: inout PacketObserver) -> Bool {
    guard signalBefore == nil, currentTime() < endTime else { return false }
    // Signals are passed to the program, which decides when it ends.
    _ = interface.waits(milliseconds: 50)
    return interface.takePackets(into: &observer)
  }

  var knownUntil: Int64? { interface.knownUntil }

  func joined(_ call: JoinedCall) {
    if let local = call.local { ownEnds.insert(local) }
  }

  func lookAround(_ observer: borrowing PacketObserver) {
    interface.lookAround(observer)
    let now = currentTime()
    for socket in sockets.changes(of: { ownEnds.contains($0.local) }) { audience.socket(socket, at: now) }
    program.poll()
    if program.status != nil, endTime == .max { endTime = currentTime() + WaitingCalls.settlingTime }
  }

  func newCalls(isLast: Bool) -> [SourcedCall] { interface.newCalls(isLast: isLast) }

  /// It is watched to its end, whoever listens.
  var goesOnUnheard: Bool { true }

  var isAbandoned: Bool { signalBefore != nil }

  func finish(_ observer: inout PacketObserver) { interface.finish(&observer) }

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
