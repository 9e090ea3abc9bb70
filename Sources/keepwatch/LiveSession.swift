import ApplicationLog
import ArgumentParser
import CaptureFile
import Glibc
import KeepaliveAnalysis
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import Reporting
import Timeline

/// One run over an interface: captures, observes, prints; alone, or beside a program.
final class LiveSession {
  /// Packets and calls arrive by different ways: a call waits this long for its packets, in nanoseconds.
  private static let settlingTime: Int64 = 300_000_000

  /// Whether segments with data may stay in the kernel where there are many.
  var mayLeaveDataOut = true

  private let capture: LiveCapture
  private let loop: EventLoop
  private let interface: String
  private let packetLimit: Int
  private let options: ReportOptions
  private let json: JSONReport
  private let style: TextStyle
  private let logs: [ApplicationLogFile]
  private let program: WatchedProgram?
  private let users: Users
  private let saved: OpenedOutput?
  private var writer: PcapWriter?
  private var observer = PacketObserver()
  private var output: Output
  /// Calls that wait for their packets, and when each was read: by their own times, which a log's clock may have wrong, some
  /// might wait for ever.
  private var unjoined: [(call: ApplicationCall, since: Int64)] = []
  private var calls: [ApplicationCall] = []
  private var events: [KeepaliveEvent] = []
  private var screen: LiveScreen?
  private var dataIsLeftOut = false
  /// When data was first left out.
  private var dataLeftOutSince: Int64?
  private var load = DataLoad()
  private var hintIsGiven = false
  private var isFull = false
  private var savingHasFailed = false
  /// Messages that went away with the screen.
  private var unread: [String] = []
  private var interfaceWatch: InterfaceWatch
  private let startTime = currentTime()
  private var sockets = SocketSampler()
  private var samples: [(time: Int64, socket: SocketState)] = []
  /// The ends of the program's sockets, as its calls tell them.
  private var ownEnds: Set<SocketAddress> = []

  init(
    _ live: LiveOptions, isDefaultInterface: Bool, loop: EventLoop, users: Users, saved: OpenedOutput?,
    packetLimit: Int?, report: ReportOptions, logs: [ApplicationLogFile], program: WatchedProgram? = nil, output: Output
  ) throws {
    options = report
    interface = live.interface
    self.packetLimit = packetLimit ?? .max
    self.logs = logs
    self.program = program
    self.loop = loop
    self.users = users
    self.output = output
    style = report.style(descriptor: output.descriptor)
    json = JSONReport(files: [live.interface])
    interfaceWatch = InterfaceWatch(live.interface)
    do throws(LiveCaptureError) { capture = try LiveCapture(live) } catch {
      complain(error.description)
      throw ExitCode(error.isPrivilege ? 77 : 1)
    }
    self.saved = saved
    if let saved { writer = try PcapWriter(saved, for: capture) }
    // A program's packets are kept for the time lines at the end.
    if program != nil { observer.analyzer.traced = 0 }
    announce(isDefaultInterface: isDefaultInterface)
  }

  private func announce(isDefaultInterface: Bool) {
    if options.json {
      output.lines {
        json.capture(file: 0, kind: program == nil ? "live" : "run", linkTypes: [capture.linkType.name], to: &$0)
      }
      output.flush()
    } else if program == nil {
      complain(
        "watching \(interface)"
          + (isDefaultInterface ? " (default; -i eth0, -i any for others; -D lists them)" : "") + "; Ctrl-C ends it")
    }
    var notices = [users.notice].compactMap { $0 }
    if let saved, capture.snapshotLength < 262_144 {
      notices.append("packets saved in \(saved.name) are cut to \(capture.snapshotLength) bytes; -s 0 keeps them whole")
    }
    // Who does not read one of them, and sends a signal, is not made to read the next.
    for notice in notices where Signals.noted == nil { complain(notice) }
  }

  /// Keeps a screen up to date instead of printing lines, where there is a terminal.
  func showScreen() {
    guard !options.json, program == nil else { return }
    screen = LiveScreen(title: "live on \(interface.printable)", zone: options.zone, isASCII: options.ascii)
  }

  /// Tells the user something: on the screen where there is one.
  private func say(_ message: String) {
    if let screen { screen.say(message) } else { complain(message) }
  }

