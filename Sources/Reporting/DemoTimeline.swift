import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// A demo's time line: what the client program saw beside what its kernel did, row by row, each as soon as it is whole.
public struct DemoTimeline {
  /// A row: one thing that happened, at one time.
  private struct Row {
    enum Kind {
      /// A segment that begins something, and what answers it at once.
      case packets
      case probe
      case giveUp
      /// A call without packets of its own.
      case call
      /// Something that was done to the connection.
      case note
      case socket
    }
    var kind: Kind
    var time: Int64
    var program = ""
    var kernel = ""
    var frames: [Int] = []
    /// Whether anything may still be added.
    var isOpen: Bool
    /// For packets: whose data or control began them, to find the call that goes with it.
    var beginsAt: SocketAddress?
    var expects: String?
  }

  /// Something that was taken and has not become a row yet.
  private enum Item {
    case segment(Segment)
    case call(ApplicationCall)
    case note(String)
    case socket(String)
  }

  /// Packets arrive up to a buffer's timeout after the calls that they belong to: all wait this long, in nanoseconds, and
  /// become rows in the order of time.
  private static let settlingTime: Int64 = 200_000_000

  private let style: TextStyle
  private let client: KeepaliveClient
  private var inbox: [(time: Int64, item: Item)] = []
  private var rows: [Row] = []
  private var printed = 0
  private var start: Int64?
  private var clientAddress: SocketAddress?
  private var probes: [Int: KeepaliveEvent.Probe] = [:]
  private var answers: [Int: KeepaliveEvent.Answer] = [:]
  private var giveUps: Set<Int> = []
  private var giveUpTime: Int64?
  private var isWaiting = false

  /// The client's settings, as the rows need them.
  public struct KeepaliveClient: Sendable {
    /// TCP_KEEPCNT.
    public var count: Int

    /// Settings from their parts.
    public init(count: Int) { self.count = count }
  }

  /// An empty time line.
  public init(style: TextStyle, client: KeepaliveClient) {
    self.style = style
    self.client = client
  }

  /// The client's end of the connection, once its first packet was seen.
  public var clientEnd: SocketAddress? { clientAddress }

  /// The column heads.
  public var heading: String {
    " seconds  " + style.pad("what the client program saw", 42) + style.pad("what the client's kernel did", 46)
      + "frame"
  }

  /// Takes a recognised frame; it must come before the frame's segment.
  public mutating func take(_ event: KeepaliveEvent) {
    switch event.kind {
    case .probe(let probe): probes[event.frame] = probe
    case .answer(let answer): answers[event.frame] = answer
    case .giveUp: giveUps.insert(event.frame)
    case .windowProbe, .quotedProbe: break
    }
  }

  /// Takes a captured segment.
  public mutating func take(_ segment: Segment) {
    if start == nil {
      start = segment.time
      clientAddress = segment.sourceAddress
    }
    inbox.append((segment.time, .segment(segment)))
  }

  /// Takes what the client's program saw.
  public mutating func take(_ call: ApplicationCall) { inbox.append((call.time, .call(call))) }

  /// Takes something that was done to the connection.
  public mutating func take(note: String, at time: Int64) { inbox.append((time, .note(note))) }

  /// Takes what the kernel's socket table said at `time`.
  public mutating func take(socket: String, at time: Int64) { inbox.append((time, .socket(socket))) }

  /// Makes rows of what was taken up to `time`.
  private mutating func settle(upTo time: Int64) {
    let due = inbox.filter { $0.time <= time }.sorted { $0.time < $1.time }
    inbox.removeAll { $0.time <= time }
    for (time, item) in due {
      switch item {
      case .segment(let segment): add(segment)
      case .call(let call): add(call)
      case .note(let note):
        closeRows()
        rows.append(Row(kind: .note, time: time, program: note, isOpen: false))
      case .socket(let socket):
        closeRows()
        rows.append(
          Row(
            kind: .socket, time: time, program: isWaiting ? "recv() … waiting" : "", kernel: "(socket: \(socket))",
            isOpen: false))
      }
    }
  }

  private mutating func add(_ segment: Segment) {
    let isClients = segment.sourceAddress == clientAddress
    if probes[segment.frame] != nil {
      takeProbe(segment, isClients: isClients)
    } else if let answer = answers[segment.frame] {
      takeAnswer(answer, segment)
    } else if giveUps.contains(segment.frame) {
      closeRows()
      giveUpTime = segment.time
      rows.append(
        Row(
          kind: .giveUp, time: segment.time, program: pause,
          kernel: style.red("\(style.cross) RST,ACK \(style.right)  gives the connection up"), frames: [segment.frame],
          isOpen: true, beginsAt: segment.sourceAddress))
    } else if segment.length > 0 && !(segment.flags.contains(.syn) && segment.flags.contains(.ack))
      || segment.flags.contains(.rst)
    {
      beginPackets(segment, isClients: isClients)
    } else {
      addToPackets(segment, isClients: isClients)
    }
  }

  private var pause: String { isWaiting ? "  " + style.dots : "" }

