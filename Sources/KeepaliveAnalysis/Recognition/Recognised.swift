import PacketWire

/// What was recognised so far: the events, and what was seen of each end as a prober.
///
/// Whatever is recognised goes through one of its `report` functions: it becomes an event, and part of its connection's
/// history.
struct Recognised {
  /// What was recognised since the caller last emptied it.
  var events: [KeepaliveEvent] = []
  /// Whether the caller wants to be told; otherwise it is counted only.
  var wantsEvents = true
  var tally = EventTally()
  /// When the capture began.
  var captureStart: Int64?
  /// The ends that are probers.
  var probers = Probers()
  /// What is kept of few connections.
  var remarks = Remarks()
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

  // MARK: - Probers

  /// The subject as one of a connection with a prober, begun where there is none yet.
  mutating func remember(_ subject: Subject, _ table: inout ConnectionTable) -> Subject {
    var subject = subject
    subject.prober = Int(table.records[subject.index].prober)
    guard !subject.hasProber else { return subject }
    let prober = ProberRecord(subject, table.ends[subject.index].roundTrips)
    subject.prober = probers.begin(prober) << 1 | subject.side.rawValue
    table.records[subject.index].prober = Int32(subject.prober)
    for end in [subject, subject.peer] {
      guard let repetition = table.repetition(of: end.side.peer, subject.index) else { continue }
      probers[end].note(repetition: repetition)
    }
    return subject
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func forget(_ places: [Int32], _ table: inout ConnectionTable) {
    probers.forget(&table)
    remarks.move(to: places)
    clock.move(to: places)
  }

  /// Whether nothing is to be told of steady segments: nobody wants to know, and the capture's clock leaves no question.
  @inline(__always) var tellsNothing: Bool { !wantsEvents && clockIsQuiet }

  /// Whether there are times, and nothing is open or known of where the capture's clock was set.
  @inline(__always) var clockIsQuiet: Bool { hasTimes && clock.isQuiet }

  // MARK: - What follows a segment

  /// A segment of the connection has been examined.
  mutating func noteWhatIsOpen(_ subject: Subject, at time: Int64, _ table: inout ConnectionTable) {
    if !probers.noteWhatIsOpen(subject, at: time) { table.records[subject.index].prober = 0 }
  }

  /// The latest segment of the peer brought something new.
  mutating func forgetCause(of prober: Subject) {
    if probers.isProber(prober) { probers[prober].cause = nil }
  }

  /// The peer of a prober was heard, and that was no answer.
  mutating func noteOther(than prober: Subject, _ table: ConnectionTable) {
    guard probers.isProber(prober) else { return }
    probers.noteOther(prober)
    handOutPendingAnswers(of: prober, table)
  }

  /// Takes what may be an answer that the capture has before its probe.
  mutating func note(early held: HeldSegment, heardBefore: Int64?, _ subject: Subject) {
    keepReplacedAnswer(by: held, subject)
    probers.note(early: held, heardBefore: heardBefore, subject.peer)
  }

  /// Takes the round trips of a connection that has a prober before its handshake is over.
  mutating func note(_ roundTrips: RoundTrips, _ subject: Subject) {
    for end in [subject, subject.peer] where probers.isProber(end) { probers[end].roundTrips = roundTrips }
  }

  /// Takes data, of which its sender alone decides.
  mutating func note(data segment: Segment, _ subject: Subject) {
    if probers.hasDetails(subject.peer) { probers[details: subject.peer].foreignAnswers.note(own: segment) }
    if probers.hasDetails(subject) { probers[details: subject].foreignProbes.note(own: segment) }
  }

  /// The connection's open silence, which is kept elsewhere from now on.
  mutating func takeOpenSilence(_ subject: Subject, _ record: Connection) -> Silences.Ended? {
    guard subject.hasProber, probers[connectionOf: subject].hasOpenSilence else { return nil }
    let end = Subject(
      index: subject.index, side: probers[connectionOf: subject].sideOfOpenSilence, prober: subject.prober)
    defer { probers[connectionOf: subject].forgetOpenSilence() }
    return probers[connectionOf: subject].openSilence(record, probers[end].latest)
  }

  // MARK: - Copies

  /// The segment of an end that `segment` repeats.
  func original(of segment: Segment, _ subject: Subject) -> HeldSegment? {
    if let latest = probers[subject].latest, CopyRule.repeats(latest, segment) { return latest }
    if let answer = probers[subject.peer].takenAnswer, CopyRule.repeats(answer, segment) { return answer }
    return probers[details: subject].recent.original(of: segment)
  }

  /// Keeps a segment of an end to recognise its copies, where it is neither its latest probe nor its latest answer.
  mutating func keepForCopies(of held: HeldSegment, _ subject: Subject) {
    if let latest = probers[subject].latest, latest.isFrame(of: held) { return }
    if let answer = probers[subject.peer].takenAnswer, answer.isFrame(of: held) { return }
    probers[details: subject].recent.forget(at: held.time)
    probers[details: subject].recent.add(held)
  }

  /// Keeps an answer that gives way to another while its copies may still come.
  private mutating func keepReplacedAnswer(by held: HeldSegment, _ subject: Subject) {
    guard let answer = probers[subject.peer].takenAnswer, !answer.isFrame(of: held),
      held.time &- answer.time <= CapturePlaces.delayIdentified
    else { return }
    probers[details: subject].recent.add(answer)
  }

  // MARK: - Reporting

  mutating func report(
    probe held: HeldSegment, doubt: KeepaliveEvent.Probe.Doubt?, _ subject: Subject, _ table: ConnectionTable
  ) {
    let early = probers[subject].early.flatMap { $0.isCrossed(by: held) ? $0 : nil }
    // The prober's timers run by its own clock.
    let heard = heardBefore(held, subject, table)
    let since = heard ?? probers[subject].latest?.time ?? held.time
    let clockError = self.clockError != 0 ? self.clockError : clock.found.amount(from: since, to: held.time)
    let silence = heard.map { Double(held.time &- $0 &- clockError) / 1e9 }
    let before = probers[subject].unansweredRun
    let endIsSeen = table.records[subject.index].hasSeenEnd(of: subject.side)
    let octetIsGarbage = held.payloadLength == 0 || endIsSeen || probers.comesEvenly(held, subject)
    let doubt = doubt ?? (octetIsGarbage ? hasTimes ? nil : .acknowledgmentThatCrossed : .octetSentAgain)
    var held = held
    held.isCertain = doubt == nil
    probers.note(probe: held, silence: silence, clockError: clockError, endIsSeen: endIsSeen, subject)
    if let doubt { probers.note(doubt, subject) }
    let sender = table.records[subject.index][subject.side]
    if !held.hasTimestamps, sender.knowledge.contains(.timestamps) { probers[subject].marks.insert(.omitsTimestamps) }
    if sender.knowledge.contains(.lastTime), probers[details: subject].giveUp == nil {
      // Some stacks leave the timestamps out of their probes: that makes them no one else's.
      noteForeign(probe: held, sender.timeToLive, subject)
    }
    tell(probe: held, unansweredBefore: Int(before), silence: silence, doubt: doubt, subject, table)
    if let early {
      probers[subject].marks.insert(.answersComeEarly)
      reasons.explainAgain(early.segment) { segment in
        AnswerRule(
          segment: segment, sender: table.records[subject.index][subject.side.peer], probe: held, isWaiting: true)
      }
      report(answer: early.segment, form: .ack, subject.peer, table, heardBefore: early.heardBefore)
    }
    probers.forgetEarly(subject)
  }

  /// Tells a probe that its prober has noted.
  @inline(__always)
  mutating func tell(
    probe held: HeldSegment, unansweredBefore: Int, silence: Double?, doubt: KeepaliveEvent.Probe.Doubt?,
    _ subject: Subject, _ table: ConnectionTable
  ) {
    tally.probes += 1
    guard wantsEvents else { return }
    let probe = KeepaliveEvent.Probe(
      bytes: Int(held.payloadLength), unansweredBefore: unansweredBefore, silence: silence,
      silenceAtLeast: silence == nil ? Double(held.time &- (captureStart ?? held.time)) / 1e9 : nil,
      doubt: doubt)
    events.append(event(.probe(probe), held, subject, table))
  }

  mutating func report(
    windowProbe held: HeldSegment, isCertain: Bool, _ subject: Subject, _ table: ConnectionTable
  ) {
    probers.note(windowProbe: held, isCertain: isCertain, subject)
    tally.windowProbes += 1
    if wantsEvents { events.append(event(.windowProbe(certain: isCertain), held, subject, table)) }
  }

  mutating func report(
    answer held: HeldSegment, form: KeepaliveEvent.Answer.Form, _ subject: Subject, _ table: ConnectionTable,
    heardBefore: Int64? = nil
  ) {
    let prober = subject.peer
    let roundTrip = table.ends[subject.index].roundTrip(to: subject.side)
    guard
      let probe = form == .ack
        ? probers.probe(answeredAt: held.time, roundTrip: roundTrip, prober) : probers[prober].latest
    else { return }
    let isCertain: Bool
    switch form {
    case .ack: isCertain = probers[prober].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .reset:
      // A prober that gives up sends the same octets, if it does not hear its peer's probes.
      isCertain =
        (!held.flags.contains(.ack) || probers[subject].unansweredRun == 0)
        && probers[prober].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .data: isCertain = true
    }
    let sender = table.records[subject.index][subject.side]
    let isHeardEarlier = sender.knowledge.contains(.lastTime) && sender.lastTime < held.time
    let lastHeard = heardBefore ?? (isHeardEarlier ? sender.lastTime : nil)
    let delay = held.time >= probe.time ? Double(held.time &- probe.time) / 1e9 : nil
    let isKnownAtOnce = isUnderExamination(held)
    let deafSince = probers[details: prober].deafSince
    let pending = PendingAnswer(
      segment: held, form: form, probe: probe, isCertain: isCertain,
      isNewer: probe.hasTimestamps && Int32(bitPattern: held.timestampValue &- probe.timestampEcho) > 0,
      unansweredRun: probers[prober].unansweredRun,
      heardAnswerLast: probers[prober].marks.contains(.heardAnswerLast),
      heardBefore: deafSince ?? lastHeard, deafSince: deafSince, waitsToBeTold: holdsAnswers && form == .ack,
      knownBy: isKnownAtOnce ? nil : reasons.examined)
    if form == .ack, probers[details: prober].giveUp == nil, sender.knowledge.contains(.heard) {
      noteForeign(
        answer: held, sender.timeToLive,
        lacksTimestamps: !held.hasTimestamps && sender.knowledge.contains(.timestamps), prober)
    }
    keepReplacedAnswer(by: held, subject)
    probers.note(
      answer: pending, delay: delay, silence: lastHeard.map { seconds(from: $0, to: held.time) }, prober)
    if !pending.waitsToBeTold { tell(pending, isAccepted: nil, subject, table) }
  }

  /// Tells an answer that its prober has noted, and whether it was accepted; `nil` where the packets do not tell.
  @inline(__always)
  mutating func tell(_ pending: PendingAnswer, isAccepted: Bool?, _ subject: Subject, _ table: ConnectionTable) {
    tally.answers += 1
    guard wantsEvents else { return }
    let (held, probe) = (pending.segment, pending.probe)
    let answer = KeepaliveEvent.Answer(
      form: pending.form, probe: probe.frame, probeFile: probe.file,
      delay: held.time >= probe.time ? Double(held.time &- probe.time) / 1e9 : nil, isAccepted: isAccepted,
      isCertain: pending.isCertain && probe.isCertain)
    events.append(event(.answer(answer), held, subject, table, knownBy: pending.knownBy))
  }

  mutating func report(giveUp segment: Segment, _ subject: Subject, _ table: ConnectionTable) {
    let held = HeldSegment(segment)
    let peer = table.records[subject.index][subject.side.peer]
    let heard = probers.lastHeard(peer.knowledge.contains(.lastTime) ? peer.lastTime : nil, by: subject)
    let silence = heard.map { seconds(from: $0, to: held.time) }
    let unanswered = probers[subject].unansweredRun
    let isDeaf = probers[details: subject].deafSince != nil
    let unaccepted = probers[details: subject].unaccepted
    let isKnown = unanswered >= 2
    probers.note(giveUp: held, silence: silence, subject)
    tally.giveUps += 1
    guard wantsEvents else { return }
    let giveUp = KeepaliveEvent.GiveUp(
      unanswered: Int(unanswered), silence: silence, intervalIsKnown: isKnown, unaccepted: unaccepted.count,
      isCertain: isKnown && (!isDeaf || unaccepted.isCertain))
    events.append(event(.giveUp(giveUp), held, subject, table))
  }

  mutating func report(
    ignored segment: Segment, _ reason: KeepaliveEvent.Ignored.Reason, _ subject: Subject,
    _ table: inout ConnectionTable
  ) {
    let held = HeldSegment(segment)
    let sender = table.records[subject.index][subject.side]
    let probe = probers[subject.peer].latest.flatMap { probe in
      (0...Reaction.atOnce).contains(held.time &- probe.time) ? probe.reference : nil
    }
    let ignored = KeepaliveEvent.Ignored(
      reason: reason, probe: probe, timeToLive: segment.timeToLive,
      usualTimeToLive: sender.knowledge.contains(.heard) ? sender.timeToLive : nil)
    table.records[subject.index].traits.insert(.hasRemarks)
    remarks.ignored[subject.index, default: IgnoredSegments(first: (held.reference, ignored))].count += 1
    if wantsEvents { events.append(event(.ignored(ignored), held, subject, table)) }
  }

  // MARK: - Answers that may not have been accepted

  /// Takes what a segment of a prober tells of the latest answers: an accepted one with a newer TSval moves TS.Recent, which
  /// the segment's TSecr shows (RFC 7323 §4.3).
  ///
  /// - Parameters:
  ///   - segment: a segment of the prober, no SYN.
  ///   - roundTrip: nanoseconds from the place of capture to the prober and back; `nil` where not known.
  ///   - prober: who sent it.
  ///   - table: the connections.
  mutating func settleAnswers(by segment: Segment, roundTrip: Int64?, _ prober: Subject, _ table: ConnectionTable) {
    guard let first = probers[details: prober].pendingAnswers.first ?? probers[prober].pendingAnswer else { return }
    guard first.segment.hasTimestamps, segment.traits.contains(.timestamps) else {
      let pending = probers.takePendingAnswers(prober)
      if let latest = pending.last, probers.hasFallen(at: segment, after: latest, prober) {
        probers.withdraw(latest, isCertain: false, echo: nil, prober)
      }
      pending.forEach { handOut($0, isAccepted: nil, prober, table) }
      return
    }
    guard segment.time &- first.segment.time > roundTrip ?? NetworkPath.likelyRoundTrip else { return }
    let isCertain = roundTrip != nil || segment.time &- first.segment.time > NetworkPath.longestRoundTrip
    var wasHeard = true
    probers.takePendingAnswers(prober).forEach { answer in
      let step = Int32(bitPattern: segment.timestampEcho &- answer.segment.timestampValue)
      guard answer.form == .ack, answer.isNewer, step < 0 else {
        handOut(answer, isAccepted: answer.isNewer && step >= 0 ? true : nil, prober, table)
        return
      }
      // What the prober counted before the first that it did not accept holds again.
      let echo = segment.timestampEcho
      if wasHeard {
        probers.withdraw(answer, isCertain: isCertain, echo: echo, prober)
      } else {
        probers[details: prober].unaccepted.add(answer.segment.reference, isCertain: isCertain, echo: echo)
      }
      wasHeard = false
      handOut(answer, isAccepted: isCertain ? false : nil, prober, table)
    }
  }

  /// Hands out the events of all answers that wait still.
  mutating func handOutPendingAnswers(_ table: ConnectionTable) {
    for first in probers.records.indices.dropFirst() {
      if !wantsEvents, probers.records[first].other == 0, probers.records[first].details == 0 {
        // Nearly all are so where there are many: they are counted where they stand.
        tally.answers +=
          probers.records[first].marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold]) ? 1 : 0
        probers.records[first].settleAnswer()
        continue
      }
      let index = Int(probers.records[first].connection)
      guard Int(table.records[index].prober) >> 1 == first else { continue }
      handOutPendingAnswers(of: index, table)
    }
  }

  /// Hands out the events of a connection's answers that wait still.
  mutating func handOutPendingAnswers(of index: Int, _ table: ConnectionTable) {
    let subject = Subject(index: index, side: .first, prober: Int(table.records[index].prober))
    for end in [subject, subject.peer] { handOutPendingAnswers(of: end, table) }
  }

  /// Hands out the events of a prober's answers that wait still: nothing will tell any more whether they were accepted.
  private mutating func handOutPendingAnswers(of prober: Subject, _ table: ConnectionTable) {
    guard probers.hasPendingAnswers(prober) else { return }
    probers.takePendingAnswers(prober).forEach { handOut($0, isAccepted: nil, prober, table) }
  }

  /// Hands out the event of an answer, if it waited for what its prober made of it.
  private mutating func handOut(
    _ answer: PendingAnswer, isAccepted: Bool?, _ prober: Subject, _ table: ConnectionTable
  ) {
    if answer.waitsToBeTold { tell(answer, isAccepted: isAccepted, prober.peer, table) }
  }

  /// Takes an ICMP error that quotes a segment.
  mutating func take(_ quote: QuotedSegment, _ subject: Subject, _ table: inout ConnectionTable) {
    reasons.examined = nil
    let end = table.records[subject.index][subject.side]
    let error = KeepaliveEvent.QuotedError(
      frame: FrameReference(frame: quote.frame, file: quote.file, time: quote.time), reporter: quote.reporter,
      type: quote.type, code: quote.code,
      quoted: probers[details: subject].giveUp?.sequence == quote.sequence
        ? .reset : quoted(quote.sequence, of: end, probers[subject].latest))
    table.records[subject.index].traits.insert(.hasRemarks)
    remarks.quotedErrors[subject.index, default: QuotedErrors()].add(error, about: subject.side)
    guard wantsEvents else { return }
    let ends = table.addresses(subject.index)
    events.append(
      KeepaliveEvent(
        kind: .quotedError(error), frame: quote.frame, file: quote.file, knownBy: nil, time: quote.time,
        connection: table.number(subject.index), source: subject.side == .first ? ends.first : ends.second,
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

  // MARK: - Segments that look foreign

  private mutating func noteForeign(probe: HeldSegment, _ latestTimeToLive: UInt8, _ prober: Subject) {
    let isKnown = probers[details: prober].foreignProbes.count > 0
    guard isKnown || ForeignSegments.differ(probe.timeToLive, latestTimeToLive) else { return }
    probers[details: prober].foreignProbes.note(
      probe, latestTimeToLive: latestTimeToLive, lacksTimestamps: false)
  }

  private mutating func noteForeign(
    answer: HeldSegment, _ latestTimeToLive: UInt8, lacksTimestamps: Bool, _ prober: Subject
  ) {
    let isKnown = probers[details: prober].foreignAnswers.count > 0
    guard isKnown || lacksTimestamps || ForeignSegments.differ(answer.timeToLive, latestTimeToLive) else { return }
    probers[details: prober].foreignAnswers.note(
      answer, latestTimeToLive: latestTimeToLive, lacksTimestamps: lacksTimestamps)
  }

  // MARK: - What was known

  /// When the peer was last heard before a probe, an answer to it left out that the capture has before it.
  func heardBefore(_ probe: HeldSegment, _ subject: Subject, _ table: ConnectionTable) -> Int64? {
    if let early = probers[subject].early, early.isCrossed(by: probe) { return early.heardBefore }
    let peer = table.records[subject.index][subject.side.peer]
    return peer.knowledge.contains(.lastTime) && peer.lastTime <= probe.time ? peer.lastTime : nil
  }

  /// Seconds between two times of the capture, without what its clock was set forward meanwhile.
  func seconds(from start: Int64, to end: Int64) -> Double {
    Double(end &- start &- clock.found.amount(from: start, to: end)) / 1e9
  }

  /// Whether a segment is the one under examination, or none is.
  private func isUnderExamination(_ held: HeldSegment) -> Bool {
    reasons.examined == nil || reasons.examined == FrameKey(file: held.file, frame: held.frame)
  }

  private func event(
    _ kind: KeepaliveEvent.Kind, _ held: HeldSegment, _ subject: Subject, _ table: ConnectionTable
  ) -> KeepaliveEvent {
    event(kind, held, subject, table, knownBy: isUnderExamination(held) ? nil : reasons.examined)
  }

  private func event(
    _ kind: KeepaliveEvent.Kind, _ held: HeldSegment, _ subject: Subject, _ table: ConnectionTable, knownBy: FrameKey?
  ) -> KeepaliveEvent {
    let ends = table.addresses(subject.index)
    return KeepaliveEvent(
      kind: kind, frame: held.frame, file: held.file, knownBy: knownBy, time: held.time,
      connection: table.number(subject.index), source: subject.side == .first ? ends.first : ends.second,
      destination: subject.side == .first ? ends.second : ends.first)
  }
}

/// How many events of each kind were recognised.
public struct EventTally: Sendable {
  /// Keepalive probes.
  public internal(set) var probes = 0
  /// Answers of any form.
  public internal(set) var answers = 0
  /// Resets by which a kernel gave up.
  public internal(set) var giveUps = 0
  /// Window probes.
  public internal(set) var windowProbes = 0

  /// Nothing counted.
  public init() {}
}
