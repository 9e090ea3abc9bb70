import ApplicationLog
import Findings
import PacketWire

/// What programs saw beside what their kernels did: one row for each thing that happened, each as soon as it is whole.
public struct ProgramTimeline {
  /// Something that was taken and has not become a row yet.
  private enum Item {
    case segment(Segment)
    case call(ApplicationCall)
    case note(String)
    case socket(String, isPrincipals: Bool, isKept: Bool)
    case remark(String, frame: Int?)
  }

  /// The end of a connection as a program may learn of it.
  private struct End {
    let time: Int64
    let isReset: Bool
  }

  /// Packets arrive up to a buffer's timeout after the calls that they belong to: all wait this long, in nanoseconds, and
  /// become rows in the order of time.
  private let settlingTime: Int64
  /// The same where nothing else is said.
  public static let usualSettlingTime: Int64 = 200_000_000

  /// A call that took longer waited, in nanoseconds.
  private static let shortestWait: Int64 = 100_000_000

  /// A call and the packets that it goes with are less apart, in nanoseconds.
  private static let sameMoment: Int64 = 10_000_000
  /// The same where strace tells the call.
  ///
  /// It notes when a call began, looks up the socket's ends, and only then lets it go on. So the packets of a call may be captured
  /// that much after the call seems to have returned.
  private static let longestLookUp: Int64 = 200_000_000

  private let style: TextStyle
  /// TCP_KEEPCNT where it is known: "probe 1 of 3".
  var probeLimit: Int?
  /// The program whose calls stand without its name; `nil` names every one.
  var principal: String?
  /// The ends whose sending is shown by an arrow to the right; where empty, those that opened a connection.
  var own: Set<SocketAddress>
  private var inbox: [(time: Int64, item: Item)] = []
  /// The latest rows, which may still be added to, and those before them; neither were handed out yet.
  private var rows: [ProgramRow] = []
  private var finished: [ProgramRow] = []
  private(set) var start: Int64?
  private var latestTime: Int64 = 0
  /// The latest frame that has a row.
  private var latestFrame = 0
  private var probes: [Int: KeepaliveEvent.Probe] = [:]
  private var windowProbes: Set<Int> = []
  private var answers: [Int: KeepaliveEvent.Answer] = [:]
  /// The ends of which a probe was answered.
  private var answered: Set<SocketAddress> = []
  private var giveUps: Set<Int> = []
  /// The ends that opened a connection, and the programs that they belong to.
  private var clients: [SocketAddress: String] = [:]
  /// The sequence number up to which an end has sent to another, to know what is sent again.
  private var sentUpTo: [SocketPair: SequenceNumber] = [:]
  /// When an end was last told that the connection is over, by a reset or a FIN.
  private var endings: [SocketAddress: End] = [:]
  /// When the calls began that were told before they returned, by program.
  private var latestBeginnings: [String: Int64] = [:]
  /// The programs that wait in a call, and which.
  private var waiting: [String: String] = [:]

  /// An empty time line.
  ///
  /// - Parameters:
  ///   - style: how text may look.
  ///   - probeLimit: TCP_KEEPCNT where it is known: "probe 1 of 3".
  ///   - principal: the program whose calls stand without its name; `nil` names every one.
  ///   - own: the ends whose sending is shown by an arrow to the right; where empty, those that opened a connection.
  ///   - settlingTime: how long what was taken waits for what happened before it and comes later, in nanoseconds.
  public init(
    style: TextStyle, probeLimit: Int?, principal: String?, own: Set<SocketAddress> = [],
    settlingTime: Int64 = Self.usualSettlingTime
  ) {
    self.own = own
    self.settlingTime = settlingTime
    self.style = style
    self.probeLimit = probeLimit
    self.principal = principal
  }

  /// The columns for what a program saw, with its name where there are several.
  private var programWidth: Int { principal == nil ? 48 : 42 }

  /// The column heads.
  public var heading: String {
    " seconds  " + style.pad("what the program saw", programWidth)
      + style.pad("what its kernel did", 46)
      + "frame"
  }

