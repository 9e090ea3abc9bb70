import PacketWire

/// Recognises probes and their answers in a stream of segments, and says at the end what became of each connection.
///
/// Deterministic: its clock is the segments' times, moved on by `advance(to:)` where the wire is silent. Segments come
/// in batches, in the order captured; what is recognised is appended to `events`, which the caller empties. What is only
/// known later is reported then, with its own frame: a held segment waits at most until `ZeroWindow.deadline`, or for
/// the connection's next packets, and `UncertainRun.limit` of them are kept.
public struct KeepaliveAnalyzer {
  /// What was recognised since the caller last emptied it.
  public var events: [KeepaliveEvent] = []
  /// When the capture began: nanoseconds since the epoch; `nil` before the first packet.
  public var captureStart: Int64?
  /// The latest time seen.
  public var captureEnd: Int64 = 0
  /// Packets recognised as captured before.
  public internal(set) var copies = 0

  /// The frame whose reasons are to be kept in `explanation`; `nil` for none.
  public var explained: FrameKey?
  /// The reasons of the frame `explained`, once it has come and was TCP.
  public private(set) var explanation: FrameExplanation?

  /// Which connection's segments are to be kept in `trace`, for its time line; 0 for every one, `nil` for none.
  public var traced: Int?
  /// The kept segments, in the order captured.
  public var trace: [Segment] = []
  /// Segments of the traced connection that were not kept because of `traceLimit`.
  public private(set) var traceDropped = 0
  /// A time line of more segments than this is not read by anybody.
  private static let traceLimit = 100_000

  var table: ConnectionTable
  var histories: [History] = []
  /// Two for each of `histories`: see `place`.
  var probers: [ProberHistory] = []
  /// Connections with a silence of at least `Silences.shortest`.
  var silences: [Int: Silences] = [:]
  /// The segment that is being examined; `nil` while only the clock moves on.
  var examined: FrameKey?
  /// Connections with a held segment that time alone may release.
  var waiting: Set<Int> = []
  /// Segments handed over together.
  public static let batchSize = 128
  /// Segments whose memory is loaded together: enough that cache misses overlap, few enough that none is lost again from
  /// the first-level cache and TLB (with a million connections 16 and 64 took 4 to 16 percent more time).
  private static let partSize = 32
  /// Of each segment of a batch: its tag, and the record that it probably belongs to, or -1.
  private var tags = InlineArray<128, UInt32>(repeating: 0)
  private var candidates = InlineArray<128, Int32>(repeating: -1)

  /// So many connections are tracked where nothing else is said: their records take a gigabyte.
  public static let maximumConnections = 8_000_000

  /// An analyzer that has seen nothing, and will track at most so many connections.
  public init(maximumConnections: Int = Self.maximumConnections) {
    table = ConnectionTable(maximumConnections: maximumConnections)
  }

  /// How many connections are tracked.
  public var connectionCount: Int { table.records.count }

  /// Segments of connections beyond the table's bound, which were not tracked.
  public var untracked: Int { table.untracked }

  /// Takes segments, in the order captured.
  public mutating func process(_ segments: [Segment]) {
    var start = 0
    while start < segments.count {
      let end = min(start + Self.batchSize, segments.count)
      process(segments.span.extracting(start..<end))
      start = end
    }
  }

  /// Takes at most `batchSize` segments, in the order captured.
  ///
  /// They go part by part, and the memory that each part will need is loaded first: the misses of a whole part overlap, where
  /// one after the other would add up. A part's slots are loaded while the part before it is taken.
  public mutating func process(_ segments: Span<Segment>) {
    var part = part(of: segments, from: 0)
    prefetchSlots(segments, part)
    while !part.isEmpty {
      let next = self.part(of: segments, from: part.upperBound)
      prefetchSlots(segments, next)
      prefetchRecords(part)
      take(segments, part)
      part = next
    }
    if let traced {
      for index in segments.indices { keep(segments[index], tags[index], of: traced) }
    }
  }

  @inline(__always)
  private func part(of segments: Span<Segment>, from start: Int) -> Range<Int> {
    start..<min(start &+ Self.partSize, segments.count)
  }

  @inline(__always)
  private mutating func prefetchSlots(_ segments: Span<Segment>, _ part: Range<Int>) {
    for index in part {
      let tag = table.tag(segments[index])
      tags[index] = tag
      table.prefetchSlot(tag)
    }
  }

