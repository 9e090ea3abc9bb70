import ApplicationLog
import Findings
import KernelView
import PacketCapture
import PacketObservation
import PacketWire
import Presenting
import SystemCalls

/// What is asked of a watch of an interface beside its packets.
struct InterfaceOptions {
  /// The interface.
  let name: String
  /// What the watch is told as: "live" or "run".
  let kind: String
  /// Whether its user has not chosen the interface.
  var isDefault = false
  /// Whether people read what it says of itself.
  var announces = false
  /// Whether what is written is for programs.
  var isQuiet = false
  /// Whether segments with data stay in the kernel from the beginning.
  var leavesDataOut = false
  /// Whether they may where there are many.
  var mayLeaveDataOut = true
  /// What --through names.
  var through: [String] = []
}

/// An interface, until Ctrl-C or until enough packets came.
final class InterfaceSource: Source {
  private let options: InterfaceOptions
  private let packets: LivePackets
  private let loop: EventLoop
  private let users: Users
  private let logs: LogReader
  /// A look at what is armed when the watch begins; `nil` where nobody asks, and from then on.
  private var armed: HostLook?
  private var audience = Audience([])
  private var interfaceWatch: InterfaceWatch
  private var data: DataLeaving
  private let startTime = currentTime()
  private var countersBefore: TCPCounters?
  private var hostCounts: HostCounts?
  private var hintIsGiven = false
  private var crowding = Crowding()
  private var savingHasFailed = false
  /// Messages that went away with a screen.
  private var unread: [String] = []
  private var problem: String?
  private var path = PathKnowledge()

  init(
    _ packets: LivePackets, _ options: InterfaceOptions, loop: EventLoop, users: Users, logs: [ApplicationLogFile],
    armed: HostLook? = nil
  ) {
    self.armed = armed
    self.packets = packets
    self.options = options
    self.loop = loop
    self.users = users
    self.logs = LogReader(logs)
    interfaceWatch = InterfaceWatch(options.name)
    data = DataLeaving(from: packets, isAllowed: options.mayLeaveDataOut, isQuiet: options.isQuiet)
    // A screen is taken when everything has begun, and a program's first line is written before any message.
    if !options.isQuiet { announce() }
  }

  private func announce() {
    if options.announces {
      complain(
        "watching \(options.name)" + (options.isDefault ? " (default; -i eth0, -i any for others; -D lists them)" : "")
          + "; Ctrl-C ends it")
    }
    // Who does not read one of them, and sends a signal, is not made to read the next.
    for notice in [users.notice, packets.noticeOfCut].compactMap({ $0 }) where Signals.noted == nil { complain(notice) }
  }

  var isEndless: Bool { true }

  func begin(_ audience: Audience) throws {
    tellBeginning(to: audience)
    try giveUpPrivileges()
    audience.armed(armed?.audit()?.connections ?? [], at: currentTime())
    // With it the process ends that reads settings.
    armed = nil
  }

  /// Tells what is watched; from here on the kernel's counts are this watch's.
  func tellBeginning(to audience: Audience) {
    self.audience = audience
    audience.begin(
      CapturePart(file: 0, kind: options.kind, linkTypes: [packets.linkType], interface: options.name))
    if options.isQuiet { announce() }
    if options.leavesDataOut { data.leaveOut(true, audience) }
    countersBefore = TCPCounters.read()
  }

  /// Packets are anybody's octets, and so are the calls of programs: they are read without root's powers.
  func giveUpPrivileges() throws {
    try users.goOn()
    path = try PathKnowledge.load(through: options.through)
  }

  func take(into observer: inout PacketObserver) -> Bool {
    guard !packets.isFull(observer), !waits(milliseconds: 200) else { return false }
    return takePackets(into: &observer)
  }

  /// Waits until something comes, or so long.
  ///
  /// - Returns: whether the user asked for the end.
  func waits(milliseconds: Int32) -> Bool {
    loop.wait(for: [packets.descriptor] + audience.descriptors, milliseconds: milliseconds).isEnding
  }

  /// Takes what has come.
  ///
  /// - Returns: whether more may come.
  func takePackets(into observer: inout PacketObserver) -> Bool {
    do throws(LiveCaptureError) { try packets.take(into: &observer) } catch {
      interfaceWatch.look()
      problem = interfaceWatch.end ?? "\(error.description) keepwatch live -D lists what can be watched"
      return false
    }
    sayWhenSavingFails()
    if let news = interfaceWatch.news(at: currentTime()) { audience.say(news) }
    problem = interfaceWatch.end
    return problem == nil
  }

  /// Packets may still be in the kernel's buffer for its timeout.
  var knownUntil: Int64? { currentTime() - 1_000_000_000 }

  func lookAround(_ observer: borrowing PacketObserver) {
    let connections = observer.analyzer.connections
    data.follow(observer.counts.packets, audience)
    giveHint(connections.count)
    if let news = crowding.news(connections) { audience.say(news) }
  }

  /// Who watches for days must know at once that the packets are saved no more.
  private func sayWhenSavingFails() {
    guard !savingHasFailed, let problem = packets.problem else { return }
    savingHasFailed = true
    let message = "\(problem) The watch goes on."
    if audience.say(message) { unread.append(message) }
  }

  /// After ten seconds without TCP: where this host's connections are instead.
  private func giveHint(_ connections: Int) {
    guard options.announces, !hintIsGiven else { return }
    if connections > 0 { hintIsGiven = true }
    guard !hintIsGiven, currentTime() - startTime > 10_000_000_000 else { return }
    hintIsGiven = true
    let others = (SocketState.connections() ?? []).filter { $0.state == "ESTAB" }
    let addresses = Set(others.map(\.local.address.description)).sorted()
    let list = addresses.prefix(3).joined(separator: ", ") + (addresses.count > 3 ? ", …" : "")
    audience.say(
      others.isEmpty
        ? "no TCP packet on \(options.name) in 10 s; this host has no TCP connection now"
        : "no TCP packet on \(options.name) in 10 s that passes the filter; this host has "
          + "\(counted(others.count, "connection end")), at \(list): they may be silent, or on another interface (-i any watches "
          + "all)")
  }

  var losses: CaptureLosses? { packets.losses }

  func newCalls(isLast: Bool) -> [SourcedCall] {
    let calls = logs.newCalls(isLast: isLast)
    logs.tellProblems { audience.say($0) }
    return calls
  }

  var savingFailure: WriteFailure? { packets.writeFailure }

  func finish(_ observer: inout PacketObserver) {
    observer.finish()
    hostCounts = HostCounts(since: countersBefore)
  }

  var logNames: [String] { logs.names }

  var facts: SourceFacts {
    var facts = SourceFacts(names: [options.name])
    facts.dropped = losses?.total
    facts.undecodedLinkTypes = packets.linkType.isSupported ? [] : [packets.linkType]
    facts.host = hostCounts
    facts.dataLeftOut = data.fact
    facts.path = path
    return facts
  }

  func exitStatus(_ output: Output, isAlarming: Bool) throws -> Int32 {
    tellLast()
    try output.finish()
    return problem != nil || packets.problem != nil ? 1 : isAlarming ? 3 : 0
  }

  /// Messages that must be read, when nothing else comes.
  func tellLast() { for message in unread + [problem].compactMap({ $0 }) { complain(message) } }

  /// What could not be written, beside `output`: packets, and what was copied of the logs.
  var writeFailures: [WriteFailure] { logs.copyFailures + [packets.writeFailure].compactMap { $0 } }
}
