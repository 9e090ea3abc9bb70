import KeepaliveAnalysis
import PacketWire

/// What was kept of a capture's connections: its packets, events and calls.
public struct ConnectionStories: Sendable {
  private let captureEnd: Int64
  /// By the connection's ends, unordered.
  private var segments: [SocketPair: [Segment]] = [:]
  private let events: [KeepaliveEvent]
  /// Where the events of a connection stand among all: they are many, and each takes much more than its place.
  private var places: [Int: [Int]] = [:]
  private var calls: [Int: [JoinedCall]] = [:]
  /// What happened to programs, by their names.
  private var programEvents: [String: [JoinedCall]] = [:]
  /// So many of a program's signals and ends are drawn on each of its connections, the latest: it may have many of both.
  private static let mostProgramEvents = 100

  /// Stories from what was kept of a capture, in the order captured.
  public init(events: [KeepaliveEvent], packets: [Segment], calls: [JoinedCall], captureEnd: Int64) {
    self.captureEnd = captureEnd
    self.events = events
    for (place, event) in events.enumerated() {
      places[event.connection, default: []].append(place)
    }
    self.calls = Dictionary(grouping: calls.filter { $0.connection != nil }) { $0.connection ?? 0 }
    programEvents = Dictionary(grouping: calls.filter(\.call.isEvent), by: \.call.process)
    segments = Dictionary(grouping: packets, by: \.ends.unordered)
  }

  /// The story of a connection.
  public func story(_ report: ConnectionReport) -> ConnectionStory {
    let own = (places[report.number] ?? []).map { events[$0] }
    let pair = segments[report.ends.unordered] ?? []
    // A reused 4-tuple is another connection: this one's packets end where the next SYN after its end stands.
    let begun = pair.drop { $0.time < report.firstTime }
    let next = begun.dropFirst().firstIndex { segment in
      segment.flags.contains(.syn) && !segment.flags.contains(.ack)
        && report.deciding.time.map { segment.time > $0 && report.verdict.rank <= Verdict.closed.rank } ?? false
    }
    return ConnectionStory(
      report, packets: Array(begun[..<(next ?? begun.endIndex)]), events: own, calls: calls(report.number),
      captureEnd: captureEnd)
  }

  /// The calls on a connection, and what happened to the programs that made them.
  private func calls(_ number: Int) -> [JoinedCall] {
    let own = calls[number] ?? []
    let programs = Set(own.map(\.call.process)).sorted()
    return own + programs.flatMap { programEvents[$0]?.suffix(Self.mostProgramEvents) ?? [] }
  }
}

/// What was kept of one connection.
public struct ConnectionStory: Sendable {
  /// What became of it.
  public let report: ConnectionReport
  /// Its packets; none where they were not kept, or too many.
  public let packets: [Segment]
  /// What was recognised among them.
  public let events: [KeepaliveEvent]
  /// Its programs' calls, and what happened to these programs.
  public let calls: [JoinedCall]
  /// When the capture ended: nanoseconds since the epoch.
  public let captureEnd: Int64

  /// A story from its parts.
  public init(
    _ report: ConnectionReport, packets: [Segment], events: [KeepaliveEvent], calls: [JoinedCall], captureEnd: Int64
  ) {
    self.report = report
    self.packets = packets
    self.events = events
    self.calls = calls
    self.captureEnd = captureEnd
  }
}