  @inline(__always)
  private mutating func prefetchRecords(_ part: Range<Int>) {
    for place in part {
      let candidate = table.candidate(tags[place])
      candidates[place] = candidate
      if candidate >= 0 { table.prefetchRecord(Int(candidate)) }
    }
    if table.hasLongAddresses {
      for index in part where candidates[index] >= 0 { table.prefetchAddresses(Int(candidates[index])) }
    }
  }

  @inline(__always)
  private mutating func take(_ segments: Span<Segment>, _ part: Range<Int>) {
    if explained == nil {
      var next = part.lowerBound
      while next < part.upperBound {
        next = table.absorb(segments, next..<part.upperBound, candidates: candidates.span, latest: &captureEnd)
        if next < part.upperBound { process(segments[next], tags[next]) }
        next &+= 1
      }
    } else {
      for index in part { processExplaining(segments[index], tags[index]) }
    }
  }

  /// Takes a segment without the short way, which keeps no reasons.
  private mutating func processExplaining(_ segment: Segment, _ tag: UInt32) {
    if let explained, explained == FrameKey(segment) { explanation = explain(segment, tag) }
    captureEnd = max(captureEnd, segment.time)
    process(segment, tag)
  }

  private mutating func keep(_ segment: Segment, _ tag: UInt32, of traced: Int) {
    guard let (index, _) = table.find(segment, tag), traced == 0 || index + 1 == traced else { return }
    if trace.count < Self.traceLimit { trace.append(segment) } else { traceDropped += 1 }
  }

  /// Takes a segment that is not plain, or not of the record that its place led to.
  private mutating func process(_ segment: Segment, _ tag: UInt32) {
    if let (index, side) = table.find(segment, tag), !(segment.isFirstSYN && beginsAnew(segment, index, side)) {
      if !table.records[index].absorbPlain(segment, from: side) { examine(segment, index, side) }
      return
    }
    guard let (index, isTaken) = table.add(segment, tag) else { return }
    if !isTaken { examine(segment, index, .first) }
  }

  /// Whether a SYN begins a new connection on a 4-tuple that is known (RFC 9293 §3.10.7.4, RFC 6191).
  private func beginsAnew(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    let ownSYN: ConnectionTraits = side == .first ? .synFromFirst : .synFromSecond
    if record.traits.contains(ownSYN) { return table.ends[index].initialSequence != segment.sequence }
    // The other half of a simultaneous open comes from an end that has sent nothing yet.
    return record[side].knowledge.contains(.heard) || !record.traits.isDisjoint(with: [.endIsReset])
  }

  /// The capture's clock has come to `time`, though no packet did: what was held for longer than it may be is released.
  public mutating func advance(to time: Int64) {
    captureEnd = max(captureEnd, time)
    examined = nil
    for index in waiting {
      for side in [Side.first, .second] {
        let history = Int(table.records[index].history)
        if let deadline = probers[Self.place(history, side)].zeroWindow.deadline, deadline < time {
          releaseZeroWindow(index, side, as: .windowProbe, certain: false)
        }
      }
    }
    waiting = waiting.filter { index in
      let history = Int(table.records[index].history)
      return [Side.first, .second].contains { probers[Self.place(history, $0)].zeroWindow.isHolding }
    }
  }

  /// The capture has ended: what is held is released as what can be said of it.
  public mutating func finish() {
    examined = nil
    for index in waiting.sorted() {
      releaseZeroWindow(index, .first, as: .windowProbe, certain: false)
      releaseZeroWindow(index, .second, as: .windowProbe, certain: false)
    }
    waiting = []
  }

  /// Takes an ICMP error that quotes a segment.
  public mutating func process(_ quote: QuotedSegment) {
    var segment = Segment()
    segment.source = quote.source.address
    segment.sourcePort = quote.source.port
    segment.destination = quote.destination.address
    segment.destinationPort = quote.destination.port
    guard let (index, side) = table.find(segment, table.tag(segment)) else { return }
    let history = historyIndex(index)
    histories[history].quotedErrors += 1
    guard let probe = probers[Self.place(history, side)].lastProbe, probe.sequence == quote.sequence else { return }
    let ends = table.addresses(index)
    events.append(
      KeepaliveEvent(
        kind: .quotedProbe(reporter: quote.reporter, type: quote.type, code: quote.code),
        frame: quote.frame, file: quote.file, knownBy: nil, time: quote.time, connection: index + 1,
        source: side == .first ? ends.first : ends.second,
        destination: side == .first ? ends.second : ends.first))
  }
}