  private mutating func takeProbe(_ segment: Segment, isClients: Bool) {
    closeRows()
    let number = (probes[segment.frame]?.unansweredBefore ?? 0) + 1
    rows.append(
      Row(
        kind: .probe, time: segment.time, program: pause,
        kernel: style.yellow(
          "\(style.diamond) probe \(number) of \(client.count) \(isClients ? style.right : style.left)"),
        frames: [segment.frame], isOpen: true, beginsAt: segment.sourceAddress))
  }

  private mutating func takeAnswer(_ answer: KeepaliveEvent.Answer, _ segment: Segment) {
    guard let index = rows.lastIndex(where: { $0.frames.contains(answer.probe) }) else { return }
    let form = answer.form == .reset ? "RST" : "ACK"
    rows[index].kernel += style.green("  \(style.left) \(form) after \(DurationText.text(answer.delay))")
    rows[index].frames.append(segment.frame)
    rows[index].isOpen = false
  }

  private mutating func beginPackets(_ segment: Segment, isClients: Bool) {
    closeRows()
    rows.append(
      Row(
        kind: .packets, time: segment.time, kernel: label(segment, isClients: isClients), frames: [segment.frame],
        isOpen: true, beginsAt: segment.sourceAddress, expects: expectedCall(segment, isClients: isClients)))
  }

  private mutating func addToPackets(_ segment: Segment, isClients: Bool) {
    guard let index = rows.indices.last, case .packets = rows[index].kind else {
      rows.append(
        Row(
          kind: .packets, time: segment.time, kernel: label(segment, isClients: isClients), frames: [segment.frame],
          isOpen: true, beginsAt: segment.sourceAddress))
      return
    }
    rows[index].kernel += "   " + label(segment, isClients: isClients)
    rows[index].frames.append(segment.frame)
  }

  /// The call by which the client's program learns of a segment, or causes it.
  private func expectedCall(_ segment: Segment, isClients: Bool) -> String? {
    if segment.flags.contains(.syn) { return "connect" }
    if isClients { return segment.payloadLength > 0 ? "send" : nil }
    return segment.flags.contains(.rst) ? nil : "recv"
  }

  private func label(_ segment: Segment, isClients: Bool) -> String {
    var what: [String] = []
    if segment.payloadLength > 0 {
      what.append("\(segment.payloadLength) \(segment.payloadLength == 1 ? "byte" : "bytes")")
    }
    var flags: [String] = []
    if segment.flags.contains(.syn) { flags.append("SYN") }
    if segment.flags.contains(.fin) { flags.append("FIN") }
    if segment.flags.contains(.rst) { flags.append("RST") }
    if segment.flags.contains(.ack), segment.payloadLength == 0 { flags.append("ACK") }
    if !flags.isEmpty { what.append(flags.joined(separator: ",")) }
    let text = what.joined(separator: ", ")
    return isClients ? "\(text) \(style.right)" : "\(style.left) \(text)"
  }

  private mutating func add(_ call: ApplicationCall) {
    if call.result == nil {
      if call.call == "recv" { isWaiting = true }
      return
    }
    let wasWaiting = isWaiting
    if call.call == "recv" { isWaiting = false }
    if let index = rows.firstIndex(where: { $0.program.isEmpty && $0.expects == call.call }),
      call.error == nil, index >= printed
    {
      rows[index].program = call.description
      return
    }
    closeRows()
    var row = Row(kind: .call, time: call.time, program: call.description, isOpen: false)
    if call.error != nil {
      row.program = style.red(call.description)
      if wasWaiting, let giveUpTime {
        row.kernel = "\(DurationText.text(Double(call.time - giveUpTime) / 1e9)) after the reset"
      } else if call.error == "EPIPE" {
        row.kernel = "nothing is sent: the socket is already dead"
      }
    }
    rows.append(row)
  }

  private mutating func closeRows() {
    for index in rows.indices.dropFirst(printed) where rows[index].isOpen {
      if case .probe = rows[index].kind, rows[index].frames.count == 1 {
        rows[index].kernel += style.red("  no answer")
      }
      rows[index].isOpen = false
    }
  }

  /// The lines that are whole and were not handed out before.
  ///
  /// - Parameter time: now; `nil` at the end of the demo.
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
    if case .probe = row.kind { return false }
    return time - row.time > 2 * Self.settlingTime
  }

  private func line(_ row: Row) -> String {
    if case .note = row.kind {
      let text = style.isASCII ? " - - - - - \(row.program) - - - - - " : " ─ ─ ─ ─ ─ ─ \(row.program) ─ ─ ─ ─ ─ ─ "
      return "          " + style.dim(text)
    }
    let seconds = DurationText.fixed(Double(row.time - (start ?? row.time)) / 1e9, 3)
    let frames = row.frames.map(String.init).joined(separator: " ")
    return style.padLeft(seconds, 8) + "  " + style.pad(row.program, 42)
      + (frames.isEmpty ? row.kernel : style.pad(row.kernel, 46) + frames)
  }
}
