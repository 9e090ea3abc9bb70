import PacketWire

/// What was recognised so far: the events, and what was seen of each end as a prober.
///
/// Whatever is recognised goes through one of its `report` functions: it becomes an event, and part of its connection's
/// history.
struct Recognised {
  /// What was recognised since the caller last emptied it.
  var events: [KeepaliveEvent] = []
  /// When the capture began.
  var captureStart: Int64?
  var histories: [History] = []
  /// Two for each of `histories`.
  private(set) var probers: [Prober] = []
  /// Whether an answer's event waits for what its prober made of it, where a later packet may tell.
  var holdsAnswers = false
  /// Whether the packets have times: without, no probe is told from an acknowledgment that crossed others.
  var hasTimes = true
  /// Where the capture's clock was set.
  var clock = ClockSteps()
  /// By how many nanoseconds more the capture's clock went on than the sender's timestamps, before the segment under
  /// examination; 0 where the two agree.
  var clockError: Int64 = 0
  /// The reasons of the frame that is asked about.
  var reasons = FrameReasons()

  /// What was seen of an end as a prober; its connection has a history.
  @inline(__always)
  subscript(subject: Subject) -> Prober {
    get { probers[subject.history &* 2 &+ subject.side.rawValue] }
    _modify { yield &probers[subject.history &* 2 &+ subject.side.rawValue] }
  }

  /// The subject with a history, begun where there is none yet.
  mutating func remember(_ subject: Subject, _ table: inout ConnectionTable) -> Subject {
    var subject = subject
    subject.history = Int(table.records[subject.index].history)
    guard !subject.hasHistory else { return subject }
    subject.history = histories.count
    let record = table.records[subject.index]
    var history = History()
    // What its latest sender of data sent last was that data: an acknowledgment of its own would answer data of the peer.
    if let side = record.latestDataSide { history.latestDataTime = record[side].lastTime }
    table.records[subject.index].history = Int32(subject.history)
    histories.append(history)
    probers.append(Prober())
    probers.append(Prober())
    return subject
  }

  // MARK: - Reporting

  mutating func report(
    probe held: HeldSegment, doubt: KeepaliveEvent.Probe.Doubt?, _ subject: Subject, _ table: ConnectionTable
  ) {
    let early = self[subject].early.flatMap { $0.isCrossed(by: held) ? $0 : nil }
    // The prober's timers run by its own clock.
    let heard = heardBefore(held, subject, table)
    let since = heard ?? self[subject].latest?.time ?? held.time
    let clockError = self.clockError != 0 ? self.clockError : clock.found.amount(from: since, to: held.time)
    let silence = heard.map { Double(held.time &- $0 &- clockError) / 1e9 }
    let before = self[subject].unansweredRun
    let octetIsGarbage =
      held.payloadLength == 0 || table.records[subject.index].hasSeenEnd(of: subject.side)
      || self[subject].comesEvenly(held)
    let doubt = doubt ?? (octetIsGarbage ? hasTimes ? nil : .acknowledgmentThatCrossed : .octetSentAgain)
    var held = held
    held.isCertain = doubt == nil
    self[subject].note(probe: held, silence: silence, clockError: clockError)
    if let doubt { self[subject].note(doubt) }
    let sender = table.records[subject.index][subject.side]
    if !held.hasTimestamps, sender.knowledge.contains(.timestamps) { self[subject].omitsTimestamps = true }
    if sender.knowledge.contains(.lastTime), self[subject].giveUp == nil {
      // Some stacks leave the timestamps out of their probes: that makes them no one else's.
      self[subject].foreignProbes.note(held, latestTimeToLive: sender.timeToLive, lacksTimestamps: false)
    }
    let probe = KeepaliveEvent.Probe(
      bytes: Int(held.payloadLength), unansweredBefore: before, silence: silence,
      silenceAtLeast: silence == nil ? Double(held.time &- (captureStart ?? held.time)) / 1e9 : nil,
      doubt: doubt)
    events.append(event(.probe(probe), held, subject, table))
    if let early {
      self[subject].answersComeEarly = true
      reasons.explainAgain(early.segment) { segment in
        AnswerRule(
          segment: segment, sender: table.records[subject.index][subject.side.peer], probe: held, isWaiting: true)
      }
      report(answer: early.segment, form: .ack, subject.peer, table, heardBefore: early.heardBefore)
    }
    self[subject].early = nil
  }