  /// Watches until Ctrl-C, until enough packets came, or until the program has ended.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    if program == nil, screen == nil { printArmedTimers() }
    let before = TCPCounters.read()
    // One that came before the program was started is for this one.
    if program != nil, let signal = Signals.noted { return 128 + signal }
    try program?.start()
    // Packets are anybody's octets, and so are the calls of a program: they are read without root's powers.
    try users.goOn()
    let problem = watch()
    screen = nil
    writer?.flush()
    if !isHeard { try endUnheard() }
    takeCalls(isLast: true)
    observer.finish()
    printEvents()
    printCalls(until: .max)
    let verdicts = printEnd(before.flatMap { earlier in TCPCounters.read()?.since(earlier) })
    output.flush()
    for message in unread + [problem].compactMap({ $0 }) { complain(message) }
    if let status = program?.status { return try statusOfRun(status) }
    try output.finish()
    if problem != nil || writer?.failure != nil { return 1 }
    return options.failOn.contains { verdicts[$0] > 0 } ? 3 : 0
  }

  /// Whether what is watched still serves somebody.
  ///
  /// A program that runs is watched to its end, whoever listens; and where only the packets cannot be saved any more, the watch
  /// goes on.
  private var isHeard: Bool {
    switch writer?.writeFailure {
    case .readerIsGone, .isInterrupted: return program != nil
    case .error, nil: return program != nil || output.failure == nil
    }
  }

  private func endUnheard() throws {
    try output.finish()
    try writer?.writeFailure?.endProgram()
  }

  /// The exit status of a run whose program ended with `status`.
  ///
  /// - Throws: the exit status 125, after a message, where something could not be written.
  private func statusOfRun(_ status: Int32) throws -> Int32 {
    let copies = logs.map { $0.copyFailure.map(WriteFailure.init(code:)) }
    for case .error? in [output.failure, writer?.writeFailure] + copies {
      complain("the program ended with status \(status); this ends with 125, as not everything could be written")
      throw ExitCode(125)
    }
    return status
  }

  /// Watches to the end.
  ///
  /// - Returns: why it could not go on; `nil` where it ended as it should.
  private func watch() -> String? {
    // After the program's end its last packets are still on their way.
    var endTime = Int64.max
    while observer.counts.packets < packetLimit, currentTime() < endTime, isHeard {
      let descriptors = [capture.descriptor] + (screen?.descriptors ?? [])
      let isEnding = loop.wait(for: descriptors, milliseconds: program == nil ? 200 : 50).isEnding
      if isEnding, program == nil { return nil }
      do throws(LiveCaptureError) { try take() } catch {
        interfaceWatch.look()
        return interfaceWatch.end ?? "\(error.description) keepwatch live -D lists what can be watched"
      }
      sayWhenSavingFails()
      if let news = interfaceWatch.news(at: currentTime()) { say(news) }
      if let end = interfaceWatch.end { return end }
      takeCalls(isLast: false)
      // What is held waits for the wire's clock; packets may still be in the buffer for its timeout.
      observer.analyzer.advance(to: currentTime() - 1_000_000_000)
      printEvents()
      printCalls(until: currentTime() - Self.settlingTime)
      if let screen, screen.update(observer.analyzer.connections, packets: observer.counts.packets) { return nil }
      followLoad()
      sampleSockets()
      giveHint()
      sayWhenFull()
      program?.poll()
      if program?.status != nil, endTime == .max { endTime = currentTime() + Self.settlingTime }
    }
    return nil
  }

  private func take() throws(LiveCaptureError) {
    try capture.read { bytes, originalLength, time in
      guard observer.counts.packets < packetLimit else { return }
      let range = bytes.indices
      writer?.write(bytes, in: range, originalLength: originalLength, time: time)
      let packet = PacketRecord(
        time: time, frame: observer.counts.packets + 1, range: range, originalLength: originalLength,
        linkType: capture.linkType, interface: 0)
      observer.observe(packet, in: bytes)
    }
    observer.flush()
    writer?.flush()
  }

  private func followLoad() {
    guard mayLeaveDataOut || dataIsLeftOut,
      let isLeftOut = load.change(packets: observer.counts.packets, isLeftOut: dataIsLeftOut, at: currentTime())
    else { return }
    if isLeftOut || mayLeaveDataOut { leaveDataOut(isLeftOut) }
  }

  /// Leaves segments with data in the kernel from now on, or takes them again; and says so.
  func leaveDataOut(_ isLeftOut: Bool) {
    do throws(LiveCaptureError) { try capture.leaveDataOut(isLeftOut) } catch {
      mayLeaveDataOut = false
      return say("segments with data cannot be left in the kernel: \(error.description)")
    }
    dataIsLeftOut = isLeftOut
    let now = currentTime()
    if isLeftOut, dataLeftOutSince == nil { dataLeftOutSince = now }
    if options.json {
      output.lines { json.dataLeftOut(isLeftOut, time: now, to: &$0) }
    } else if isLeftOut {
      say(
        "\(mayLeaveDataOut ? "more than \(grouped(DataLoad.most)) packets a second: " : "")segments with data stay in the kernel "
          + "from now on. Probes, answers and give-ups are seen as before; retransmissions are not, nor a silence that only data "
          + "ended. --all-packets takes them")
    } else {
      say("few packets again: segments with data are taken from now on")
    }
  }

  private func takeCalls(isLast: Bool) {
    for log in logs {
      do throws(ApplicationLogFile.Failure) {
        let now = currentTime()
        unjoined += try log.newCalls(isLast: isLast).map { ($0, now) }
      } catch {
        log.problems.append(error.description)
      }
      guard let first = log.problems.first else { continue }
      if screen == nil { complain(aboutLinesOf: log) } else { say(first) }
      log.problems = []
    }
  }

  private func printEvents() {
    let text = LiveText(style: style, zone: options.zone)
    for event in observer.analyzer.events {
      if program != nil || events.count <= WorstLanes.keptEvents { events.append(event) }
      if let screen {
        screen.take(event)
        continue
      }
      if options.json {
        output.lines { json.event(event, start: observer.analyzer.captureStart ?? 0, to: &$0) }
      } else {
        output.line(style.ascii(text.line(event)))
      }
    }
    observer.analyzer.events.removeAll(keepingCapacity: true)
    output.flush()
  }

  private func printCalls(until time: Int64) {
    let due = unjoined.prefix { $0.since <= time }.map(\.call)
    guard !due.isEmpty else { return }
    unjoined.removeFirst(due.count)
    calls += due
    var join = ApplicationJoin(observer.analyzer.connections)
    let text = LiveText(style: style, zone: options.zone)
    for joined in due.map({ join.joined($0) }) {
      if let local = joined.local { ownEnds.insert(local) }
      guard screen == nil else {
        if joined.call.tellsOfTheEnd { say(text.line(joined)) }
        continue
      }
      if options.json {
        output.lines {
          json.application(joined, start: observer.analyzer.captureStart ?? joined.call.time, to: &$0)
        }
      } else {
        output.line(style.ascii(text.line(joined)))
      }
    }
    output.flush()
  }

  /// Tells what changes with the program's sockets in the kernel's table.
  private func sampleSockets() {
    guard program != nil else { return }
    let now = currentTime()
    for socket in sockets.changes(of: { ownEnds.contains($0.local) }) {
      samples.append((now, socket))
      if options.json { output.lines { json.socket(socket.sample, time: now, to: &$0) } }
    }
  }

  /// Who watches for days must know at once that the packets are saved no more.
  private func sayWhenSavingFails() {
    guard !savingHasFailed, case .error? = writer?.writeFailure, let failure = writer?.failure else { return }
    savingHasFailed = true
    let message = "\(failure.description) The watch goes on."
    say(message)
    if screen != nil { unread.append(message) }
  }

  /// New connections are not seen any more: who watches for days must know.
  private func sayWhenFull() {
    guard !isFull, observer.analyzer.connections.untracked > 0 else { return }
    isFull = true
    say(
      "\(grouped(observer.analyzer.connections.count)) connections have been seen, as many as can be tracked: new ones are not "
        + "watched; end this, and start it again")
  }

  /// After ten seconds without TCP: where this host's connections are instead.
  private func giveHint() {
    guard !hintIsGiven, program == nil, !options.json else { return }
    if observer.analyzer.connections.count > 0 { hintIsGiven = true }
    guard !hintIsGiven, currentTime() - startTime > 10_000_000_000 else { return }
    hintIsGiven = true
    let others = (SocketState.connections() ?? []).filter { $0.state == "ESTAB" }
    let addresses = Set(others.map(\.local.address.description)).sorted()
    let list = addresses.prefix(3).joined(separator: ", ") + (addresses.count > 3 ? ", …" : "")
    say(
      others.isEmpty
        ? "no TCP packet on \(interface) in 10 s; this host has no TCP connection now"
        : "no TCP packet on \(interface) in 10 s that passes the filter; this host has \(counted(others.count, "connection end")), at "
          + "\(list): they may be silent, or on another interface (-i any watches all)")
  }

  /// Tells which sockets of this host have keepalive armed: the first probe may be hours away.
  private func printArmedTimers() {
    let armed = (SocketState.connections() ?? []).filter { $0.timer == .keepalive && $0.state != "SYN-RECV" }
    let now = currentTime()
    if options.json {
      output.lines { for socket in armed { json.socket(socket.sample, time: now, to: &$0) } }
    } else {
      let text = ArmedTimersText(style: style, zone: options.zone)
      for line in text.lines(armed.map(\.sample), now: now) { output.line(style.ascii(line)) }
    }
    output.flush()
  }

  /// Prints the summary.
  ///
  /// - Returns: how often each verdict was given.
  private func printEnd(_ counted: TCPCounters?) -> VerdictTally {
    let connections = observer.analyzer.connections
    let dropped = capture.statistics.map { $0.dropped + $0.droppedByInterface }
    let start = connections.captureStart ?? 0
    let findings = CaptureFindings(connections, options.json ? .streamed : .folded) { report in
      output.lines { json.connection(report, start: start, to: &$0) }
    }
    let kernel = counted?.counts
    let joined = LoggedCalls(calls, with: connections)
    if let disagreement = joined.clockDisagreement {
      complain(ApplicationText.clock(disagreement, log: logs.map(\.path).joined(separator: ", ")))
    }
    if options.json {
      output.lines {
        for explanation in findings.evidence.explanations { json.explanation(explanation, to: &$0) }
        json.kernel(kernel, isPrivate: false, to: &$0)
        json.summary(
          counts: observer.counts, connections: connections, tally: observer.analyzer.tally,
          verdicts: findings.verdicts,
          dropped: dropped, problems: 0, to: &$0)
      }
      return findings.verdicts
    }
    if program != nil { printProgram(joined.calls, connections) }
    let facts = CaptureFacts(
      title: interface, counts: observer.counts, connections: findings.total, copies: connections.copies,
      dropped: dropped, filteredOut: 0, untracked: connections.untracked,
      undecodedLinkTypes: capture.linkType.isSupported ? [] : [capture.linkType])
    let summary = CaptureSummaryText(style: style, zone: options.zone, isReplay: false)
    var lines = [""] + summary.head(facts) + summary.connections(findings)
    if program == nil { lines += ApplicationText(style: style, zone: options.zone).lines(joined.calls, connections) }
    if program == nil, events.count <= WorstLanes.keptEvents {
      let source = FigureSource(connections, events: events, calls: joined.calls)
      lines += WorstLanes(style: style, zone: options.zone).lines(findings, source)
    }
    if let since = dataLeftOutSince {
      lines += [
        "",
        "Segments with data were left in the kernel from \(ClockTime(since, options.zone).time) on"
          + (dataIsLeftOut ? "" : ", for some time")
          + ": silences may be shorter than told, and stalled connections are not known.",
      ]
    }
    if let kernel {
      lines += KernelCountsText.lines(kernel, observer.analyzer.tally, dropped: dropped ?? 0, style: style)
    }
    for line in lines { output.line(style.ascii(line)) }
    return findings.verdicts
  }

  /// Prints the time lines of the program's connections: its calls beside its kernel's packets.
  private func printProgram(_ calls: [JoinedCall], _ connections: Connections) {
    let text = ProgramStories(
      style: style, calls: calls, segments: connections.trace, events: events,
      samples: samples.map { ($0.time, $0.socket.local, $0.socket.remote, $0.socket.text) })
    for line in text.lines(connections) { output.line(style.ascii(line)) }
  }
}