  /// Takes a recognised frame: before the frame's segment, or later where only later packets told what it was.
  public mutating func take(_ event: KeepaliveEvent) {
    if event.frame <= latestFrame, let known = event.knownBy { return takeLate(event, known) }
    switch event.kind {
    case .probe(let probe): probes[event.frame] = probe
    case .answer(let answer): answers[event.frame] = answer
    case .giveUp: giveUps.insert(event.frame)
    case .windowProbe: windowProbes.insert(event.frame)
    case .quotedError(let error):
      if isTraced {
        inbox.append((event.time, .remark(style.yellow(EventText.quotedError(error)), frame: event.frame)))
      }
    case .ignored: break
    }
  }

  /// Whether strace tells the calls, and ICMP errors are told too.
  var isTraced = false

  /// Tells what a frame was whose row is there already.
  private mutating func takeLate(_ event: KeepaliveEvent, _ known: FrameKey) {
    let what: String
    switch event.kind {
    case .probe: what = "a probe"
    case .answer(let answer): what = "the answer to #\(answer.probe)"
    case .giveUp: what = "the prober's give-up"
    case .windowProbe: what = "a window probe"
    case .quotedError, .ignored: return
    }
    let text = style.yellow("(#\(event.frame) was \(what): #\(known.frame) tells)")
    inbox.append((max(event.time, latestTime), .remark(text, frame: nil)))
  }

  /// Takes a captured segment.
  public mutating func take(_ segment: Segment) {
    if start == nil { start = segment.time }
    latestTime = max(latestTime, segment.time)
    if segment.flags.contains(.syn), !segment.flags.contains(.ack), clients[segment.sourceAddress] == nil {
      clients[segment.sourceAddress] = ""
    }
    inbox.append((segment.time, .segment(segment)))
  }

  /// Takes what a program saw.
  public mutating func take(_ call: ApplicationCall) {
    if call.action == .connect, let end = call.localEnd { clients[end] = call.process }
    if call.result == nil { latestBeginnings[call.process] = call.time }
    if let began = call.began, call.result != nil, call.time - began > Self.shortestWait,
      latestBeginnings[call.process] != began
    {
      var beginning = call
      beginning.time = began
      beginning.result = nil
      if call.call == "epoll_wait" { beginning.text = nil }
      inbox.append((began, .call(beginning)))
    }
    inbox.append((call.time, .call(call)))
  }

  /// Takes something that was done to a program or a host.
  public mutating func take(note: String, at time: Int64) { inbox.append((time, .note(note))) }

  /// Takes what the kernel's socket table said at `time`, of the principal's socket or another's; never to be folded where `isKept`.
  public mutating func take(socket: String, of name: String? = nil, isKept: Bool = false, at time: Int64) {
    let text = (name.map { "(\($0)'s socket: " } ?? "(socket: ") + socket + ")"
    inbox.append((time, .socket(text, isPrincipals: name == nil, isKept: isKept)))
  }

  /// Makes rows of what was taken up to `time`.
  private mutating func settle(upTo time: Int64) {
    let due = inbox.enumerated().filter { $0.element.time <= time }
      .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
    inbox.removeAll { $0.time <= time }
    for (_, entry) in due {
      switch entry.item {
      case .segment(let segment): add(segment)
      case .call(let call): add(call)
      case .note(let note):
        closeRows()
        rows.append(ProgramRow(kind: .note, time: entry.time, program: note, isOpen: false))
      case .socket(let text, let isPrincipals, let isKept):
        closeRows()
        let call = waiting.count == 1 && isPrincipals ? waiting.values.first : nil
        let program = call.map { "\($0) … waiting" } ?? ""
        rows.append(
          ProgramRow(kind: .socket, time: entry.time, program: program, kernel: text, isOpen: false, isKept: isKept))
      case .remark(let text, let frame):
        rows.append(
          ProgramRow(
            kind: .remark, time: entry.time, program: waiting.isEmpty ? "" : "  " + style.dots, kernel: text,
            frames: frame.map { [$0] } ?? [], isOpen: false))
      }
      if rows.count > Self.mostLatest { finishEarliest() }
    }
  }

  /// Of many rows the latest few are looked at for what belongs to them.
  private static let mostLatest = 64

  /// Takes the earlier half from the rows that are looked at.
  private mutating func finishEarliest() {
    let earliest = rows.prefix(Self.mostLatest / 2).prefix { !$0.isOpen }
    finished += earliest
    rows.removeFirst(earliest.count)
  }

