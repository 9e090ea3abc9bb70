import ApplicationLog
import Findings
import KernelView
import PacketWire

/// The stories of a program's connections, taken as they happen: its calls beside its kernel's packets.
public struct ProgramStories {
  /// Connections told with their time lines, and in a sentence, the worst first.
  private static let shown = 3
  private static let named = 10
  /// So many connections that have ended are kept to choose from, the worst.
  private static let mostEnded = 100

  private let style: TextStyle
  private var stories: [Int: ProgramStory] = [:]
  /// The latest connection between two ends.
  private var numbers: [SocketPair: Int] = [:]
  /// The program's connections that ended and are only counted.
  private var onlyCounted = 0
  /// Sockets of the program of which no packet has come yet.
  private var early: [SocketPair: OwnedSocket] = [:]
  /// connect()s whose connections are not known yet, by the sockets' inodes.
  private var connects: [String: JoinedCall] = [:]
  private static let mostEarly = 100_000
  private var settings = SettingsOfCalls()
  private var habits = ProgramHabits()

  /// No story yet.
  public init(style: TextStyle) { self.style = style }

  // MARK: - What happens

  /// Takes a captured segment of a connection.
  public mutating func take(_ segment: Segment, of connection: Int) {
    let ends = segment.ends.unordered
    numbers[ends] = connection
    stories[connection, default: ProgramStory(connection, at: segment.time, style: style)].take(segment)
    if !early.isEmpty, let owned = early.removeValue(forKey: ends) { stories[connection]?.take(owned) }
  }

  /// Takes what was recognised.
  public mutating func take(_ event: KeepaliveEvent) {
    stories[event.connection, default: ProgramStory(event.connection, at: event.time, style: style)].take(event)
  }

  /// Takes a program's call, or what happened to it.
  public mutating func take(_ joined: JoinedCall) {
    habits.take(joined.call)
    let news = settings.take(joined.call)
    if joined.call.isEvent {
      for number in Array(stories.keys)
      where stories[number]?.connection.programs.contains(joined.call.process) ?? false {
        stories[number]?.take(joined, settings: nil)
      }
      return
    }
    guard let number = number(of: joined) else { return waitForEnds(joined) }
    if let socket = joined.call.socket, var connect = connects.removeValue(forKey: socket) {
      (connect.local, connect.remote) = (joined.local, joined.remote)
      stories[number]?.take(connect, settings: nil)
    }
    stories[number]?.take(joined, settings: news)
  }

  /// Of several connect()s at once it is not known which opened which connection, until a call on the same socket tells its ends.
  private mutating func waitForEnds(_ joined: JoinedCall) {
    guard let socket = joined.call.socket, joined.call.action == .connect, connects.count < Self.mostEarly else {
      return
    }
    connects[socket] = joined
  }

  private func number(of joined: JoinedCall) -> Int? {
    if let number = joined.connection { return number }
    // It may be forgotten since, sixty seconds after its end.
    guard let local = joined.local, let remote = joined.remote else { return nil }
    return numbers[SocketPair(local, remote).unordered]
  }

  /// Takes a socket that the program has.
  public mutating func take(_ owned: OwnedSocket) {
    let ends = owned.socket.ends.unordered
    guard let number = numbers[ends], stories[number] != nil else {
      if early.count < Self.mostEarly { early[ends] = owned }
      return
    }
    stories[number]?.take(owned)
  }

  /// Takes what the kernel's socket table said at `time`.
  public mutating func take(_ socket: SocketState, at time: Int64) {
    guard let number = numbers[socket.ends.unordered] else { return }
    stories[number]?.take(socket, at: time)
  }

  /// The socket with these ends has gone from the kernel's table.
  public mutating func takeGone(_ ends: SocketPair, at time: Int64) {
    guard let number = numbers[ends.unordered] else { return }
    stories[number]?.takeGone(at: time)
  }

  /// Takes what became of a connection that is forgotten.
  public mutating func forget(_ report: ConnectionReport) {
    guard stories[report.number]?.isOwn ?? false else { return drop(report.number) }
    stories[report.number]?.report = report
    let ended = stories.values.filter { $0.report != nil }
    guard ended.count > Self.mostEnded, let best = ended.compactMap(\.report).worstFirst.last else { return }
    onlyCounted += 1
    drop(best.number)
  }

  /// Folds what has settled by now.
  public mutating func settle(at time: Int64) {
    // The keys are copied, so that the stories are changed where they lie.
    for number in Array(stories.keys) { stories[number]?.settle(at: time) }
  }

  private mutating func drop(_ number: Int) {
    if let ends = stories[number]?.ends, numbers[ends] == number { numbers[ends] = nil }
    stories[number] = nil
  }

  // MARK: - What is told

  /// The program's connections.
  public var connections: Set<Int> { Set(stories.values.filter(\.isOwn).map(\.number)) }

  /// The lines of the time lines, and what to learn from the worst of them.
  ///
  /// - Parameters:
  ///   - findings: what came of the capture.
  ///   - isTraced: whether the program's calls were seen.
  ///   - seesSockets: whether its sockets could be looked up.
  /// - Returns: the lines.
  public mutating func lines(_ findings: CaptureFindings, isTraced: Bool, seesSockets: Bool = true) -> [String] {
    for number in Array(stories.keys) { stories[number]?.settle(at: nil) }
    let own = stories.values.filter(\.isOwn)
    let reports = own.compactMap { $0.report ?? findings.programs.reports[$0.number] }.worstFirst
    let lost = findings.source.dropped ?? 0
    var lines: [String] = []
    for report in reports.prefix(Self.shown) { lines += stories[report.number]?.lines(report, lost: lost) ?? [] }
    let others = reports.dropFirst(Self.shown)
    for report in others.prefix(Self.named) {
      lines += ["", "connection \(report.number): \(report.clientAddress) ⇄ \(report.serverAddress)"]
      lines += stories[report.number]?.verdict(report, lost: lost) ?? []
    }
    let rest = others.count - min(others.count, Self.named) + onlyCounted
    if rest > 0 { lines += ["", "and \(counted(rest, "more connection")) of the program"] }
    if reports.isEmpty {
      lines += [
        "",
        isTraced || seesSockets
          ? "No packet of a TCP connection of the program was captured."
          : "Which connections are the program's is not known: neither could its calls be traced, nor its sockets be looked up.",
      ]
    }
    lines += habits.sentences.flatMap { style.wrapped($0, indent: 0) }
    guard let worst = reports.first, let story = stories[worst.number] else { return lines }
    return lines + [""]
      + ProgramLesson(worst, story.connection, isTraced: isTraced).lines(style)
      + KernelCrossCheck(findings, connections: reports).lines(style)
  }
}
