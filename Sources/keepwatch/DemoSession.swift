import ApplicationLog
import ArgumentParser
import CLinux
import CaptureFile
import DemoPeers
import Glibc
import KeepaliveAnalysis
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import PrivateNetwork
import Reporting
import Timeline

/// One demo: starts the server and the clients, makes the failure happen, and watches with the same code as `live`.
final class DemoSession {
  private static let port: UInt16 = 12345

  /// Whether the outcome follows the text, for `demo all`.
  var printsOutcomeLast = false

  /// Where the programs' calls are to be saved.
  var log: OpenedOutput?

  private let scenario: DemoScenario
  private let script: DemoScript
  private let options: KeepaliveOptions
  private let settings: KeepaliveSettings
  private let address: String
  private let isPrivate: Bool
  private let json: Bool
  private let users: Users
  private let style: TextStyle
  private let capture: LiveCapture
  private let loop: EventLoop
  private let report = JSONReport(files: ["lo"])
  private let saved: OpenedOutput?
  private var writer: PcapWriter?
  private var observer = PacketObserver()
  private var output: Output
  private var timeline: ProgramTimeline
  private var frame = 0
  private var calls: [ApplicationCall] = []
  /// Calls whose packets may still be in the capture's buffer.
  private var unjoined: [ApplicationCall] = []
  private var progress = DemoProgress()
  private var probesOfEnds: [SocketAddress: Int] = [:]
  private var sockets = SocketSampler()
  private var server: ChildProcess?
  private var clients: [ChildProcess] = []
  private var network: DemoNetwork?

  init(
    scenario: DemoScenario, options: KeepaliveOptions, ipv6: Bool, isPrivate: Bool, json: Bool, users: Users,
    saved: OpenedOutput?, output: Output
  ) throws {
    self.scenario = scenario
    self.options = options
    settings = options.settings(for: scenario)
    script = scenario.script(settings)
    address = ipv6 ? "::1" : "127.0.0.1"
    self.isPrivate = isPrivate
    self.json = json
    self.users = users
    self.output = output
    self.saved = saved
    style = TextStyle.of(descriptor: output.descriptor)
    let hasOneClient = script.clients.count == 1
    timeline = ProgramTimeline(
      style: style, probeLimit: hasOneClient ? settings.count : nil,
      principal: hasOneClient ? script.clients[0].name : nil)
    guard isPrivate || !script.needsPrivateNetwork else {
      complain(
        "\(scenario.rawValue) needs a private network, which this system does not allow this user: it changes what "
          + "belongs to the whole host. \(PrivateNetwork.advice)")
      throw ExitCode(77)
    }
    var live = LiveOptions(interface: "lo")
    live.filter = "tcp port \(Self.port)"
    do throws(LiveCaptureError) {
      capture = try LiveCapture(live)
    } catch {
      complain(
        isPrivate
          ? error.description
          : "The demo needs a private network, which this system does not allow this user, or the right to capture on "
            + "lo. \(PrivateNetwork.advice)")
      throw ExitCode(error.isPrivilege ? 77 : 1)
    }
    if let saved { writer = try PcapWriter(saved, for: capture) }
    loop = try EventLoop()
    observer.analyzer.traced = 0
  }

