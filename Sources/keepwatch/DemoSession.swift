import ApplicationLog
import ArgumentParser
import CaptureFile
import DemoPeers
import Glibc
import KeepaliveAnalysis
import KernelView
import PacketCapture
import PacketObservation
import Reporting

/// One demo: starts the server and the client, makes the failure happen, and watches with the same code as `live`.
final class DemoSession {
  private static let port: UInt16 = 12345

  private let scenario: DemoScenario
  private let settings: KeepaliveSettings
  private let isPrivate: Bool
  private let json: Bool
  private let style = TextStyle.standardOutput()
  private let capture: LiveCapture
  private let loop: EventLoop
  private let report = JSONReport(files: ["lo"])
  private var writer: PcapWriter?
  private var observer = PacketObserver()
  private var output = Output()
  private var timeline: DemoTimeline
  private var tally = EventTally()
  private var frame = 0
  private var calls: [ApplicationCall] = []
  private var unanswered = 0
  private var hasSampledEnd = false
  private var isSampleDue = false
  private var killTime: Int64?

  init(
    scenario: DemoScenario, settings: KeepaliveSettings, isPrivate: Bool, json: Bool, file: String?
  ) throws {
    self.scenario = scenario
    self.settings = settings
    self.isPrivate = isPrivate
    self.json = json
    timeline = DemoTimeline(style: style, client: .init(count: settings.count))
    loop = try EventLoop()
    var options = LiveOptions(interface: "lo")
    options.filter = "tcp port \(Self.port)"
    do throws(LiveCaptureError) {
      capture = try LiveCapture(options)
    } catch {
      complain(
        isPrivate
          ? error.description
          : "The demo needs a private network, which this system does not allow this user, or the right to capture on "
            + "lo. Run it with sudo, or allow user namespaces (sysctl user.max_user_namespaces, "
            + "kernel.apparmor_restrict_unprivileged_userns).")
      throw ExitCode(error.isPrivilege ? 77 : 1)
    }
    writer = try openWriter(file, for: capture)
    observer.analyzer.traced = 0
  }