  mutating func report(
    windowProbe held: HeldSegment, isCertain: Bool, _ subject: Subject, _ table: ConnectionTable
  ) {
    self[subject].note(windowProbe: held, isCertain: isCertain)
    events.append(event(.windowProbe(certain: isCertain), held, subject, table))
  }

  mutating func report(
    answer held: HeldSegment, form: KeepaliveEvent.Answer.Form, _ subject: Subject, _ table: ConnectionTable,
    heardBefore: Int64? = nil
  ) {
    let prober = subject.peer
    let roundTrip = table.ends[subject.index].roundTrip(to: subject.side)
    guard
      let probe = form == .ack ? self[prober].probe(answeredAt: held.time, roundTrip: roundTrip) : self[prober].latest
    else { return }
    let isCertain: Bool
    switch form {
    case .ack: isCertain = self[prober].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .reset:
      // A prober that gives up sends the same octets, if it does not hear its peer's probes.
      isCertain =
        (!held.flags.contains(.ack) || self[subject].unansweredRun == 0)
        && self[prober].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .data: isCertain = true
    }
    let sender = table.records[subject.index][subject.side]
    let isHeardEarlier = sender.knowledge.contains(.lastTime) && sender.lastTime < held.time
    let lastHeard = heardBefore ?? (isHeardEarlier ? sender.lastTime : nil)
    let delay = held.time >= probe.time ? Double(held.time &- probe.time) / 1e9 : nil
    let what = KeepaliveEvent.Answer(
      form: form, probe: probe.frame, probeFile: probe.file, delay: delay, isAccepted: nil,
      isCertain: isCertain && probe.isCertain)
    let event = event(.answer(what), held, subject, table)
    let isHeld = holdsAnswers && form == .ack
    let pending = PendingAnswer(
      segment: held, form: form, probe: probe, isCertain: isCertain,
      isNewer: probe.hasTimestamps && Int32(bitPattern: held.timestampValue &- probe.timestampEcho) > 0,
      unansweredRun: self[prober].unansweredRun, heardAnswerLast: self[prober].heardAnswerLast,
      heardBefore: self[prober].lastHeard(lastHeard), deafSince: self[prober].deafSince, event: isHeld ? event : nil)
    if form == .ack, self[prober].giveUp == nil, sender.knowledge.contains(.heard) {
      self[prober].foreignAnswers.note(
        held, latestTimeToLive: sender.timeToLive,
        lacksTimestamps: !held.hasTimestamps && sender.knowledge.contains(.timestamps))
    }
    self[prober].note(
      answer: pending, delay: delay, silence: lastHeard.map { seconds(from: $0, to: held.time) })
    if !isHeld { events.append(event) }
  }

  mutating func report(giveUp segment: Segment, _ subject: Subject, _ table: ConnectionTable) {
    let held = HeldSegment(segment)
    let peer = table.records[subject.index][subject.side.peer]
    let heard = self[subject].lastHeard(peer.knowledge.contains(.lastTime) ? peer.lastTime : nil)
    let silence = heard.map { seconds(from: $0, to: held.time) }
    let prober = self[subject]
    let isKnown = prober.unansweredRun >= 2
    self[subject].note(giveUp: held, silence: silence)
    let giveUp = KeepaliveEvent.GiveUp(
      unanswered: prober.unansweredRun, silence: silence, intervalIsKnown: isKnown, unaccepted: prober.unaccepted,
      isCertain: isKnown && (prober.deafSince == nil || prober.unacceptedIsCertain))
    events.append(event(.giveUp(giveUp), held, subject, table))
  }

