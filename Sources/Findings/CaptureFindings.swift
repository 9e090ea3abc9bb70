import KeepaliveAnalysis
import PacketObservation
import PacketWire

/// What came of a capture: everything that can be said of it when it has ended.
public struct CaptureFindings: Sendable {
  /// What there is to know of it beside its packets.
  public let source: SourceFacts
  /// What its packets were.
  public let counts: PacketCounts
  /// Packets captured more than once, within a file or in several.
  public let copies: Int
  /// Those of them that another file has.
  public let copiesAcrossFiles: Int
  /// Segments of connections beyond those that can be tracked.
  public let untracked: Int
  /// How many connections were forgotten before the end, and why.
  public let forgotten: ForgottenCounts
  /// Where the capturing host's clock was set.
  public let clockSteps: [ClockStep]
  /// How many events of each kind were recognised.
  public let tally: EventTally
  /// What the connections came to.
  public let connections: ConnectionFindings
  /// What programs saw, and of which connections.
  public let programs: ProgramFindings
  /// The events that were kept.
  public let events: [KeepaliveEvent]
  /// The packets that were kept, in the order captured.
  public let packets: [Segment]
  /// Packets that were not, as they were too many.
  public let packetsLeftOut: Int
  /// When the capture ended: nanoseconds since the epoch.
  public let captureEnd: Int64
  /// The reports of the connections that were asked for, in the order in which they began.
  public let asked: [ConnectionReport]
  /// What the packet of the frame was that was asked for; `nil` where it has not come.
  public let askedResult: DecodeResult?
  /// The reasons of that frame; `nil` where it is not TCP.
  public let explanation: FrameExplanation?

  /// What came of all that `observer` has seen.
  ///
  /// - Parameters:
  ///   - observer: which has seen the capture's end.
  ///   - source: what else is known.
  ///   - programs: what programs saw.
  ///   - events: those that were kept.
  ///   - forgotten: what the connections came to that were forgotten.
  ///   - asked: the connections whose reports are asked for; `nil` for none.
  ///   - take: is handed the report of each connection, where all are kept or streamed.
  public init(
    of observer: borrowing PacketObserver, _ source: SourceFacts, _ programs: ProgramFindings, events: [KeepaliveEvent],
    _ forgotten: ConnectionFindings, asked: ConnectionSelection?, take: (ConnectionReport) -> Void
  ) {
    let tracked = observer.analyzer.connections
    self.source = source
    self.programs = programs
    counts = observer.counts
    copies = tracked.copies + observer.copiesAcrossFiles
    copiesAcrossFiles = observer.copiesAcrossFiles
    untracked = tracked.untracked
    clockSteps = tracked.clockSteps
    tally = observer.analyzer.tally
    self.events = events
    packets = tracked.trace
    packetsLeftOut = tracked.traceDropped
    captureEnd = tracked.captureEnd
    self.asked = asked.map(tracked.reports) ?? []
    self.forgotten = tracked.forgotten
    askedResult = observer.explainedResult
    explanation = observer.analyzer.explanation
    var connections = forgotten
    connections.finish(tracked, take: take)
    self.connections = connections
  }

  /// What was kept, by connection; who asks for it keeps it, as all of it is sorted then.
  public var stories: ConnectionStories {
    // Of packets that are not all there, a story would tell the first only.
    ConnectionStories(
      events: events, packets: packetsLeftOut == 0 ? packets : [], calls: programs.calls, captureEnd: captureEnd)
  }
}