  // MARK: Segments

  private mutating func add(_ segment: Segment) {
    latestFrame = max(latestFrame, segment.frame)
    noteEnd(segment)
    if probes[segment.frame] != nil {
      addProbe(segment)
    } else if windowProbes.contains(segment.frame) {
      begin(.windowProbe, segment, style.yellow("\(style.diamond) window probe \(arrow(segment))"))
    } else if let answer = answers[segment.frame], answer.form != .data {
      addAnswer(answer, segment)
    } else if giveUps.contains(segment.frame) {
      begin(.giveUp, segment, style.red("\(style.cross) RST,ACK \(arrow(segment))  gives the connection up"))
    } else if beginsSomething(segment) {
      begin(.packets, segment, label(segment), expects: expectedCalls(segment))
    } else {
      addToPackets(segment)
    }
    let sent = sentUpTo[segment.ends]
    if sent.map({ $0.isBefore(segment.end) }) ?? true { sentUpTo[segment.ends] = segment.end }
    probes[segment.frame] = nil
    windowProbes.remove(segment.frame)
    answers[segment.frame] = nil
    giveUps.remove(segment.frame)
  }

  private func beginsSomething(_ segment: Segment) -> Bool {
    segment.length > 0 && !(segment.flags.contains(.syn) && segment.flags.contains(.ack))
      || segment.flags.contains(.rst)
  }

  private mutating func noteEnd(_ segment: Segment) {
    let isReset = segment.flags.contains(.rst)
    guard isReset || segment.flags.contains(.fin) else { return }
    // The prober's own reset ends the connection for its own program.
    let told = giveUps.contains(segment.frame) ? segment.sourceAddress : segment.destinationAddress
    endings[told] = End(time: segment.time, isReset: isReset)
  }

  private mutating func addProbe(_ segment: Segment) {
    begin(.probe, segment, "")
    rows[rows.count - 1].arrow = arrow(segment)
    rows[rows.count - 1].probeNumber = (probes[segment.frame]?.unansweredBefore ?? 0) + 1
    rows[rows.count - 1].followsAnswer = answered.contains(segment.sourceAddress)
    rows[rows.count - 1].isOfKnownProber = own.isEmpty || own.contains(segment.sourceAddress)
  }

  private mutating func addAnswer(_ answer: KeepaliveEvent.Answer, _ segment: Segment) {
    guard let index = rows.lastIndex(where: { $0.frames.contains(answer.probe) }) else {
      return begin(.packets, segment, label(segment) + " answers #\(answer.probe)")
    }
    answered.insert(segment.destinationAddress)
    let form = answer.form == .reset ? "RST" : "ACK"
    let window = segment.window == 0 && answer.form == .ack ? ", window 0" : ""
    let text =
      "  \(arrow(segment)) \(form)\(window) \(answer.delay.map { "after \(DurationText.text($0))" } ?? "captured before it")"
    rows[index].answer = (answer.form == .reset ? style.red(text) : style.green(text), answer.delay)
    if answer.form == .reset { rows[index].isKept = true }
    rows[index].frames.append(segment.frame)
    rows[index].isOpen = false
  }

  private mutating func begin(
    _ kind: ProgramRow.Kind, _ segment: Segment, _ text: String,
    expects: [(action: ApplicationCall.Action, local: SocketAddress)] = []
  ) {
    closeRows()
    // A tracer may tell of a call a little before the packet that it causes is stamped.
    let index = kind == .packets ? callRow(of: expects, at: segment.time) : nil
    let pause = waiting.isEmpty || kind == .packets ? "" : "  " + style.dots
    var row =
      index.map { rows[$0] }
      ?? ProgramRow(kind: kind, time: segment.time, program: pause, isOpen: true, expects: expects)
    row.kind = kind
    row.time = segment.time
    row.kernel = name(of: segment) + text
    row.frames = [segment.frame]
    row.isOpen = true
    row.source = segment.sourceAddress
    row.destination = segment.destinationAddress
    row.octets = Int(segment.payloadLength)
    row.isKept = isOfAnEnd(segment)
    if let index { rows[index] = row } else { rows.append(row) }
  }

