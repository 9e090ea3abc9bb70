import KeepaliveAnalysis
import PacketWire

/// When something happened on each connection of a capture, as finely as a picture of the whole can show it.
///
/// It is told every packet and every event, and keeps little of each connection, however long the capture is.
public struct CaptureActivity: Sendable {
  /// A probe of some sort.
  struct Probe: Sendable {
    enum Outcome {
      case unanswered
      case answered
      /// A reset answered it.
      case refused
      /// It asks for the peer's window, and is no keepalive.
      case ofWindow
    }
    let key: FrameKey
    let time: Int64
    var outcome: Outcome
    /// When its answer came.
    var answeredAt: Int64?
  }

  /// A capture is told apart into at most so many moments: a picture has no more columns.
  private static let mostMoments: Int64 = 1024
  /// An event is told just before its packet, or long after it: so many keys are kept for the packets to come.
  private static let mostClaimed = 4096
  /// An answer comes to one of the latest so many probes.
  private static let latestProbes = 16

  /// By the connection's ends, unordered: when segments with data, SYN or FIN were sent, those that lie close together as one.
  private var spans: [SocketPair: [ClosedRange<Int64>]] = [:]
  /// By the connection's number, in the order told.
  private var probes: [Int: [Probe]] = [:]
  /// By the sender: when its latest packet was captured.
  private var latest: [IPAddress: Int64] = [:]
  /// What was told to be a probe, or its answer, and is not to be taken for data; of the latest packets.
  private var claimed: Set<FrameKey> = []
  private var start: Int64?
  /// What lies no further apart is one span.
  private var moment: Int64 = 1_000_000

  /// Nothing yet.
  public init() {}

  /// Takes a packet, after its events.
  public mutating func take(_ segment: Segment) {
    let start = start ?? segment.time
    self.start = start
    if segment.time - start > moment * Self.mostMoments { coarsen(to: segment.time - start) }
    latest[segment.source] = max(latest[segment.source] ?? segment.time, segment.time)
    let isClaimed = claimed.remove(FrameKey(segment)) != nil
    guard !isClaimed, segment.length > 0, !segment.flags.contains(.rst) else { return }
    Self.add(segment.time...segment.time, to: &spans[segment.ends.unordered, default: []], moment)
  }

  /// Takes what was recognised in a packet.
  public mutating func take(_ event: KeepaliveEvent) {
    let key = FrameKey(file: event.file, frame: event.frame)
    if claimed.count > Self.mostClaimed { claimed.removeAll(keepingCapacity: true) }
    switch event.kind {
    case .probe:
      claimed.insert(key)
      probes[event.connection, default: []].append(Probe(key: key, time: event.time, outcome: .unanswered))
    case .windowProbe:
      claimed.insert(key)
      probes[event.connection, default: []].append(Probe(key: key, time: event.time, outcome: .ofWindow))
    case .answer(let answer):
      note(answer, of: event)
    case .giveUp, .quotedError, .ignored: break
    }
  }

  private mutating func note(_ answer: KeepaliveEvent.Answer, of event: KeepaliveEvent) {
    let key = FrameKey(file: answer.probeFile, frame: answer.probe)
    guard answer.form != .data, answer.isAccepted != false, let count = probes[event.connection]?.count,
      let place = (max(0, count - Self.latestProbes)..<count).last(where: {
        probes[event.connection]?[$0].key == key
      })
    else { return }
    probes[event.connection]?[place].outcome = answer.form == .reset ? .refused : .answered
    probes[event.connection]?[place].answeredAt = event.time
  }

  /// Joins what a picture of so long a capture cannot tell apart.
  private mutating func coarsen(to length: Int64) {
    while length > moment * Self.mostMoments { moment *= 2 }
    for (ends, fine) in spans {
      var coarse: [ClosedRange<Int64>] = []
      for span in fine { Self.add(span, to: &coarse, moment) }
      spans[ends] = coarse
    }
  }

  private static func add(_ span: ClosedRange<Int64>, to spans: inout [ClosedRange<Int64>], _ moment: Int64) {
    guard let last = spans.last, span.lowerBound - last.upperBound <= moment else { return spans.append(span) }
    spans[spans.count - 1] =
      min(last.lowerBound, span.lowerBound)...max(last.upperBound, span.upperBound)
  }

  // MARK: - What it knows

  /// When data, SYN or FIN were sent between two ends within a time.
  func spans(_ ends: SocketPair, within time: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    (spans[ends.unordered] ?? []).filter { $0.overlaps(time) }.map { $0.clamped(to: time) }
  }

  /// The probes on a connection.
  func probes(_ connection: Int) -> [Probe] { probes[connection] ?? [] }

  /// When the latest packet of a host was captured.
  func latest(of host: IPAddress) -> Int64? { latest[host] }
}
