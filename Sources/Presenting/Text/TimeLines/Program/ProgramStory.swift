import ApplicationLog
import Findings
import KernelView
import PacketWire

/// One connection of a watched host: what happened on it, folded as it comes, once it is known to be the program's.
struct ProgramStory {
  /// What was taken before it was known whose the connection is.
  private enum Waiting {
    case event(KeepaliveEvent)
    case segment(Segment)
  }

  /// Packets of a connection wait so long for a call on it, in nanoseconds: another program's are dropped then.
  static let longestWait: Int64 = 10_000_000_000
  /// So many of them wait; of a bulk transfer the first tell as much as all.
  private static let mostWaiting = 200
  /// Calls come up to so long after their packets, in nanoseconds (`WaitingCalls.longestWait` of the command line, and a look).
  private static let settlingTime: Int64 = 4_000_000_000

  let number: Int
  /// Beside the packets: the calls, the socket, the settings.
  private(set) var connection = ProgramConnection()
  /// What the packets tell, where the connection was forgotten since.
  var report: ConnectionReport?
  /// When its first packet came.
  let firstTime: Int64
  private let style: TextStyle
  private var waiting: [Waiting] = []
  /// Packets that were dropped before it was known to be the program's.
  private var dropped = 0
  private var timeline: ProgramTimeline?
  private var rows = FoldedRows()
  /// Its two ends, once a packet has told them.
  private(set) var ends: SocketPair?
  /// Whether it has waited for too long: it is another program's, as far as is known.
  private var isForeign = false
  /// The end that opened it, where that was captured.
  private var opener: SocketAddress?
  /// Probes that were captured since the socket table was last told.
  private var probesSinceLook = 0

  init(_ number: Int, at time: Int64, style: TextStyle) {
    self.number = number
    self.style = style
    firstTime = time
  }

  /// Whether it is known to be the program's.
  var isOwn: Bool { timeline != nil }

  // MARK: - What happens

  mutating func take(_ segment: Segment) {
    if ends == nil { ends = segment.ends.unordered }
    if opener == nil, segment.isFirstSYN { opener = segment.sourceAddress }
    guard timeline != nil else { return keep(.segment(segment)) }
    timeline?.take(segment)
  }

  mutating func take(_ event: KeepaliveEvent) {
    if case .probe = event.kind { probesSinceLook += 1 }
    guard timeline != nil else { return keep(.event(event)) }
    timeline?.take(event)
  }

  private mutating func keep(_ item: Waiting) {
    guard waiting.count < Self.mostWaiting, !isForeign else {
      dropped += 1
      return
    }
    waiting.append(item)
  }

  mutating func take(_ joined: JoinedCall, settings: SeenSettings?) {
    connection.take(joined)
    if let settings, let local = joined.local { connection.take(settings, of: local) }
    lookAtBothEnds()
    guard let local = joined.local ?? connection.own.first else { return }
    becomeOwn(local, joined.call.process)
    var call = joined.call
    if call.local == nil { call.local = joined.local?.description }
    if timeline?.principal == "" { timeline?.principal = call.process }
    timeline?.take(call)
  }

  mutating func take(_ owned: OwnedSocket) {
    if let settings = owned.settings { connection.take(SeenSettings(settings), of: owned.socket.local) }
    if let proxy = owned.proxyProgram { connection.proxy = proxy }
    connection.take(owner: owned.program, of: owned.socket.local)
    becomeOwn(owned.socket.local, nil)
    lookAtBothEnds()
  }

  mutating func take(_ socket: SocketState, at time: Int64) {
    let before = connection.socket?.state
    connection.take(socket, at: time)
    // Where probes are captured the table's count of them tells nothing more.
    let isAlike = before.map { $0.state == socket.state && $0.timer == socket.timer } ?? false
    defer { probesSinceLook = 0 }
    if isAlike, probesSinceLook > 0 || before?.unanswered == socket.unanswered { return }
    timeline?.take(socket: socket.text, isKept: socket.timer == .keepalive && socket.unanswered > 0, at: time)
  }

  mutating func takeGone(at time: Int64) {
    connection.takeGone(at: time)
    // Of one that its program closed nobody need be told.
    guard let state = connection.socket?.state, state.unanswered > 0 else { return }
    timeline?.take(socket: "gone from the kernel's table", isKept: true, at: time)
  }

  /// Where both ends are the program's, it is told from the end that opened it, and every call with its program's name.
  private mutating func lookAtBothEnds() {
    guard connection.own.count > 1, let opener else { return }
    timeline?.own = [opener]
    timeline?.principal = nil
  }

  /// From now on it is told; what has waited is first.
  private mutating func becomeOwn(_ local: SocketAddress, _ program: String?) {
    guard timeline == nil else { return }
    var timeline = ProgramTimeline(
      style: style, probeLimit: nil, principal: program ?? "", own: [local], settlingTime: Self.settlingTime)
    timeline.isTraced = true
    for item in waiting {
      switch item {
      case .event(let event): timeline.take(event)
      case .segment(let segment): timeline.take(segment)
      }
    }
    waiting = []
    self.timeline = timeline
  }

  /// Folds what can be folded by now, or everything at the end (`nil`).
  ///
  /// Of another program's connection nothing is kept.
  mutating func settle(at time: Int64?) {
    if timeline == nil, let time, time - firstTime > Self.longestWait {
      isForeign = true
      dropped += waiting.count
      waiting = []
    }
    for row in timeline?.finishedRows(at: time) ?? [] { rows.take(row) }
  }

  // MARK: - What is told

  /// The time line and what came of it, when all has settled.
  func lines(_ report: ConnectionReport, lost: Int) -> [String] {
    guard var timeline else { return [] }
    timeline.probeLimit = ProgramOutcome(report, connection).settings?.probeLimit
    let programs = connection.programs.isEmpty ? "" : "; of \(connection.programs.joined(separator: ", "))"
    var lines = [
      "",
      style.bold("connection \(number)") + ": \(report.clientAddress) ⇄ \(report.serverAddress)" + programs,
    ]
    for side in [report.client, report.client.peer] {
      guard let settings = connection.settings[report.address(side)] else { continue }
      let socket = connection.own.count > 1 ? "The \(report.role(side))'s socket" : "Its socket"
      lines += style.wrapped(settings.text(of: socket), indent: 2)
    }
    if let proxy = connection.proxy {
      lines += style.wrapped(
        "Its peer is \(proxy) on this host: a rule of the packet filter sends the connection there.", indent: 2)
    }
    lines.append(timeline.heading)
    if dropped > 0 {
      lines.append(
        "          \(counted(dropped, "packet")) came before it was known to be the program's, and were not kept")
    }
    return lines + rows.lines(timeline, style) + verdict(report, lost: lost)
  }

  /// What became of it, in sentences, where the capture lost so many packets.
  func verdict(_ report: ConnectionReport, lost: Int) -> [String] {
    let text = ProgramVerdictText(report, connection, start: timeline?.start ?? firstTime, lost: lost)
    return style.wrapped(style.bold(text.word) + ": " + text.sentences.joined(separator: " "), indent: 0)
  }
}
