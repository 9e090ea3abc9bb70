import PacketWire

/// Recognises probes and their answers in a stream of segments, and says at the end what became of each connection.
///
/// Deterministic: its clock is the segments' times, moved on by `advance(to:)` where the wire is silent. Segments come
/// in batches, in the order captured; what is recognised is appended to `events`, which the caller empties. What is only
/// known later is reported then, with its own frame: a held segment waits at most until `ZeroWindow.deadline`, or for
/// the connection's next packets, and `KeepaliveTimer.mostProbes` of them are kept.
///
/// Three objects do the work: a tracker finds each segment's connection, and takes what needs no closer look; a recogniser
/// looks at the rest; and `connections` is what others may read.
public struct KeepaliveAnalyzer {
  private(set) var tracker: Tracker
  private var recogniser = Recogniser()
  /// The latest time seen.
  private var captureEnd: Int64 = 0

  /// Which connections' segments are to be kept in `trace`, for their time lines; `nil` for none.
  public var traced: ConnectionSelection?
  /// Whether each SYN, FIN and reset is kept in `trace`, where no connection's segments are.
  public var tracesOpeningsAndEnds = false
  /// The kept segments, in the order captured.
  public var trace: [Segment] = []
  /// Segments of the traced connections that were not kept because of `traceLimit`.
  public private(set) var traceDropped = 0
  /// A time line of more segments than this is not read by anybody.
  private static let traceLimit = 100_000

  /// Whether segments with nothing to recognise take the short ways, which keep no reasons; the general one tells the same.
  var usesShortWays = true

  /// Segments handed over together.
  public static let batchSize = Tracker.batchSize

  /// So many connections are tracked where nothing else is said: their records take two gigabytes.
  public static let maximumConnections = 8_000_000
  /// The same where connections are forgotten: what lives at once, and ended a moment ago.
  public static let maximumLiving = 1_000_000

  /// An analyzer that has seen nothing, and will track at most so many connections.
  public init(maximumConnections: Int = Self.maximumConnections) {
    tracker = Tracker(maximumConnections: maximumConnections)
  }

  /// What was recognised since the caller last emptied it.
  public var events: [KeepaliveEvent] {
    get { recogniser.recognised.events }
    _modify { yield &recogniser.recognised.events }
  }

  /// Whether the packets have times; without, nothing is said that rests on one.
  public var hasTimes = true {
    didSet { recogniser.recognised.hasTimes = hasTimes }
  }

  /// Whether the caller wants `events`; otherwise they are counted only.
  public var wantsEvents: Bool {
    get { recogniser.recognised.wantsEvents }
    set { recogniser.recognised.wantsEvents = newValue }
  }

  /// How many events of each kind were recognised, wanted or not.
  public var tally: EventTally { recogniser.recognised.tally }

  /// When the capture began: nanoseconds since the epoch; `nil` before the first packet.
  public var captureStart: Int64? {
    get { recogniser.recognised.captureStart }
    set { recogniser.recognised.captureStart = newValue }
  }

  /// Whether an answer's event waits until its prober's next packet has told whether it was accepted.
  ///
  /// That may be hours later: not for what is read while it happens.
  public var holdsAnswers: Bool {
    get { recogniser.recognised.holdsAnswers }
    set { recogniser.recognised.holdsAnswers = newValue }
  }

  /// The frame whose reasons are to be kept in `explanation`; `nil` for none.
  ///
  /// Stored here too, as it is asked for each packet: a getter would copy the analyzer for a caller in another module.
  public var explained: FrameKey? {
    didSet { recogniser.recognised.reasons.explained = explained }
  }

  /// The reasons of the frame `explained`, once it has come and was TCP.
  public var explanation: FrameExplanation? { recogniser.recognised.reasons.explanation }