  /// Runs the demo to its end.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    printHead()
    let before = TCPCounters.read()
    let server = try startPrograms()
    try users.goOn()
    // Under demo all it ends with it; the kernel would have forgotten that with the user (prctl(2)).
    if printsOutcomeLast { linux_die_with_parent() }
    guard waitForListening(server) else {
      if let signal = Signals.noted { return 128 + signal }
      complain("The demo's server did not begin to listen on port \(Self.port); is another program using it?")
      return 1
    }
    // Without a reader they would only find that the server is gone.
    if output.failure == nil { for client in clients { client.cue() } }
    let wasInterrupted = try watch(server)
    let counted = before.flatMap { earlier in TCPCounters.read()?.since(earlier) }
    // What was counted may still be in the capture's buffer.
    try takePackets()
    // What the kernel still says when the programs are killed belongs to no scenario.
    for process in [server] + clients { process.kill() }
    writer?.flush()
    observer.analyzer.advance(to: currentTime())
    observer.finish()
    takeEvents()
    printLines(at: nil)
    if !wasInterrupted, output.failure == nil { printEnd(counted) }
    try output.finish()
    if let log, !writeFile(calls.map { $0.line + "\n" }.joined(), to: log) { return 1 }
    if let signal = Signals.noted, wasInterrupted { return 128 + signal }
    try saveWhole()
    return 0
  }

  /// Starts the server, the clients, which wait for a cue, and what changes the network; they give up what they need not.
  ///
  /// - Returns: the server.
  private func startPrograms() throws -> ChildProcess {
    do throws(ChildProcess.Failure) {
      if script.changesNetwork { network = try DemoNetwork() }
      let server = try start("server", ["--address", address])
      self.server = server
      for number in script.clients.indices {
        clients.append(try start("client", ["--address", address, "--number", "\(number)"]))
      }
      return server
    } catch {
      complain("A demo program could not be started: \(ErrorName.text(error.code)).")
      throw ExitCode(1)
    }
  }

  private func start(_ half: String, _ words: [String]) throws(ChildProcess.Failure) -> ChildProcess {
    try ChildProcess(
      arguments: ["demo", half, "--part", scenario.rawValue, "--port", "\(Self.port)"] + words + options.words,
      takesCues: true)
  }

  private func waitForListening(_ server: ChildProcess) -> Bool {
    let deadline = currentTime() + 5_000_000_000
    while currentTime() < deadline, !server.isAtEnd {
      for line in server.readLines() {
        if let call = ApplicationCall(line: line), call.call == "listen" { return true }
      }
      if loop.wait(for: [server.output], milliseconds: 100).isEnding { return false }
    }
    return false
  }

  /// Watches until the story is told.
  ///
  /// - Returns: whether the user ended it before.
  private func watch(_ server: ChildProcess) throws -> Bool {
    var director = DemoDirector(script.cues, at: currentTime())
    let longest = (settings.idle + settings.interval) * (settings.count + 4) + settings.userTimeout / 1000 + 30
    let deadline = currentTime() + Int64(longest) * 1_000_000_000
    var endTime = deadline
    while currentTime() < endTime, output.failure == nil {
      let descriptors = [capture.descriptor] + ([server] + clients).filter { !$0.isAtEnd }.map(\.output)
      if loop.wait(for: descriptors, milliseconds: 50).isEnding { return true }
      try takePackets()
      for call in ([server] + clients).flatMap({ $0.readLines() }).compactMap(ApplicationCall.init(line:)) {
        take(call)
      }
      takeEvents()
      sampleSockets()
      progress.clientsEnded = clients.allSatisfy(\.isAtEnd)
      for action in director.dueActions(progress, at: currentTime()) {
        if case .end = action { endTime = min(endTime, currentTime() + 400_000_000) }
        perform(action, server)
      }
      printLines(at: currentTime())
    }
    if endTime == deadline, output.failure == nil {
      complain("The demo did not come to its usual end within \(longest) s.")
    }
    return false
  }

  private func perform(_ action: DemoScript.Action, _ server: ChildProcess) {
    switch action {
    case .cueServer: server.cue()
    case .cueClient(let number): clients[number].cue()
    case .killServer:
      note("the server is killed (SIGKILL)")
      server.kill()
    case .stopServer:
      note("the server is stopped (SIGSTOP)")
      server.stop()
    case .takeLoopbackDown:
      note("the client's interface goes down")
      if network?.takeLoopbackDown() != true { complain("The interface could not be taken down.") }
    case .setKernelParameters(let parameters):
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        let isSet = network?.set(name, to: value) == true
        note("net.ipv4.\(name) = \(value)" + (isSet ? "" : " could not be set"))
      }
    case .end:
      if script.clients.count > 1 { showTimers() }
    }
  }

  /// Tells what the kernel's timers of several clients' sockets stand at.
  private func showTimers() {
    guard !json else { return }
    let states = (SocketState.connections() ?? []).filter { $0.remote.port == Self.port }
    for (name, end) in clientEnds {
      guard let socket = states.first(where: { $0.local == end }) else { continue }
      timeline.take(socket: socket.text, of: name, at: currentTime())
    }
  }

  /// The clients and their sockets' ends, in the script's order.
  private var clientEnds: [(name: String, end: SocketAddress)] {
    script.clients.compactMap { client in
      calls.first { $0.process == client.name && $0.call == "connect" }?.localEnd.map { (client.name, $0) }
    }
  }

  private func takePackets() throws {
    do throws(LiveCaptureError) {
      try capture.read { bytes, originalLength, time in
        frame += 1
        writer?.write(bytes, in: bytes.indices, originalLength: originalLength, time: time)
        let packet = PacketRecord(
          time: time, frame: frame, range: bytes.indices, originalLength: originalLength, linkType: capture.linkType,
          interface: 0)
        observer.observe(packet, in: bytes)
        progress.lastActivity = currentTime()
      }
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
    observer.flush()
    writer?.flush()
    try saveWhole()
  }

  /// Ends the demo where its packets cannot be saved.
  private func saveWhole() throws {
    guard let failure = writer?.writeFailure else { return }
    if case .error = failure, let problem = writer?.failure { complain(problem.description) }
    for process in [server].compactMap({ $0 }) + clients { process.kill() }
    try failure.endProgram()
  }

  private func take(_ call: ApplicationCall) {
    calls.append(call)
    progress.lastActivity = currentTime()
    let events = [
      "deaf": "the server's host goes deaf", "hears": "the server's host hears again",
      "forgets": "the server's host forgets the connection",
    ]
    if json {
      unjoined.append(call)
    } else if let note = events[call.call] {
      timeline.take(note: note, at: call.time)
    } else if call.process != "server" || call.tellsOfTheEnd || call.call == "close" {
      timeline.take(call)
    }
  }

  private func note(_ text: String) {
    let time = currentTime()
    if json {
      output.lines { report.note(text, time: time, to: &$0) }
    } else {
      timeline.take(note: text, at: time)
    }
  }

  /// Asks the kernel for both ends' sockets, and tells what changed.
  private func sampleSockets() {
    let changes = sockets.changes(
      of: { $0.local.port == Self.port || $0.remote.port == Self.port }, everySecond: script.showsTimer,
      lastProbe: settings.count)
    for socket in changes {
      let isServers = socket.local.port == Self.port
      if json {
        output.lines { report.socket(socket.sample, time: currentTime(), to: &$0) }
      } else if script.clients.count == 1 {
        timeline.take(socket: socket.text, of: isServers ? "server" : nil, at: currentTime())
      }
    }
  }

  private func takeEvents() {
    let start = observer.analyzer.captureStart ?? 0
    for event in observer.analyzer.events {
      noteProgress(event)
      if json {
        output.lines { report.event(event, start: start, to: &$0) }
      } else {
        timeline.take(event)
      }
    }
    observer.analyzer.events.removeAll(keepingCapacity: true)
    for segment in observer.analyzer.trace { timeline.take(segment) }
    observer.analyzer.trace.removeAll(keepingCapacity: true)
  }

  private func noteProgress(_ event: KeepaliveEvent) {
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
    case .giveUp, .quotedError, .ignored: break
    }
  }

  private func printLines(at time: Int64?) {
    guard !json else { return printCalls(until: time.map { $0 - 300_000_000 } ?? .max) }
    for line in timeline.finishedLines(at: time) { output.line(style.ascii(line)) }
    output.flush()
  }

  private func printCalls(until time: Int64) {
    var join = ApplicationJoin(observer.analyzer.connections)
    for call in unjoined where call.time <= time {
      let joined = join.joined(call)
      output.lines { report.application(joined, start: observer.analyzer.captureStart ?? call.time, to: &$0) }
    }
    unjoined.removeAll { $0.time <= time }
    output.flush()
  }

  private func printHead() {
    if json {
      output.lines { report.capture(file: 0, kind: "demo", linkTypes: [capture.linkType.name], to: &$0) }
    } else {
      let lines = DemoText.head(
        scenario.demoStory, settings: scenario.clientSettings(settings), server: scenario.serverSettings(settings),
        isPrivate: isPrivate, style: style)
      for line in lines { output.line(style.ascii(line)) }
      output.line(style.ascii(timeline.heading))
    }
    output.flush()
  }

  /// Each client's connection, by the client's name.
  private func connections() -> [(name: String, report: ConnectionReport)] {
    clientEnds.compactMap { name, end in
      let server = SocketAddress(text: address.contains(":") ? "[\(address)]:\(Self.port)" : "\(address):\(Self.port)")
      return server.flatMap { observer.analyzer.connections.connection(between: end, and: $0) }.map {
        (name, observer.analyzer.connections.report($0))
      }
    }
  }

  private func printEnd(_ counted: TCPCounters?) {
    let kernel = counted?.counts
    guard observer.analyzer.connections.count > 0 else { return complain("No packet of the demo was captured.") }
    let outcome = DemoOutcome(
      connections: connections(), calls: calls, tally: observer.analyzer.tally, kernel: kernel, isPrivate: isPrivate,
      lost: capture.statistics.map { $0.dropped + $0.droppedByInterface } ?? 0, idle: settings.idle,
      interval: settings.interval)
    if json {
      printJSONEnd(outcome, kernel)
    } else {
      let story = scenario.demoStory
      for line in DemoText.end(story, outcome, style: style) { output.line(style.ascii(line)) }
      guard printsOutcomeLast else {
        for line in DemoText.next { output.line(style.ascii(line)) }
        return
      }
      let verdict = outcome.isAsExpected(story) ? story.expectedVerdict : "not as usual"
      output.line(
        [scenario.rawValue, verdict, outcome.programSaw, outcome.wireShowed, story.contribution].joined(separator: "\t")
      )
    }
  }

  private func printJSONEnd(_ outcome: DemoOutcome, _ kernel: KernelCounts?) {
    let connections = observer.analyzer.connections
    let start = connections.captureStart ?? 0
    var verdicts = VerdictTally()
    for number in 1...connections.count {
      let connection = connections.report(number)
      verdicts.count(connection.verdict)
      output.lines { report.connection(connection, start: start, to: &$0) }
    }
    output.lines {
      report.kernel(kernel, isPrivate: isPrivate, to: &$0)
      report.summary(
        counts: observer.counts, connections: connections, tally: observer.analyzer.tally, verdicts: verdicts,
        dropped: capture.statistics?.dropped, problems: 0, to: &$0)
    }
  }
}