  private func isOfAnEnd(_ segment: Segment) -> Bool {
    !segment.flags.isDisjoint(with: [.syn, .fin, .rst])
  }

  /// The latest row, where it is a call's that waits for such packets.
  private func callRow(of expects: [(action: ApplicationCall.Action, local: SocketAddress)], at time: Int64) -> Int? {
    guard let index = rows.indices.last, rows[index].kind == .call, rows[index].frames.isEmpty,
      let own = rows[index].expects.first, own.action == .send || own.action == .connect || isTraced,
      time - rows[index].time < (isTraced ? Self.longestLookUp : Self.sameMoment)
    else { return nil }
    return expects.contains { $0.action == own.action && $0.local == own.local } ? index : nil
  }

  private mutating func addToPackets(_ segment: Segment) {
    guard let index = rows.indices.last, [.packets, .windowProbe].contains(rows[index].kind), rows[index].isOpen,
      rows[index].source == segment.sourceAddress || rows[index].source == segment.destinationAddress
    else { return begin(.packets, segment, label(segment)) }
    rows[index].kernel += "   " + label(segment)
    rows[index].frames.append(segment.frame)
    if isOfAnEnd(segment) { rows[index].isKept = true }
  }

  /// The calls by which a program causes a segment, or learns of it.
  private func expectedCalls(_ segment: Segment) -> [(action: ApplicationCall.Action, local: SocketAddress)] {
    if segment.flags.contains(.syn) { return [(.connect, segment.sourceAddress)] }
    guard !segment.flags.contains(.rst) else { return [] }
    if segment.payloadLength > 0 {
      return [(.send, segment.sourceAddress), (.receive, segment.destinationAddress)]
    }
    return [(.shutdown, segment.sourceAddress), (.receive, segment.destinationAddress)]
  }

  private func isOwn(_ segment: Segment) -> Bool {
    own.isEmpty
      ? clients.isEmpty || clients[segment.sourceAddress] != nil
      : own.contains(segment.sourceAddress)
  }

  private func arrow(_ segment: Segment) -> String { isOwn(segment) ? style.right : style.left }

  /// Whose connection a segment belongs to, where there are several.
  private func name(of segment: Segment) -> String {
    guard clients.count > 1 else { return "" }
    let name = clients[segment.sourceAddress] ?? clients[segment.destinationAddress] ?? ""
    return name.isEmpty ? "" : name + ": "
  }

  private func label(_ segment: Segment) -> String {
    var what: [String] = []
    if segment.payloadLength > 0 {
      let sent = sentUpTo[segment.ends]
      let isAgain = sent.map { segment.sequence.isBefore($0) } ?? false
      what.append(counted(Int(segment.payloadLength), "byte") + (isAgain ? " again" : ""))
    }
    var flags: [String] = []
    if segment.flags.contains(.syn) { flags.append("SYN") }
    if segment.flags.contains(.fin) { flags.append("FIN") }
    if segment.flags.contains(.rst) { flags.append("RST") }
    if segment.flags.contains(.ack), segment.payloadLength == 0 { flags.append("ACK") }
    if !flags.isEmpty { what.append(flags.joined(separator: ",")) }
    if segment.window == 0, !segment.flags.contains(.rst) { what.append("window 0") }
    let text = what.joined(separator: ", ")
    return isOwn(segment) ? "\(text) \(style.right)" : "\(style.left) \(text)"
  }

  // MARK: Calls

  private mutating func add(_ call: ApplicationCall) {
    let prefix = call.process == principal ? "" : call.process + (call.isEvent ? " " : ": ")
    guard call.result != nil || call.isEvent else {
      if principal == nil || call.process == principal || !own.isEmpty {
        let argument = call.call == "epoll_wait" ? call.text ?? "" : ""
        waiting[call.process] = prefix + "\(call.call)(\(argument))"
      }
      return
    }
    waiting[call.process] = nil
    let text = prefix + call.description
    let mayJoin =
      (call.error == nil || call.error == "EINPROGRESS")
      && (principal == nil || call.process == principal || !own.isEmpty)
    if mayJoin, let index = rows.firstIndex(where: { causes(call, $0) }) {
      rows[index].program = text
      rows[index].call = call
      return
    }
    closeRows()
    var row = ProgramRow(kind: .call, time: call.time, program: text, isOpen: false, call: call)
    if mayJoin, let local = call.localEnd { row.expects = [(call.action, local)] }
    if call.error != nil, !isTraced || !call.failsForNow {
      row.program = style.red(text)
      row.kernel = cause(of: call)
    }
    rows.append(row)
  }

