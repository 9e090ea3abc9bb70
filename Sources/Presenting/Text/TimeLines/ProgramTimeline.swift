import ApplicationLog
import Findings
import PacketWire

/// What programs saw beside what their kernels did: one row for each thing that happened, each as soon as it is whole.
public struct ProgramTimeline {
  /// A row: one thing that happened, at one time.
  private struct Row {
    enum Kind {
      /// A segment that begins something, and what answers it at once.
      case packets
      case probe
      case windowProbe
      case giveUp
      /// A call without packets of its own.
      case call
      /// Something that was done to a program or a host.
      case note
      /// What the kernel's socket table said, or what became known later.
      case text
    }
    var kind: Kind
    var time: Int64
    var program = ""
    var kernel = ""
    var frames: [Int] = []
    /// Whether anything may still be added.
    var isOpen: Bool
    /// The two ends of the segment that began it.
    var source: SocketAddress?
    var destination: SocketAddress?
    /// The calls that may go with it, and on which end's socket.
    var expects: [(action: ApplicationCall.Action, local: SocketAddress)] = []
  }

  /// Something that was taken and has not become a row yet.
  private enum Item {
    case segment(Segment)
    case call(ApplicationCall)
    case note(String)
    case socket(String, isPrincipals: Bool)
    case remark(String)
  }

  /// The end of a connection as a program may learn of it.
  private struct End {
    let time: Int64
    let isReset: Bool
  }

  /// Packets arrive up to a buffer's timeout after the calls that they belong to: all wait this long, in nanoseconds, and
  /// become rows in the order of time.
  private static let settlingTime: Int64 = 200_000_000

  /// A call that took longer waited, in nanoseconds.
  private static let shortestWait: Int64 = 100_000_000

  /// A call and the packets that it goes with are less apart, in nanoseconds.
  private static let sameMoment: Int64 = 10_000_000

  private let style: TextStyle
  private let probeLimit: Int?
  private let principal: String?
  private let own: Set<SocketAddress>
  private var inbox: [(time: Int64, item: Item)] = []
  private var rows: [Row] = []
  private var printed = 0
  private var start: Int64?
  private var latestTime: Int64 = 0
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
  /// The programs that wait in a call, and which.
  private var waiting: [String: String] = [:]

