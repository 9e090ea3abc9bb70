import KeepaliveAnalysis
import PacketWire
import Timeline

/// What figures of a capture's connections are drawn from: its packets, as far as they were kept, events and calls.
public struct FigureSource {
  private struct Pair: Hashable {
    let ends: Set<SocketAddress>
  }

  private let captureEnd: Int64
  private var segments: [Pair: [Segment]] = [:]
  private let events: [KeepaliveEvent]
  /// Where the events of a connection stand among all: they are many, and each takes much more than its place.
  private var places: [Int: [Int]] = [:]
  private var calls: [Int: [JoinedCall]] = [:]
  /// What happened to programs, by their names.
  private var programEvents: [String: [JoinedCall]] = [:]
  /// So many of a program's signals and ends are drawn on each of its connections, the latest: it may have many of both.
  private static let mostProgramEvents = 100

  /// A source from an analysis that kept the packets of every connection, or of one (`KeepaliveAnalyzer.traced`).
  ///
  /// Where there were too many packets to keep, figures show what the events tell.
  public init(_ connections: Connections, events: [KeepaliveEvent], calls: [JoinedCall]) {
    captureEnd = connections.captureEnd
    self.events = events
    for (place, event) in events.enumerated() {
      places[event.connection, default: []].append(place)
    }
    self.calls = Dictionary(grouping: calls.filter { $0.connection != nil }) { $0.connection ?? 0 }
    programEvents = Dictionary(grouping: calls.filter(\.call.isEvent), by: \.call.process)
    guard connections.traceDropped == 0 else { return }
    segments = Dictionary(grouping: connections.trace) { Pair(ends: [$0.sourceAddress, $0.destinationAddress]) }
  }

  /// The figure of a connection.
  public func figure(_ report: ConnectionReport) -> ConnectionFigure {
    let own = (places[report.number] ?? []).map { events[$0] }
    let pair = segments[Pair(ends: [report.first, report.second])] ?? []
    // A reused 4-tuple is another connection: this one's packets end where the next SYN after its end stands.
    let begun = pair.drop { $0.time < report.firstTime }
    let next = begun.dropFirst().firstIndex { segment in
      segment.flags.contains(.syn) && !segment.flags.contains(.ack)
        && report.deciding.time.map { segment.time > $0 && report.verdict.rank <= Verdict.closed.rank } ?? false
    }
    return ConnectionFigure(
      report, segments: Array(begun[..<(next ?? begun.endIndex)]), events: own, calls: calls(report.number),
      captureEnd: captureEnd)
  }

  /// The calls on a connection, and what happened to the programs that made them.
  private func calls(_ number: Int) -> [JoinedCall] {
    let own = calls[number] ?? []
    let programs = Set(own.map(\.call.process)).sorted()
    return own + programs.flatMap { programEvents[$0]?.suffix(Self.mostProgramEvents) ?? [] }
  }
}