  /// Runs the demo to its end.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    printHead()
    let before = TCPCounters.read()
    let serverArguments = ["demo", "server", "--under-demo", "--port", "\(Self.port)"]
    let server = try start(serverArguments + (scenario == .silentPeer ? ["--go-deaf"] : []))
    guard waitForListening(server) else {
      complain("The demo's server did not begin to listen on port \(Self.port); is another program using it?")
      return 1
    }
    let client = try start([
      "demo", "client", "--under-demo", "--port", "\(Self.port)", "--idle", "\(settings.idle)", "--interval",
      "\(settings.interval)", "--count", "\(settings.count)", "--user-timeout", "\(settings.userTimeout)",
    ])
    let wasInterrupted = try watch(server: server, client: client)
    let counted = before.flatMap { earlier in TCPCounters.read()?.since(earlier) }
    // What the kernel still says when both programs are killed belongs to no scenario.
    server.kill()
    client.kill()
    writer?.flush()
    observer.finish()
    takeEvents()
    printLines(at: nil)
    if !wasInterrupted { printEnd(counted) }
    output.flush()
    return wasInterrupted ? 130 : 0
  }

  private func start(_ arguments: [String]) throws -> ChildProcess {
    do throws(ChildProcess.Failure) {
      return try ChildProcess(arguments: arguments)
    } catch {
      complain("A demo program could not be started: \(ErrorName.text(error.code)).")
      throw ExitCode(1)
    }
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
  private func watch(server: ChildProcess, client: ChildProcess) throws -> Bool {
    let longest = settings.idle + settings.interval * (settings.count + 1)
    let deadline = currentTime() + Int64(longest * 2 + 10) * 1_000_000_000
    var endTime: Int64?
    while currentTime() < deadline {
      let descriptors = [capture.descriptor] + [server, client].filter { !$0.isAtEnd }.map(\.output)
      if loop.wait(for: descriptors, milliseconds: 50).isEnding { return true }
      try takePackets()
      for call in (server.readLines() + client.readLines()).compactMap(ApplicationCall.init(line:)) { take(call) }
      takeEvents()
      sampleSocket()
      killIfDue(server)
      printLines(at: currentTime())
      if endTime == nil, isOver(client) { endTime = currentTime() + 400_000_000 }
      if let endTime, currentTime() > endTime { return false }
    }
    return false
  }

  /// Whether nothing more is to happen.
  private func isOver(_ client: ChildProcess) -> Bool {
    scenario == .healthy ? tally.answers >= max(3, settings.count) : client.isAtEnd
  }

  private func killIfDue(_ server: ChildProcess) {
    guard scenario == .killedServer, killTime == nil else { return }
    guard let answer = calls.last(where: { $0.process == "client" && $0.call == "recv" && ($0.result ?? 0) > 0 }),
      currentTime() - answer.time > 300_000_000
    else { return }
    killTime = currentTime()
    timeline.take(note: "the server is killed (SIGKILL)", at: currentTime())
    server.kill()
  }

  private func takePackets() throws {
    do throws(LiveCaptureError) {
      try capture.read { bytes, originalLength, time in
        frame += 1
        writer?.write(bytes, in: bytes.indices, originalLength: originalLength, time: time)
        observer.observe(
          bytes, in: bytes.indices, originalLength: originalLength, linkType: capture.linkType, interface: 0,
          time: time, frame: frame, file: 0)
      }
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
    observer.flush()
  }

  private func take(_ call: ApplicationCall) {
    calls.append(call)
    if json {
      output.line(report.application(call, start: observer.analyzer.captureStart ?? call.time))
    } else if call.process == "client" {
      timeline.take(call)
    } else if call.call == "deaf" {
      timeline.take(note: "the server's host goes deaf", at: call.time)
      isSampleDue = true
    }
  }

  /// Asks the kernel for the client's socket.
  private func sampleSocket() {
    guard isSampleDue, let end = timeline.clientEnd,
      let socket = SocketState.find(localPort: end.port, remotePort: Self.port)
    else { return }
    isSampleDue = false
    timeline.take(
      socket: "\(socket.state), \(socket.timerName), \(socket.unansweredProbes) unanswered", at: currentTime())
  }

  private func takeEvents() {
    let start = observer.analyzer.captureStart ?? 0
    for event in observer.analyzer.events {
      tally.count(event)
      if json { output.line(report.event(event, start: start)) } else { timeline.take(event) }
      if case .probe(let probe) = event.kind { unanswered = probe.unansweredBefore + 1 }
    }
    observer.analyzer.events.removeAll(keepingCapacity: true)
    for segment in observer.analyzer.trace { timeline.take(segment) }
    observer.analyzer.trace.removeAll(keepingCapacity: true)
    if unanswered == settings.count, !hasSampledEnd, scenario == .silentPeer {
      hasSampledEnd = true
      isSampleDue = true
    }
  }

  private func printLines(at time: Int64?) {
    guard !json else {
      output.flush()
      return
    }
    for line in timeline.finishedLines(at: time) { output.line(style.ascii(line)) }
    output.flush()
  }

  private func printHead() {
    if json {
      output.line(report.capture(file: 0, kind: "demo", linkTypes: [capture.linkType.name]))
    } else {
      for line in DemoText.head(scenario, settings: settings.text, isPrivate: isPrivate, style: style) {
        output.line(style.ascii(line))
      }
      output.line(style.ascii(timeline.heading))
    }
    output.flush()
  }

  private func printEnd(_ counted: TCPCounters?) {
    let analyzer = observer.analyzer
    let kernel = counted.map { (probes: $0.keepaliveProbes, aborts: $0.abortsOnTimeout) }
    guard analyzer.connectionCount > 0 else { return complain("No packet of the demo was captured.") }
    let connection = analyzer.report(1)
    if json {
      let start = analyzer.captureStart ?? 0
      for line in report.connection(connection, start: start) { output.line(line) }
      output.line(report.kernel(probes: kernel?.probes, aborts: kernel?.aborts, isPrivate: isPrivate))
      var verdicts = VerdictTally()
      verdicts.count(connection.verdict)
      output.line(
        report.summary(
          counts: observer.counts, analyzer: analyzer, tally: tally, verdicts: verdicts,
          dropped: capture.statistics?.dropped, problems: 0))
      return
    }
    let outcome = DemoOutcome(
      connection: connection, calls: calls, tally: tally, kernel: kernel, isPrivate: isPrivate,
      lost: capture.statistics.map { $0.dropped + $0.droppedByInterface } ?? 0, idle: settings.idle,
      interval: settings.interval, count: settings.count)
    for line in DemoText.end(scenario, outcome, style: style) { output.line(style.ascii(line)) }
  }
}

extension KeepaliveSettings {
  /// The settings as socket options, for the demo's head.
  var text: String {
    "SO_KEEPALIVE on    TCP_KEEPIDLE \(idle) s   TCP_KEEPINTVL \(interval) s   TCP_KEEPCNT \(count)"
      + (userTimeout > 0 ? "   TCP_USER_TIMEOUT \(userTimeout) ms" : "")
  }
}
