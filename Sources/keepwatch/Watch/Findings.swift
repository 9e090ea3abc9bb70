import ApplicationLog
import Diagnosis
import KeepaliveAnalysis
import KernelView
import PacketObservation
import PacketWire
import Reporting
import Timeline

/// What came of a watch: everything that a presenter may say of its end.
struct Findings {
  /// What there is to know of the capture beside its packets.
  let source: SourceFacts
  /// What its packets were.
  let counts: PacketCounts
  /// Packets left out because another file has them.
  let copiesAcrossFiles: Int
  /// How many events of each kind were recognised.
  let tally: EventTally
  /// What the connections came to.
  let connections: CaptureFindings
  /// The connections themselves.
  let tracked: Connections
  /// The events that were kept.
  let events: [KeepaliveEvent]
  /// What programs saw, in the order of time.
  let calls: [JoinedCall]
  /// The report of the connection that was asked for; `nil` where there is none of its number.
  let asked: ConnectionReport?
  /// What the packet of the frame was that was asked for; `nil` where it has not come.
  let askedResult: DecodeResult?
  /// The reasons of that frame; `nil` where it is not TCP.
  let explanation: FrameExplanation?

  /// The capture as its summary takes it.
  var facts: CaptureFacts {
    CaptureFacts(
      title: source.names.joined(separator: ", "), counts: counts, connections: connections.total,
      copies: tracked.copies + copiesAcrossFiles, dropped: source.dropped, filteredOut: source.filteredOut,
      untracked: tracked.untracked, undecodedLinkTypes: source.undecodedLinkTypes, clockSteps: tracked.clockSteps)
  }

  /// What figures are drawn from.
  var figures: FigureSource { FigureSource(tracked, events: events, calls: calls) }
}

extension Watch {
  /// What came of it: each connection is told meanwhile, where a presenter asks for that.
  func findings() -> Findings {
    let connections = observer.analyzer.connections
    let facts = source.facts
    let (joined, disagreements) = calls.joined(with: connections)
    for found in disagreements {
      complain(ApplicationText.clock((found.seconds, found.evidence), log: facts.logs[found.log]))
    }
    if source.knownUntil == nil { for call in joined { audience.call(call) } }
    return Findings(
      source: facts, counts: observer.counts, copiesAcrossFiles: observer.copiesAcrossFiles,
      tally: observer.analyzer.tally, connections: connectionFindings(connections), tracked: connections,
      events: events.events, calls: joined,
      asked: needs.connection.flatMap { connections.isTracked($0) ? connections.report($0) : nil },
      askedResult: observer.explainedResult, explanation: observer.analyzer.explanation)
  }
}