extension DemoScenario {
  /// What the scenario is about, as the texts take it.
  var demoStory: DemoStory {
    DemoStory(
      name: rawValue, story: story, lesson: lesson, byDefault: byDefault, expectedVerdict: expectedVerdict,
      contribution: contribution)
  }

  /// The client's settings, for the demo's head.
  fileprivate func clientSettings(_ settings: KeepaliveSettings) -> String {
    switch self {
    case .noKeepalive: "SO_KEEPALIVE off"
    case .defaults: "SO_KEEPALIVE on, nothing else set: 7200 s, 75 s and 9, unless this host's settings differ"
    case .systemWide:
      "before: SO_KEEPALIVE on, before the change    after: the same, after it    own: also TCP_KEEPIDLE "
        + "\(settings.idle + 1) s    off: SO_KEEPALIVE off"
    default: settings.text
    }
  }

  /// The server's settings, for the demo's head.
  fileprivate func serverSettings(_ settings: KeepaliveSettings) -> String {
    self == .bothEnds ? settings.text : "SO_KEEPALIVE off"
  }
}

extension KeepaliveSettings {
  /// The settings as socket options.
  fileprivate var text: String {
    "SO_KEEPALIVE on    TCP_KEEPIDLE \(idle) s   TCP_KEEPINTVL \(interval) s   TCP_KEEPCNT \(count)"
      + (userTimeout > 0 ? "   TCP_USER_TIMEOUT \(userTimeout) ms" : "")
  }
}