  /// An empty time line.
  ///
  /// - Parameters:
  ///   - style: how text may look.
  ///   - probeLimit: TCP_KEEPCNT where it is known: "probe 1 of 3".
  ///   - principal: the program whose calls stand without its name; `nil` names every one.
  ///   - own: the ends whose sending is shown by an arrow to the right; where empty, those that opened a connection.
  public init(style: TextStyle, probeLimit: Int?, principal: String?, own: Set<SocketAddress> = []) {
    self.own = own
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
    if rows.contains(where: { $0.frames.contains(event.frame) }), let known = event.knownBy {
      return takeLate(event, known)
    }
    switch event.kind {
    case .probe(let probe): probes[event.frame] = probe
    case .answer(let answer): answers[event.frame] = answer
    case .giveUp: giveUps.insert(event.frame)
    case .windowProbe: windowProbes.insert(event.frame)
    case .quotedError, .ignored: break
    }
  }

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
    inbox.append((max(event.time, latestTime), .remark(text)))
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
    if let began = call.began, call.result != nil, call.time - began > Self.shortestWait {
      var beginning = call
      beginning.time = began
      beginning.result = nil
      inbox.append((began, .call(beginning)))
    }
    inbox.append((call.time, .call(call)))
  }

  /// Takes something that was done to a program or a host.
  public mutating func take(note: String, at time: Int64) { inbox.append((time, .note(note))) }

  /// Takes what the kernel's socket table said at `time`, of the principal's socket or another's.
  public mutating func take(socket: String, of name: String? = nil, at time: Int64) {
    let text = (name.map { "(\($0)'s socket: " } ?? "(socket: ") + socket + ")"
    inbox.append((time, .socket(text, isPrincipals: name == nil)))
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
        rows.append(Row(kind: .note, time: entry.time, program: note, isOpen: false))
      case .socket(let text, let isPrincipals):
        closeRows()
        let call = waiting.count == 1 && isPrincipals ? waiting.values.first : nil
        addText(entry.time, program: call.map { "\($0) … waiting" } ?? "", text)
      case .remark(let text):
        addText(entry.time, program: waiting.isEmpty ? "" : "  " + style.dots, text)
      }
    }
  }

  private mutating func addText(_ time: Int64, program: String, _ kernel: String) {
    rows.append(Row(kind: .text, time: time, program: program, kernel: kernel, isOpen: false))
  }

  // MARK: Segments

  private mutating func add(_ segment: Segment) {
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
    let number = (probes[segment.frame]?.unansweredBefore ?? 0) + 1
    let limit = probeLimit.map { " of \($0)" } ?? ""
    // Each answer sets the count back: who reads "probe 1 of 3" once knows that.
    let name = number == 1 && answered.contains(segment.sourceAddress) ? "another probe" : "probe \(number)\(limit)"
    begin(.probe, segment, style.yellow("\(style.diamond) \(name) \(arrow(segment))"))
  }

  private mutating func addAnswer(_ answer: KeepaliveEvent.Answer, _ segment: Segment) {
    guard let index = rows.lastIndex(where: { $0.frames.contains(answer.probe) }) else { return }
    answered.insert(segment.destinationAddress)
    let form = answer.form == .reset ? "RST" : "ACK"
    let window = segment.window == 0 && answer.form == .ack ? ", window 0" : ""
    let text =
      "  \(arrow(segment)) \(form)\(window) \(answer.delay.map { "after \(DurationText.text($0))" } ?? "captured before it")"
    rows[index].kernel += answer.form == .reset ? style.red(text) : style.green(text)
    rows[index].frames.append(segment.frame)
    rows[index].isOpen = false
  }

  private mutating func begin(
    _ kind: Row.Kind, _ segment: Segment, _ text: String,
    expects: [(action: ApplicationCall.Action, local: SocketAddress)] = []
  ) {
    closeRows()
    // A tracer may tell of a call a little before the packet that it causes is stamped.
    if kind == .packets, let index = callRow(of: expects, at: segment.time) {
      rows[index].kind = .packets
      rows[index].kernel = name(of: segment) + text
      rows[index].frames = [segment.frame]
      rows[index].isOpen = true
      rows[index].source = segment.sourceAddress
      rows[index].destination = segment.destinationAddress
      return
    }
    let pause = waiting.isEmpty || kind == .packets ? "" : "  " + style.dots
    rows.append(
      Row(
        kind: kind, time: segment.time, program: pause, kernel: name(of: segment) + text, frames: [segment.frame],
        isOpen: true, source: segment.sourceAddress, destination: segment.destinationAddress, expects: expects))
  }

  /// The latest row, where it is a call's that waits for such packets.
  private func callRow(of expects: [(action: ApplicationCall.Action, local: SocketAddress)], at time: Int64) -> Int? {
    guard let index = rows.indices.last, index >= printed, rows[index].kind == .call, rows[index].frames.isEmpty,
      let own = rows[index].expects.first, own.action == .send || own.action == .connect,
      time - rows[index].time < Self.sameMoment
    else { return nil }
    return expects.contains { $0.action == own.action && $0.local == own.local } ? index : nil
  }

  private mutating func addToPackets(_ segment: Segment) {
    guard let index = rows.indices.last, [.packets, .windowProbe].contains(rows[index].kind), rows[index].isOpen,
      rows[index].source == segment.sourceAddress || rows[index].source == segment.destinationAddress
    else { return begin(.packets, segment, label(segment)) }
    rows[index].kernel += "   " + label(segment)
    rows[index].frames.append(segment.frame)
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
      if principal == nil || call.process == principal { waiting[call.process] = prefix + call.call + "()" }
      return
    }
    waiting[call.process] = nil
    let text = prefix + call.description
    let mayJoin = call.error == nil && (principal == nil || call.process == principal)
    if mayJoin, let index = rows.indices.dropFirst(printed).first(where: { causes(call, rows[$0]) }) {
      rows[index].program = text
      return
    }
    closeRows()
    var row = Row(kind: .call, time: call.time, program: text, isOpen: false)
    if mayJoin, let local = call.localEnd { row.expects = [(call.action, local)] }
    if call.error != nil {
      row.program = style.red(text)
      row.kernel = cause(of: call)
    }
    rows.append(row)
  }

  /// Whether a call caused a row's packets, or told the program of them.
  private func causes(_ call: ApplicationCall, _ row: Row) -> Bool {
    row.kind == .packets && row.program.isEmpty && abs(call.time - row.time) < Self.sameMoment
      && row.expects.contains { $0.action == call.action && $0.local == call.localEnd }
  }

  /// How long after the kernel's decision a program learned of it, where the wire shows the decision.
  private func cause(of call: ApplicationCall) -> String {
    if call.error == "EPIPE" { return "nothing is sent: the socket is already dead" }
    guard let local = call.localEnd, let end = endings[local], end.isReset else {
      let gaveUp = ["ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"].contains(call.error)
      return gaveUp ? "the kernel gave up; it sent no reset that was captured" : ""
    }
    return "\(DurationText.text(nanoseconds: call.time - end.time)) after the reset"
  }

  // MARK: Lines

  private mutating func closeRows() {
    for index in rows.indices.dropFirst(printed) where rows[index].isOpen {
      if rows[index].kind == .probe, rows[index].frames.count == 1 {
        rows[index].kernel += style.red("  no answer")
      }
      rows[index].isOpen = false
    }
  }

  /// The lines that are whole and were not handed out before.
  ///
  /// - Parameter time: now; `nil` at the end of the story.
  /// - Returns: lines without their ends.
  public mutating func finishedLines(at time: Int64?) -> [String] {
    settle(upTo: time.map { $0 - Self.settlingTime } ?? .max)
    if time == nil { closeRows() }
    var lines: [String] = []
    while printed < rows.count, !rows[printed].isOpen || isOld(rows[printed], at: time) {
      lines.append(line(rows[printed]))
      printed += 1
    }
    return lines
  }

  /// Whether nothing is added to a row any more, though nothing came after it.
  ///
  /// Only a probe waits for its answer.
  private func isOld(_ row: Row, at time: Int64?) -> Bool {
    guard let time else { return true }
    if row.kind == .probe { return false }
    return time - row.time > 2 * Self.settlingTime
  }

  private func line(_ row: Row) -> String {
    if row.kind == .note {
      let text = style.isASCII ? " - - - - - \(row.program) - - - - -" : " ─ ─ ─ ─ ─ ─ \(row.program) ─ ─ ─ ─ ─ ─"
      return "          " + style.dim(text)
    }
    let seconds = DurationText.fixed(DurationText.seconds(row.time - (start ?? row.time)), 3)
    let frames = row.frames.map(String.init).joined(separator: " ")
    let start = style.padLeft(seconds, 8) + "  "
    if row.kernel.isEmpty, frames.isEmpty { return start + row.program }
    return start + style.pad(row.program, programWidth)
      + (frames.isEmpty ? row.kernel : style.pad(row.kernel, 46) + frames)
  }
}
