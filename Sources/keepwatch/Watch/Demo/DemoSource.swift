import ApplicationLog
import ArgumentParser
import Demo
import Findings
import KeepaliveAnalysis
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import SystemCalls

/// A demo: the loopback interface while a server and its clients play a scenario.
final class DemoSource: Source {
  private let options: DemoOptions
  private let script: DemoScript
  private let packets: LivePackets
  private let loop: EventLoop
  private let users: Users
  /// Where the programs' calls are saved.
  private let log: OpenedOutput?
  private var audience = Audience([])
  private var countersBefore: TCPCounters?
  private var hostCounts: HostCounts?
  private var calls: [ApplicationCall] = []
  private var newest: [SourcedCall] = []
  private var sockets = SocketSampler()
  private let stage: DemoStage
  private var director: DemoDirector
  private var progress = DemoProgress()
  private var probesOfEnds: [SocketAddress: Int] = [:]
  private var deadline = Int64.max
  private var endTime = Int64.max
  /// Whether the user ended it.
  private(set) var isAbandoned = false

  init(_ options: DemoOptions, _ packets: LivePackets, users: Users, log: OpenedOutput?) throws {
    self.options = options
    self.packets = packets
    self.users = users
    self.log = log
    script = options.scenario.script(options.settings)
    loop = try EventLoop()
    stage = DemoStage(options, script)
    director = DemoDirector(script.cues, at: currentTime())
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    return needs
  }

  func begin(_ audience: Audience) throws {
    self.audience = audience
    audience.begin(CapturePart(file: 0, kind: "demo", linkTypes: [packets.linkType], interface: "lo"))
    countersBefore = TCPCounters.read()
    try stage.startPrograms()
    try users.goOn()
    // The kernel would have forgotten it with the user (prctl(2)).
    if options.endsWithParent { Signals.dieWithParent() }
    guard stage.serverListens(loop) else {
      if let signal = Signals.noted { throw ExitCode(128 + signal) }
      complain("The demo's server did not begin to listen on port \(DemoStage.port); is another program using it?")
      throw ExitCode(1)
    }
    director = DemoDirector(script.cues, at: currentTime())
    deadline = currentTime() + Int64(longest) * 1_000_000_000
    endTime = deadline
  }

  /// So many seconds it takes at most.
  private var longest: Int {
    let settings = options.settings
    return (settings.idle + settings.interval) * (settings.count + 4) + settings.userTimeout / 1000 + 30
  }

  func take(into observer: inout PacketObserver) throws -> Bool {
    guard currentTime() < endTime else {
      if endTime == deadline { complain("The demo did not come to its usual end within \(longest) s.") }
      return false
    }
    // Not before: where nobody reads, they would only find that the server is gone.
    stage.cueClientsOnce()
    isAbandoned = loop.wait(for: [packets.descriptor] + stage.descriptors, milliseconds: 50).isEnding
    if isAbandoned { return false }
    try takePackets(into: &observer)
    for call in stage.newCalls() {
      calls.append(call)
      newest.append(SourcedCall(call: call))
      progress.lastActivity = currentTime()
    }
    return true
  }

  private func takePackets(into observer: inout PacketObserver) throws {
    let before = observer.counts.packets
    do throws(LiveCaptureError) { try packets.take(into: &observer) } catch {
      complain(error.description)
      throw ExitCode(1)
    }
    if observer.counts.packets > before { progress.lastActivity = currentTime() }
    try endUnsaved()
  }

  /// Ends the demo where its packets cannot be saved.
  private func endUnsaved() throws {
    guard let failure = packets.writeFailure else { return }
    if let problem = packets.problem { complain(problem) }
    stop()
    try failure.endProgram()
  }

  var knownUntil: Int64? { currentTime() - 1_000_000_000 }

  func recognised(_ event: KeepaliveEvent) {
    switch event.kind {
    case .probe(let probe):
      progress.unanswered = probe.unansweredBefore + 1
      probesOfEnds[event.source, default: 0] += 1
      progress.probesOfEnds = probesOfEnds.values.sorted()
    case .answer(let answer):
      progress.unanswered = 0
      if answer.form == .ack { progress.answers += 1 }
      if answer.form == .reset { progress.refusals += 1 }
    case .windowProbe: progress.windowProbes += 1
    case .giveUp: progress.giveUps += 1
    case .quotedError, .ignored: break
    }
  }

  func newCalls(isLast: Bool) -> [SourcedCall] {
    defer { newest = [] }
    return newest
  }

  func lookAround(_ observer: borrowing PacketObserver) {
    let changes = sockets.changes(
      of: DemoStage.isOnStage, everySecond: script.showsTimer, lastProbe: options.settings.count)
    for socket in changes { audience.socket(socket, at: currentTime()) }
    progress.clientsEnded = stage.clientsHaveEnded
    for action in director.dueActions(progress, at: currentTime()) {
      if case .end = action { endTime = min(endTime, currentTime() + 400_000_000) }
      stage.perform(action, audience)
    }
  }

  func stop() { stage.killPrograms() }

  func finish(_ observer: inout PacketObserver) throws {
    hostCounts = HostCounts(since: countersBefore, isPrivate: options.isPrivate)
    // What was counted may still be in the capture's buffer.
    try takePackets(into: &observer)
    // What the kernel still says when the programs are killed belongs to no scenario.
    stop()
    observer.analyzer.advance(to: currentTime())
    observer.finish()
    if !isAbandoned, observer.analyzer.connections.count == 0 { complain("No packet of the demo was captured.") }
  }

  var logNames: [String] { ["the demo's programs"] }

  var facts: SourceFacts {
    var facts = SourceFacts(names: ["lo"])
    facts.dropped = packets.losses?.total
    facts.host = hostCounts
    return facts
  }

  func exitStatus(_ output: Output, isAlarming: Bool) throws -> Int32 {
    try output.finish()
    if let log, !writeFile(calls.map { $0.line + "\n" }.joined(), to: log) { return 1 }
    if let signal = Signals.noted, isAbandoned { return 128 + signal }
    try endUnsaved()
    return 0
  }
}