  /// What the capture tells so far of the connections.
  public var connections: Connections {
    Connections(
      table: tracker.table, recogniser: recogniser, captureStart: recogniser.recognised.captureStart,
      captureEnd: captureEnd,
      trace: trace, hasTimes: hasTimes, traceDropped: traceDropped, forgotten: ForgottenCounts(forgetting))
  }

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
  public mutating func process(_ segments: Span<Segment>) {
    if let traced {
      // One by one: what follows a segment may begin another connection between the same ends.
      for index in segments.indices {
        takeAll(segments.extracting(index..<index + 1))
        keep(segments[index], tracker.tag(0), of: traced)
      }
    } else {
      takeAll(segments)
      if tracesOpeningsAndEnds { keepOpeningsAndEnds(segments) }
    }
    if forgets, !segments.isEmpty { forgetWhatIsOver(at: segments[segments.count - 1].time) }
  }

  /// A part's slots are loaded while the part before it is taken.
  private mutating func takeAll(_ segments: Span<Segment>) {
    var part = part(of: segments, from: 0)
    tracker.prefetchSlots(segments, part)
    while !part.isEmpty {
      let next = self.part(of: segments, from: part.upperBound)
      tracker.prefetchSlots(segments, next)
      tracker.prefetchRecords(part)
      if recogniser.recognised.probers.records.count > 1 || tracker.table.isLarge { prefetchBeside(segments, part) }
      take(segments, part)
      part = next
    }
  }

  @inline(__always)
  private func part(of segments: Span<Segment>, from start: Int) -> Range<Int> {
    start..<min(start &+ Tracker.partSize, segments.count)
  }

  @inline(__always)
  private mutating func take(_ segments: Span<Segment>, _ part: Range<Int>) {
    guard usesShortWays, explained == nil else {
      for index in part { process(segments[index], index) }
      return
    }
    var next = part.lowerBound
    while next < part.upperBound {
      next = tracker.absorb(
        segments, next..<part.upperBound, latest: &captureEnd, &recogniser.recognised)
      if next < part.upperBound, !absorb(segments[next], next) { process(segments[next], next) }
      next &+= 1
    }
  }

  /// Takes the segment at `index` of the batch, if it is of a connection that is probed, and there is nothing in doubt.
  @inline(__always)
  private mutating func absorb(_ segment: Segment, _ index: Int) -> Bool {
    let candidate = tracker.candidate(index)
    guard candidate >= 0, let side = tracker.table.side(of: segment, in: candidate),
      recogniser.recognised.absorb(segment, candidate, from: side, &tracker.table, after: captureEnd)
    else { return false }
    captureEnd = max(captureEnd, segment.time)
    return true
  }

  /// Has loaded what the segments of a part of the batch probably need beside their connections' records, which are loaded.
  @inline(__always)
  private mutating func prefetchBeside(_ segments: Span<Segment>, _ part: Range<Int>) {
    for index in part {
      let candidate = tracker.candidate(index)
      guard candidate >= 0 else { continue }
      let prober = tracker.table.records[candidate].prober
      if prober > 0 {
        recogniser.recognised.probers.prefetch(Int(prober) >> 1)
      } else if tracker.table.records[candidate].mayNeedEnds(for: segments[index]) {
        tracker.table.prefetchEnds(candidate)
      }
    }
  }

  /// Takes the segment at `index` of the batch, which is not plain, or not of the record that its place led to.
  private mutating func process(_ segment: Segment, _ index: Int) {
    recogniser.recognised.clock.note(segment, after: captureEnd)
    captureEnd = max(captureEnd, segment.time)
    var refused: (syn: Segment, subject: Subject)?
    let assignment = tracker.assign(segment, tracker.tag(index)) { refused = ($0, $1) }
    if let refused { recogniser.takeRefused(refused.syn, by: segment, refused.subject, &tracker.table) }
    switch assignment {
    case .known(let subject):
      // A connection that begins with the same part of a batch had no record yet when the part's were looked up.
      let isNew = usesShortWays && explained == nil && tracker.candidate(index) < 0
      if isNew, tracker.table.absorb(segment, subject) { return }
      recogniser.examine(segment, tracker.subject(subject.index, subject.side), &tracker.table)
    case .began(let subject, let isTaken):
      if isTaken {
        explain(taken: segment, subject)
      } else {
        recogniser.examine(segment, subject, &tracker.table)
      }
    case .pending(let subject): explain(taken: segment, subject)
    case .untracked: break
    }
  }