  /// Whether a call caused a row's packets, or told the program of them.
  private func causes(_ call: ApplicationCall, _ row: ProgramRow) -> Bool {
    row.kind == .packets && row.program.isEmpty && abs(call.time - row.time) < Self.sameMoment
      && row.expects.contains { $0.action == call.action && $0.local == call.localEnd }
  }

  /// How long after the kernel's decision a program learned of it, where the wire shows the decision.
  private func cause(of call: ApplicationCall) -> String {
    if call.error == "EPIPE" { return "nothing is sent: the socket is already dead" }
    guard let local = call.localEnd, let end = endings[local], end.isReset else {
      let gaveUp = ["ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"].contains(call.error) && call.call != "connect"
      return gaveUp ? "the kernel gave up; it sent no reset that was captured" : ""
    }
    // A tracer's time may lie a little before what the call waited for.
    guard call.time >= end.time else { return "told by the reset" }
    return "\(DurationText.text(nanoseconds: call.time - end.time)) after the reset"
  }

  // MARK: Lines

  private mutating func closeRows() {
    for index in rows.indices where rows[index].isOpen { rows[index].isOpen = false }
  }

  /// The lines that are whole and were not handed out before.
  ///
  /// - Parameter time: now; `nil` at the end of the story.
  /// - Returns: lines without their ends.
  public mutating func finishedLines(at time: Int64?) -> [String] { finishedRows(at: time).map(line) }

  /// The same as rows.
  mutating func finishedRows(at time: Int64?) -> [ProgramRow] {
    settle(upTo: time.map { $0 - settlingTime } ?? .max)
    if time == nil { closeRows() }
    let latest = rows.prefix { !$0.isOpen || isOld($0, at: time) }
    defer { finished = [] }
    rows.removeFirst(latest.count)
    return finished + latest
  }

  /// Whether nothing is added to a row any more, though nothing came after it.
  ///
  /// Only a probe waits for its answer.
  private func isOld(_ row: ProgramRow, at time: Int64?) -> Bool {
    guard let time else { return true }
    if row.kind == .probe { return false }
    return time - row.time > 2 * settlingTime
  }

  /// A row's line.
  func line(_ row: ProgramRow) -> String {
    if row.kind == .note {
      let text = style.isASCII ? " - - - - - \(row.program) - - - - -" : " ─ ─ ─ ─ ─ ─ \(row.program) ─ ─ ─ ─ ─ ─"
      return "          " + style.dim(text)
    }
    var kernel = row.kernel
    if row.kind == .probe {
      let limit = row.isOfKnownProber ? probeLimit.map { " of \($0)" } ?? "" : ""
      // Each answer sets the count back: who reads "probe 1 of 3" once knows that.
      let name = row.probeNumber == 1 && row.followsAnswer ? "another probe" : "probe \(row.probeNumber)\(limit)"
      kernel = row.kernel + style.yellow("\(style.diamond) \(name) \(row.arrow)") + row.answerText(style)
    }
    return line(at: row.time, row.program, kernel, row.frames.map(String.init).joined(separator: " "))
  }

  /// A time of the story, in seconds since its first packet.
  func seconds(_ time: Int64) -> String {
    DurationText.fixed(DurationText.seconds(time - (start ?? time)), 3)
  }

  /// A line from its columns.
  func line(at time: Int64, _ program: String, _ kernel: String, _ frames: String) -> String {
    let start = style.padLeft(seconds(time), 8) + "  "
    if kernel.isEmpty, frames.isEmpty { return start + program }
    if program.isEmpty, frames.isEmpty {
      // What is long begins further to the left.
      let room = style.columns - start.count - TextStyle.width(kernel)
      return start + style.pad("", max(0, min(programWidth, room))) + kernel
    }
    return start + style.pad(program, programWidth) + (frames.isEmpty ? kernel : style.pad(kernel, 46) + frames)
  }
}
