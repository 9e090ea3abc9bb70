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
  public private(set) var copies = 0

  /// Which connection's segments are to be kept in `trace`, for its time line; 0 for every one, `nil` for none.
  public var traced: Int?
  /// The kept segments, in the order captured.
  public var trace: [Segment] = []
  /// Segments of the traced connection that were not kept because of `traceLimit`.
  public private(set) var traceDropped = 0
  /// A time line of more segments than this is not read by anybody.
  private static let traceLimit = 100_000

  var table = ConnectionTable()
  var histories: [History] = []
  /// Connections with a held segment that time alone may release.
  private var waiting: Set<Int> = []
  private var hashes: [UInt64] = []
  /// Keeps the cache-warming loads from being optimised away.
  private var warmed = 0

  /// An analyzer that has seen nothing.
  public init() {}

  /// How many connections have been seen.
  public var connectionCount: Int { table.records.count }

  /// Segments of connections beyond the table's bound, which were not tracked.
  public var untracked: Int { table.untracked }

  /// Takes a batch of segments, in the order captured.
  public mutating func process(_ segments: [Segment]) {
    warmCache(for: segments)
    for index in segments.indices {
      process(segments[index], hashes[index])
    }
    if let traced {
      for index in segments.indices { keep(segments[index], hashes[index], of: traced) }
    }
  }

  private mutating func keep(_ segment: Segment, _ hash: UInt64, of traced: Int) {
    guard let (index, _) = table.find(segment, hash), traced == 0 || index + 1 == traced else { return }
    if trace.count < Self.traceLimit { trace.append(segment) } else { traceDropped += 1 }
  }

  /// Loads what the batch will need: the misses of a whole batch overlap, where one after the other would add up.
  private mutating func warmCache(for segments: [Segment]) {
    hashes.removeAll(keepingCapacity: true)
    var sum = 0
    for index in segments.indices {
      let hash = ConnectionTable.hash(segments[index])
      hashes.append(hash)
      sum &+= table.prefetch(hash)
    }
    for hash in hashes {
      let entry = table.prefetch(hash)
      if entry >= 0 { sum &+= Int(table.records[entry].first.lastFrame) }
    }
    warmed = sum
  }

  private mutating func process(_ segment: Segment, _ hash: UInt64) {
    if segment.time > captureEnd { captureEnd = segment.time }
    let isFirstSYN = segment.flags.contains(.syn) && !segment.flags.contains(.ack)
    if let (index, side) = table.find(segment, hash), !(isFirstSYN && beginsAnew(segment, index, side)) {
      if table.records[index].history < 0, table.records[index].isPlain(segment, from: side) {
        table.records[index].update(segment, from: side, isProbe: false)
      } else {
        examine(segment, index, side)
      }
      return
    }
    guard let index = table.add(segment, hash) else { return }
    table.records[index].begin(segment)
    if segment.flags == .ack, segment.payloadLength == 0 {
      table.records[index].traits.insert(.firstMayBeProbe)
      table.records[index].firstEcho = segment.timestampEcho
      table.records[index].update(segment, from: .first, isProbe: true)
    } else {
      examine(segment, index, .first)
    }
  }

  /// Whether a SYN begins a new connection on a 4-tuple that is known (RFC 9293 §3.10.7.4, RFC 6191).
  private func beginsAnew(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    let ownSYN: ConnectionTraits = side == .first ? .synFromFirst : .synFromSecond
    if record.traits.contains(ownSYN) { return record.initialSequence != segment.sequence }
    // The other half of a simultaneous open comes from an end that has sent nothing yet.
    return record[side].knowledge.contains(.heard) || !record.traits.isDisjoint(with: [.endIsReset])
  }

  /// The capture's clock has come to `time`, though no packet did: what was held for longer than it may be is released.
  public mutating func advance(to time: Int64) {
    captureEnd = max(captureEnd, time)
    for index in waiting {
      for side in [Side.first, .second] {
        let history = Int(table.records[index].history)
        if let deadline = histories[history][side].zeroWindow.deadline, deadline < time {
          releaseZeroWindow(index, side, as: .windowProbe, certain: false)
        }
      }
    }
    waiting = waiting.filter { index in
      let history = histories[Int(table.records[index].history)]
      return history.first.zeroWindow.isHolding || history.second.zeroWindow.isHolding
    }
  }

  /// The capture has ended: what is held is released as what can be said of it.
  public mutating func finish() {
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
    guard let (index, side) = table.find(segment, ConnectionTable.hash(segment)) else { return }
    let history = historyIndex(index)
    histories[history].quotedErrors += 1
    guard let probe = histories[history][side].lastProbe, probe.sequence == quote.sequence else { return }
    let ends = table.ends(index)
    events.append(
      KeepaliveEvent(
        kind: .quotedProbe(reporter: quote.reporter, type: quote.type, code: quote.code),
        frame: quote.frame, file: quote.file, time: quote.time, connection: index + 1,
        source: side == .first ? ends.first : ends.second,
        destination: side == .first ? ends.second : ends.first))
  }

  // MARK: - The slow path: anything that may be a probe, or that follows one

  /// The connection's history, begun where there is none yet.
  private mutating func historyIndex(_ index: Int) -> Int {
    if table.records[index].history < 0 {
      table.records[index].history = Int32(histories.count)
      histories.append(History())
    }
    return Int(table.records[index].history)
  }

  private mutating func examine(_ segment: Segment, _ index: Int, _ side: Side) {
    if table.records[index].traits.contains(.firstMayBeProbe) { settleFirst(segment, index, side) }
    if isCopy(segment, index, side) {
      copies += 1
      histories[historyIndex(index)].copies += 1
      return
    }
    if segment.flags.contains(.rst) {
      examineReset(segment, index, side)
      return
    }
    let isProbe = examineForm(segment, index, side)
    if table.records[index].history >= 0 {
      let history = Int(table.records[index].history)
      var isAnswer = false
      if !isProbe {
        isAnswer = examineAnswer(segment, index, side)
        follow(segment, index, side)
      }
      if isProbe || isAnswer { histories[history][side].recent.add(segment) }
    }
    noteRetransmission(segment, index, side)
    table.records[index].update(segment, from: side, isProbe: isProbe)
    noteAcknowledgment(index, side)
  }

  /// The second packet of a connection tells whether the first, an empty acknowledgment, may still be a probe.
  private mutating func settleFirst(_ segment: Segment, _ index: Int, _ side: Side) {
    guard table.records[index].keepsFirstOpen(segment, from: side) else {
      table.records[index].takeFirstAsOrdinary()
      return
    }
    let first = HeldSegment(firstOf: table.records[index])
    table.records[index].traits.remove(.firstMayBeProbe)
    let history = historyIndex(index)
    histories[history].first.uncertain = UncertainRun(first: first)
    histories[history].first.recent.add(first)
  }

  /// Whether this packet was captured before: on another interface, or because the file is joined to itself.
  private mutating func isCopy(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    if record.history >= 0 {
      let history = Int(record.history)
      if let until = histories[history].repeatedUntil {
        if segment.time <= until { return true }
        histories[history].repeatedUntil = nil
      }
      if histories[history][side].recent.contains(segment) { return true }
    }
    if record.isDuplicate(segment, from: side) { return true }
    guard record.goesBackInTime(with: segment, from: side) else { return false }
    histories[historyIndex(index)].repeatedUntil = record.lastTime
    return true
  }

  /// Looks whether the segment is a probe of either kind, and reports it if that is known.
  ///
  /// - Returns: whether it is one, or may be: it tells nothing of what its sender's program does.
  private mutating func examineForm(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    let sender = record[side]
    let peer = record[side.peer]
    switch KeepaliveRule.position(of: segment, from: sender, to: peer) {
    case .ordinary:
      return false
    case .oneOctetBeyondWindow:
      let history = historyIndex(index)
      report(windowProbe: HeldSegment(segment), certain: true, index, side, history)
      return true
    case .unknown:
      guard !segment.flags.contains(.urg), !segment.flags.contains(.psh) else { return false }
      // A connection whose first packet is an ordinary ACK is the normal case: its history begins with the second.
      histories[historyIndex(index)][side].uncertain.take(segment)
      if histories[Int(table.records[index].history)][side].uncertain.echoesAdvance {
        confirmUncertain(index, side)
      }
      return true
    case .belowNext:
      guard KeepaliveRule.isTimely(segment, from: sender, to: peer) else { return false }
      let history = historyIndex(index)
      let uncertain = histories[history][side].uncertain
      let isIntoZeroWindow = peer.knowledge.contains(.lastTime) && peer.window == 0
      if uncertain.sequence == segment.sequence {
        confirmUncertain(index, side, isIntoZeroWindow: isIntoZeroWindow)
      }
      if isIntoZeroWindow {
        takeIntoZeroWindow(HeldSegment(segment), index, side, history)
      } else {
        guard !segment.flags.contains(.urg) else { return false }
        report(probe: HeldSegment(segment), index, side, history)
      }
      return true
    }
  }

  private mutating func takeIntoZeroWindow(_ segment: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    let peer = table.records[index][side.peer]
    let silence = peer.knowledge.contains(.lastTime) ? segment.time &- peer.lastTime : nil
    if let kind = histories[history][side].zeroWindow.take(segment, silence: silence) {
      releaseZeroWindow(index, side, as: kind, certain: true)
    } else {
      waiting.insert(index)
    }
  }

  private mutating func releaseZeroWindow(_ index: Int, _ side: Side, as kind: ZeroWindow.Kind, certain: Bool) {
    let history = historyIndex(index)
    for held in histories[history][side].zeroWindow.release() {
      switch kind {
      case .keepalive: report(probe: held, index, side, history)
      case .windowProbe: report(windowProbe: held, certain: certain, index, side, history)
      }
    }
  }

  /// The segments of the uncertain run are probes: reports them, and the answer that was seen meanwhile.
  ///
  /// Where the peer's window is 0, they may be window probes.
  private mutating func confirmUncertain(_ index: Int, _ side: Side, isIntoZeroWindow: Bool = false) {
    let history = historyIndex(index)
    let run = histories[history][side].uncertain
    histories[history][side].uncertain = UncertainRun()
    if isIntoZeroWindow || run.answer?.window == 0 {
      for held in run.held { takeIntoZeroWindow(held, index, side, history) }
      return
    }
    for held in run.held { report(probe: held, index, side, history) }
    if let answer = run.answer { report(answer: answer, form: .ack, index, side.peer, history) }
  }

  /// What a segment that is no probe means for the probes of its sender's peer: an answer, or the end of the doubt.
  ///
  /// - Returns: whether it is an answer, or may be one.
  private mutating func examineAnswer(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let history = Int(table.records[index].history)
    guard segment.flags.contains(.ack) else { return false }
    let sender = table.records[index][side]
    let isEmptyACK = segment.flags.control == .ack && segment.payloadLength == 0
    let wasUncertain = !histories[history][side.peer].uncertain.isEmpty
    examineUncertain(segment, isEmptyACK: isEmptyACK, index, side, history)
    guard histories[history][side.peer].isAwaitingAnswer, let probe = histories[history][side.peer].lastProbe else {
      histories[history][side.peer].heardAnswerLast = false
      return wasUncertain
    }
    let expected = probe.sequence.advanced(by: 1)
    if segment.acknowledgment.isBefore(expected) { return wasUncertain }
    let isInOrder = !sender.knowledge.contains(.nextToSend) || !segment.sequence.isBefore(sender.nextToSend)
    if isEmptyACK, segment.acknowledgment == expected {
      // Below the sender's SND.NXT it was sent before: an old acknowledgment that was overtaken.
      if isInOrder { report(answer: HeldSegment(segment), form: .ack, index, side, history) }
    } else {
      report(answer: HeldSegment(segment), form: .data, index, side, history)
    }
    return true
  }

  /// What the peer's segment says of an uncertain run: its acknowledgment tells where SND.NXT was.
  private mutating func examineUncertain(
    _ segment: Segment, isEmptyACK: Bool, _ index: Int, _ side: Side, _ history: Int
  ) {
    guard let sequence = histories[history][side.peer].uncertain.sequence else { return }
    guard segment.acknowledgment == sequence.advanced(by: 1) else {
      histories[history][side.peer].uncertain = UncertainRun()
      return
    }
    if isEmptyACK {
      if histories[history][side.peer].uncertain.takeAnswer(segment) {
        confirmUncertain(index, side.peer, isIntoZeroWindow: segment.window == 0)
      }
    } else if histories[history][side.peer].uncertain.held.count >= 2 {
      confirmUncertain(index, side.peer)
    }
  }

  /// What a segment that is no probe means for what its own sender sent before.
  private mutating func follow(_ segment: Segment, _ index: Int, _ side: Side) {
    let history = Int(table.records[index].history)
    if let sequence = histories[history][side].uncertain.sequence {
      if segment.length > 0, segment.sequence == sequence.advanced(by: 1),
        table.records[index][side].oldestUnacknowledged == segment.sequence
      {
        confirmUncertain(index, side)
      } else {
        histories[history][side].uncertain = UncertainRun()
      }
    }
    if segment.length > 0, histories[history][side].zeroWindow.isHolding {
      let kind = histories[history][side].zeroWindow.kind(whenDataSentAt: segment.time)
      releaseZeroWindow(index, side, as: kind ?? .windowProbe, certain: kind != nil)
    }
    if segment.length > 0 { histories[history][side].zeroWindow = ZeroWindow() }
    if segment.window > 0 { histories[history][side.peer].zeroWindow.windowOpened(at: segment.time) }
  }

  private mutating func noteRetransmission(_ segment: Segment, _ index: Int, _ side: Side) {
    let sender = table.records[index][side]
    guard segment.payloadLength > 0, sender.knowledge.contains(.acknowledged),
      segment.sequence == sender.oldestUnacknowledged, segment.sequence.isBefore(sender.nextToSend)
    else { return }
    let history = historyIndex(index)
    if sender.retransmissions == 0 {
      histories[history][side].stallTime = sender.lastTime
      histories[history][side].stallFrame = Int(sender.lastFrame)
    }
    table.records[index][side].retransmissions &+= 1
  }

  private mutating func noteAcknowledgment(_ index: Int, _ side: Side) {
    let record = table.records[index]
    if record.history >= 0, record[side.peer].retransmissions == 0 {
      histories[Int(record.history)][side.peer].stallTime = nil
    }
  }

  // MARK: - Resets

  private mutating func examineReset(_ segment: Segment, _ index: Int, _ side: Side) {
    let record = table.records[index]
    if record.history >= 0 {
      let history = Int(record.history)
      confirmByReset(segment, index, side, history)
      histories[history][side].recent.add(segment)
      if isGiveUp(segment, history, side) {
        reportGiveUp(segment, index, side, history)
      } else if answersProbe(segment, history, side) {
        report(answer: HeldSegment(segment), form: .reset, index, side, history)
      }
      noteReset(segment, index, side, history)
    } else if segment.time &- record.lastTime >= KeepaliveRule.shortestIdle {
      noteReset(segment, index, side, historyIndex(index))
    }
    table.records[index].update(segment, from: side, isProbe: false)
  }

  /// A reset at SEG.SEQ + 1 of an uncertain run, or one by the peer after a run that repeats, shows what it was.
  private mutating func confirmByReset(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    if let sequence = histories[history][side].uncertain.sequence {
      if segment.flags.contains(.ack), segment.sequence == sequence.advanced(by: 1) {
        confirmUncertain(index, side)
      } else {
        histories[history][side].uncertain = UncertainRun()
      }
    }
    let run = histories[history][side.peer].uncertain
    if run.held.count >= 2, let last = run.held.last, segment.sequence == last.acknowledgment {
      confirmUncertain(index, side.peer)
    }
  }

  /// Whether a reset is the prober's own, one interval after the last of its unanswered probes.
  ///
  /// The kernel sends it from tcp_keepalive_timer (tcp_send_active_reset). A program's abort has the same octets, so the time must fit.
  private func isGiveUp(_ segment: Segment, _ history: Int, _ side: Side) -> Bool {
    let prober = histories[history][side]
    guard prober.isAwaitingAnswer, let probe = prober.lastProbe, segment.flags.contains(.ack),
      segment.sequence == probe.sequence.advanced(by: 1)
    else { return false }
    let gap = Double(segment.time &- probe.time) / 1e9
    if prober.unansweredRun >= 2 {
      let interval = prober.latestInterval
      return gap >= TimerLateness.shortestSetting(forGap: interval)
        && TimerLateness.shortestSetting(forGap: gap) <= interval
    }
    // The interval was never seen. It is at least a second, and the period of answered probes is at least the interval.
    guard gap >= 0.95 else { return false }
    guard let period = prober.periods.range?.high else { return true }
    return TimerLateness.shortestSetting(forGap: gap) <= period
  }

  /// How long after a probe a reset that acknowledges may still be its answer; a bare one needs no limit, as only what it
  /// answers determines its sequence number.
  private static let answeringResetDelay: Int64 = 300_000_000

  /// Whether a reset answers the peer's probe: bare with SEG.SEQ = the probe's SEG.ACK (RFC 9293 §3.10.7.1), or one that
  /// acknowledges the probe and comes at once, as some boxes and stacks send it.
  private func answersProbe(_ segment: Segment, _ history: Int, _ side: Side) -> Bool {
    let prober = histories[history][side.peer]
    guard prober.isAwaitingAnswer, let probe = prober.lastProbe else { return false }
    if !segment.flags.contains(.ack) { return segment.sequence == probe.acknowledgment }
    return segment.time &- probe.time <= Self.answeringResetDelay && segment.sequence == probe.acknowledgment
      && !segment.acknowledgment.isBefore(probe.sequence)
      && !segment.acknowledgment.isAfter(probe.sequence.advanced(by: 1))
  }

  private mutating func noteReset(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    guard histories[history].reset == nil else { return }
    let sender = table.records[index][side]
    let wasHeard = sender.knowledge.contains(.heard)
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    histories[history].reset = ResetEvidence(
      side: side, frame: segment.frame, file: segment.file, time: segment.time, timeToLive: segment.timeToLive,
      usualTimeToLive: wasHeard ? sender.timeToLive : nil,
      continuesIdentification: wasHeard && segment.identification != 0 && sender.identification != 0
        ? step > 0 && step < 1000 : nil,
      answersProbe: histories[history][side.peer].lastProbe != nil && !histories[history][side.peer].isAwaitingAnswer
        && histories[history][side.peer].resetAnsweredAt == segment.time)
  }

  // MARK: - Reports

  private func event(_ kind: KeepaliveEvent.Kind, _ held: HeldSegment, _ index: Int, _ side: Side) -> KeepaliveEvent {
    let ends = table.ends(index)
    return KeepaliveEvent(
      kind: kind, frame: held.frame, file: held.file, time: held.time, connection: index + 1,
      source: side == .first ? ends.first : ends.second, destination: side == .first ? ends.second : ends.first)
  }

  private mutating func report(probe held: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    let peer = table.records[index][side.peer]
    let since = peer.knowledge.contains(.lastTime) && peer.lastTime <= held.time ? held.time &- peer.lastTime : nil
    let silence = since.map { Double($0) / 1e9 }
    let before = histories[history][side].unansweredRun
    histories[history][side].note(probe: held, silence: silence)
    let probe = KeepaliveEvent.Probe(
      bytes: Int(held.payloadLength), unansweredBefore: before, silence: silence,
      silenceAtLeast: silence == nil ? Double(held.time &- (captureStart ?? held.time)) / 1e9 : nil)
    events.append(event(.probe(probe), held, index, side))
  }

  private mutating func report(
    windowProbe held: HeldSegment, certain: Bool, _ index: Int, _ side: Side, _ history: Int
  ) {
    histories[history][side].windowProbes += 1
    if histories[history][side].firstWindowProbe == nil { histories[history][side].firstWindowProbe = held }
    events.append(event(.windowProbe(certain: certain), held, index, side))
  }

  private mutating func report(
    answer held: HeldSegment, form: KeepaliveEvent.Answer.Form, _ index: Int, _ side: Side, _ history: Int
  ) {
    guard let probe = histories[history][side.peer].lastProbe else { return }
    let lastHeard = table.records[index][side]
    let silence = lastHeard.knowledge.contains(.lastTime) ? Double(held.time &- lastHeard.lastTime) / 1e9 : nil
    let delay = Double(held.time &- probe.time) / 1e9
    histories[history][side.peer].note(answer: form, delay: delay, silence: silence, time: held.time)
    let answer = KeepaliveEvent.Answer(form: form, probe: probe.frame, probeFile: probe.file, delay: delay)
    events.append(event(.answer(answer), held, index, side))
  }

  private mutating func reportGiveUp(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    let held = HeldSegment(segment)
    let peer = table.records[index][side.peer]
    let silence = peer.knowledge.contains(.lastTime) ? Double(held.time &- peer.lastTime) / 1e9 : nil
    let unanswered = histories[history][side].unansweredRun
    let isKnown = unanswered >= 2
    histories[history][side].note(giveUp: held, silence: silence)
    let giveUp = KeepaliveEvent.GiveUp(unanswered: unanswered, silence: silence, intervalIsKnown: isKnown)
    events.append(event(.giveUp(giveUp), held, index, side))
  }
}