  private mutating func explain(taken segment: Segment, _ subject: Subject) {
    recogniser.recognised.reasons.explain(taken: segment, connection: tracker.table.number(subject.index))
  }

  private mutating func keep(_ segment: Segment, _ tag: UInt32, of traced: ConnectionSelection) {
    guard let (index, _) = tracker.table.find(segment, tag),
      traced.contains(tracker.table.number(index), segment.ends)
    else { return }
    if trace.count < Self.traceLimit { trace.append(segment) } else { traceDropped += 1 }
  }

  private mutating func keepOpeningsAndEnds(_ segments: Span<Segment>) {
    let wanted = TCPFlags.syn.union(.fin).union(.rst)
    for index in segments.indices where !segments[index].flags.isDisjoint(with: wanted) {
      trace.append(segments[index])
    }
  }

  /// Whether another batch may not be kept whole: then who wants each segment must take what there is.
  public var traceIsFull: Bool { trace.count + Self.batchSize > Self.traceLimit }

  /// Keeps none of the segments in `trace`: they are too many for a time line, and were seen by who wanted each.
  public mutating func dropTrace() {
    traceDropped += trace.count
    trace.removeAll(keepingCapacity: true)
  }

  /// The capture's clock has come to `time`, though no packet did: what was held for longer than it may be is released.
  public mutating func advance(to time: Int64) {
    captureEnd = max(captureEnd, time)
    recogniser.advance(to: time, tracker.table)
    forgetWhatIsOver(at: time)
  }

  // MARK: - Forgetting

  /// Whether connections are forgotten some time after they ended, and where there are more than may be tracked.
  ///
  /// That is for what goes on for months; a caller takes what is forgotten by `takeForgotten`.
  public var forgets = false
  /// What was forgotten since it was last taken.
  private var forgotten = Forgotten()
  /// The silence in seconds from which on a connection without probes is worth a report; `nil` where all are wanted.
  public var notableSilence: Double?
  private var forgetting = Forgetting()

  /// Hands out what was forgotten since the last time; `nil` where nothing was.
  public mutating func takeForgotten() -> Forgotten? {
    guard !forgotten.reports.isEmpty || !forgotten.uneventful.isEmpty else { return nil }
    defer { forgotten = Forgotten() }
    return forgotten
  }

  /// - Parameter time: the capture's clock, which may have been set back: not the latest time seen.
  private mutating func forgetWhatIsOver(at time: Int64) {
    let limit = tracker.table.maximumConnections
    guard forgets, forgetting.isDue(tracker.table.records.count, at: time, limit: limit) else { return }
    let isGone = forgetting.choose(tracker.table, recogniser.recognised.probers.records, at: time, limit: limit)
    if isGone.contains(true) {
      recogniser.release(isGone, tracker.table)
      report(isGone)
      let places = tracker.forget(isGone)
      recogniser.forget(places, &tracker.table)
    }
    forgetting.note(left: tracker.table.records.count)
  }

  private mutating func report(_ isGone: [Bool]) {
    let connections = connections
    for index in isGone.indices where isGone[index] {
      let number = connections.table.number(index)
      if let notableSilence, let verdict = connections.uneventfulVerdict(number, silence: notableSilence) {
        forgotten.uneventful[verdict, default: 0] += 1
      } else {
        forgotten.reports.append(connections.report(number))
      }
    }
  }

  /// The capture has ended, at `time` if that is later than its last segment: what is held is released as what can be said
  /// of it.
  public mutating func finish(at time: Int64? = nil) {
    captureEnd = max(captureEnd, time ?? captureEnd)
    tracker.finish()
    recogniser.finish(tracker.table)
  }

  /// Takes an ICMP error that quotes a segment.
  public mutating func process(_ quote: QuotedSegment) {
    var segment = Segment()
    segment.source = quote.source.address
    segment.sourcePort = quote.source.port
    segment.destination = quote.destination.address
    segment.destinationPort = quote.destination.port
    guard let (index, side) = tracker.table.find(segment, tracker.table.tag(segment)) else { return }
    recogniser.recognised.take(quote, tracker.subject(index, side), &tracker.table)
  }
}