  mutating func report(
    ignored segment: Segment, _ reason: KeepaliveEvent.Ignored.Reason, _ subject: Subject, _ table: ConnectionTable
  ) {
    let held = HeldSegment(segment)
    let sender = table.records[subject.index][subject.side]
    let probe = self[subject.peer].latest.flatMap { probe in
      (0...Reaction.atOnce).contains(held.time &- probe.time) ? probe.reference : nil
    }
    let ignored = KeepaliveEvent.Ignored(
      reason: reason, probe: probe, timeToLive: segment.timeToLive,
      usualTimeToLive: sender.knowledge.contains(.heard) ? sender.timeToLive : nil)
    histories[subject.history].ignored += 1
    if histories[subject.history].firstIgnored == nil {
      histories[subject.history].firstIgnored = (held.reference, ignored)
    }
    events.append(event(.ignored(ignored), held, subject, table))
  }

  /// Hands out the event of an answer that waited for what its prober made of it.
  mutating func hand(out answer: PendingAnswer, isAccepted: Bool?) {
    guard var event = answer.event, case .answer(var what) = event.kind else { return }
    what.isAccepted = isAccepted
    event.kind = .answer(what)
    events.append(event)
  }

  /// Hands out the events of all answers that wait still.
  mutating func handOutPendingAnswers() {
    for place in probers.indices where probers[place].hasPendingAnswers {
      for pending in probers[place].takePendingAnswers() { hand(out: pending, isAccepted: nil) }
    }
  }

  /// Takes an ICMP error that quotes a segment.
  mutating func take(_ quote: QuotedSegment, _ subject: Subject, _ table: inout ConnectionTable) {
    reasons.examined = nil
    let subject = remember(subject, &table)
    let end = table.records[subject.index][subject.side]
    let giveUp = self[subject].giveUp
    let error = KeepaliveEvent.QuotedError(
      frame: FrameReference(frame: quote.frame, file: quote.file, time: quote.time), reporter: quote.reporter,
      type: quote.type, code: quote.code,
      quoted: giveUp?.sequence == quote.sequence ? .reset : quoted(quote.sequence, of: end, self[subject].latest))
    histories[subject.history].quotedErrors.add(error, about: subject.side)
    let ends = table.addresses(subject.index)
    events.append(
      KeepaliveEvent(
        kind: .quotedError(error), frame: quote.frame, file: quote.file, knownBy: nil, time: quote.time,
        connection: subject.index + 1, source: subject.side == .first ? ends.first : ends.second,
        destination: subject.side == .first ? ends.second : ends.first))
  }

  /// What an ICMP error quotes, by where the segment stood: below SND.UNA a probe, at SND.NXT an acknowledgment.
  private func quoted(
    _ sequence: SequenceNumber, of end: Endpoint, _ probe: HeldSegment?
  ) -> KeepaliveEvent.QuotedError.Quoted {
    let isBelow = end.knowledge.contains(.acknowledged) && sequence.advanced(by: 1) == end.oldestUnacknowledged
    if isBelow || probe?.sequence == sequence { return .probe }
    return sequence == end.nextToSend ? .acknowledgment : .data
  }

  // MARK: - What was known

  /// When the peer was last heard before a probe, an answer to it left out that the capture has before it.
  func heardBefore(_ probe: HeldSegment, _ subject: Subject, _ table: ConnectionTable) -> Int64? {
    if let early = self[subject].early, early.isCrossed(by: probe) { return early.heardBefore }
    let peer = table.records[subject.index][subject.side.peer]
    return peer.knowledge.contains(.lastTime) && peer.lastTime <= probe.time ? peer.lastTime : nil
  }

  /// Seconds between two times of the capture, without what its clock was set forward meanwhile.
  func seconds(from start: Int64, to end: Int64) -> Double {
    Double(end &- start &- clock.found.amount(from: start, to: end)) / 1e9
  }

  private func event(
    _ kind: KeepaliveEvent.Kind, _ held: HeldSegment, _ subject: Subject, _ table: ConnectionTable
  ) -> KeepaliveEvent {
    let ends = table.addresses(subject.index)
    let isKnownAtOnce = reasons.examined == nil || reasons.examined == FrameKey(file: held.file, frame: held.frame)
    return KeepaliveEvent(
      kind: kind, frame: held.frame, file: held.file, knownBy: isKnownAtOnce ? nil : reasons.examined, time: held.time,
      connection: subject.index + 1, source: subject.side == .first ? ends.first : ends.second,
      destination: subject.side == .first ? ends.second : ends.first)
  }
}
