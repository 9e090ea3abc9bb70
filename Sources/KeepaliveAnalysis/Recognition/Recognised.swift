import CMemory
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
  /// What each prober has, behind one that stands for the ends that are none.
  var records: [ProberRecord] = []
  /// Beside each, what few need.
  private(set) var details: [OnDemand<ProberDetails>] = []
  /// Places among those that are free again.
  private var free: [Int] = []
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

  /// So many probers get their place at once: memory that is not touched costs nothing, and growing would copy them.
  private static let reserved = 1 << 20

  init() {
    records.reserveCapacity(Self.reserved)
    details.reserveCapacity(Self.reserved)
    records.append(.none)
    details.append(OnDemand())
  }

  // MARK: - Probers

  /// What was seen of an end as a prober.
  ///
  /// It is begun where it is changed and there is none yet; its connection must have one, or be `remember`ed.
  subscript(subject: Subject) -> Prober {
    get {
      let place = place(subject)
      return Prober(record: records[place], details: details[place])
    }
    _modify {
      let place = placeToChange(subject)
      var prober = Prober(record: records[place])
      swap(&prober.details, &details[place])
      defer {
        records[place] = prober.record
        swap(&prober.details, &details[place])
      }
      yield &prober
    }
  }

  /// The end's place among the probers; 0 where it is none.
  @inline(__always)
  func place(_ subject: Subject) -> Int {
    let place = subject.prober >> 1
    return subject.prober & 1 == subject.side.rawValue ? place : Int(records[place].other)
  }

  /// The same; of an end that is none yet it is begun beside its peer, which is a prober already.
  @inline(__always)
  private mutating func placeToChange(_ subject: Subject) -> Int {
    let place = place(subject)
    return place > 0 ? place : begin(subject)
  }

  private mutating func begin(_ subject: Subject) -> Int {
    let first = records[subject.prober >> 1]
    records[subject.prober >> 1].marks.insert(.peerProbes)
    let place = add(ProberRecord(subject, first.roundTrips))
    records[subject.prober >> 1].other = Int32(place)
    return place
  }

  /// The subject as one of a connection with a prober, begun where there is none yet.
  mutating func remember(_ subject: Subject, _ table: inout ConnectionTable) -> Subject {
    var subject = subject
    subject.prober = Int(table.records[subject.index].prober)
    guard !subject.hasProber else { return subject }
    let prober = ProberRecord(subject, table.ends[subject.index].roundTrips)
    subject.prober = add(prober) << 1 | subject.side.rawValue
    table.records[subject.index].prober = Int32(subject.prober)
    for end in [subject, subject.peer] {
      guard let repetition = table.repetition(of: end.side.peer, subject.index) else { continue }
      self[end].record.note(repetition: repetition)
    }
    return subject
  }

  /// Keeps a prober.
  ///
  /// - Returns: its place.
  private mutating func add(_ prober: ProberRecord) -> Int {
    if let place = free.popLast() {
      records[place] = prober
      return place
    }
    records.append(prober)
    details.append(OnDemand())
    return records.count - 1
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func forget(_ places: [Int32], _ table: inout ConnectionTable) {
    var (keptRecords, keptDetails) = ([ProberRecord.none], [OnDemand<ProberDetails>()])
    keptRecords.reserveCapacity(Self.reserved)
    keptDetails.reserveCapacity(Self.reserved)
    for index in table.records.indices where table.records[index].prober > 0 {
      let prober = Int(table.records[index].prober)
      let first = keptRecords.count
      table.records[index].prober = Int32(first << 1 | prober & 1)
      keptRecords.append(records[prober >> 1])
      keptRecords[first].connection = UInt32(truncatingIfNeeded: index)
      keptDetails.append(details[prober >> 1])
      let other = Int(keptRecords[first].other)
      guard other > 0 else { continue }
      keptRecords[first].other = Int32(keptRecords.count)
      keptRecords.append(records[other])
      keptRecords[first + 1].connection = UInt32(truncatingIfNeeded: index)
      keptDetails.append(details[other])
    }
    (records, details, free) = (keptRecords, keptDetails, [])
    remarks.move(to: places)
    clock.move(to: places)
  }

  /// What is kept of a connection with a prober as a whole.
  @inline(__always)
  subscript(connectionOf subject: Subject) -> ProberRecord {
    get { records[subject.prober >> 1] }
    _modify { yield &records[subject.prober >> 1] }
  }

  /// The probers of a connection, the first side's first; those that there are.
  func probers(of record: Connection) -> (first: Prober?, second: Prober?) {
    guard record.prober > 0 else { return (nil, nil) }
    let one = prober(Int(record.prober) >> 1)
    let other = one.record.other > 0 ? prober(Int(one.record.other)) : nil
    return one.record.side == .first ? (one, other) : (other, one)
  }

  private func prober(_ place: Int) -> Prober { Prober(record: records[place], details: details[place]) }

  /// What is kept of a connection as a whole beside its record; `nil` where nothing is.
  func whole(of record: Connection) -> ProberRecord? {
    record.prober > 0 ? records[Int(record.prober) >> 1] : nil
  }

  /// Whether nothing is to be told of steady segments: nobody wants to know, and the capture's clock leaves no question.
  @inline(__always) var tellsNothing: Bool { !wantsEvents && clockIsQuiet }

  /// Whether there are times, and nothing is open or known of where the capture's clock was set.
  @inline(__always) var clockIsQuiet: Bool { hasTimes && clock.isQuiet }

  /// Whether any connection has a prober.
  @inline(__always) var hasProbers: Bool { records.count > 1 }

  /// Has the cache lines of a prober loaded.
  @inline(__always)
  func prefetch(_ place: Int) {
    // A prefetch reads nothing for the program, wherever it points (CMemory.h).
    unsafe records.withUnsafeBufferPointer {
      let prober = unsafe UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped + place)
      for line in 0..<5 { unsafe memory_prefetch(prober + line * 64) }
    }
  }

  // MARK: - What follows a segment

  /// Whether anything is kept of an end as a prober.
  func isProber(_ subject: Subject) -> Bool { place(subject) > 0 }

  /// A segment of the connection has been examined.
  mutating func noteWhatIsOpen(_ subject: Subject, at time: Int64, _ table: inout ConnectionTable) {
    let (first, other) = (subject.prober >> 1, Int(records[subject.prober >> 1].other))
    noteWhatIsOpen(first, at: time)
    if other > 0 { noteWhatIsOpen(other, at: time) }
    let peerIsIdle = other == 0 || isIdle(other)
    if peerIsIdle { records[first].marks.remove(.peerProbes) } else { records[first].marks.insert(.peerProbes) }
    if peerIsIdle, isIdle(first), records[first].silences == 0, !records[first].hasOpenSilence {
      // What might have been a probe was none.
      table.records[subject.index].prober = 0
      free.append(first)
      if other > 0 { free.append(other) }
    }
  }

  private mutating func noteWhatIsOpen(_ place: Int, at time: Int64) {
    details[place].forget(at: time)
    if details[place].isPresent, details[place].value.needCloserLook {
      records[place].marks.insert(.needsCloserLook)
    } else {
      records[place].marks.remove(.needsCloserLook)
    }
  }

  private func isIdle(_ place: Int) -> Bool { !details[place].isPresent && records[place].isIdle }

  /// The latest segment of the peer brought something new.
  mutating func forgetCause(of prober: Subject) {
    if isProber(prober) { self[prober].record.cause = nil }
  }

  /// The peer of a prober was heard, and that was no answer.
  mutating func noteOther(than prober: Subject, _ table: ConnectionTable) {
    let place = place(prober)
    guard place > 0 else { return }
    guard details[place].isPresent || records[place].marks.contains(.answerIsPending) else {
      records[place].marks.remove(.heardAnswerLast)
      return
    }
    handOut(self[prober].noteOther().map { ($0, nil) }, prober.peer, table)
  }

  /// Takes what may be an answer that the capture has before its probe.
  mutating func note(early held: HeldSegment, heardBefore: Int64?, _ subject: Subject) {
    keepReplacedAnswer(by: held, subject)
    self[subject.peer].note(early: held, heardBefore: heardBefore)
  }

  /// Takes the round trips of a connection that has a prober before its handshake is over.
  mutating func note(_ roundTrips: RoundTrips, _ subject: Subject) {
    for end in [subject, subject.peer] where isProber(end) { records[place(end)].roundTrips = roundTrips }
  }

  /// Takes data, of which its sender alone decides.
  mutating func note(data segment: Segment, _ subject: Subject) {
    if details[place(subject.peer)].isPresent {
      self[subject.peer].withDetails { $0.foreignAnswers.note(own: segment) }
    }
    if details[place(subject)].isPresent { self[subject].withDetails { $0.foreignProbes.note(own: segment) } }
  }

  /// The connection's open silence, which is kept elsewhere from now on.
  mutating func takeOpenSilence(_ subject: Subject, _ record: Connection) -> Silences.Ended? {
    guard subject.hasProber, records[subject.prober >> 1].hasOpenSilence else { return nil }
    let end = Subject(
      index: subject.index, side: records[subject.prober >> 1].sideOfOpenSilence, prober: subject.prober)
    defer { self[connectionOf: subject].forgetOpenSilence() }
    return records[subject.prober >> 1].openSilence(record, records[place(end)].latest)
  }

  // MARK: - Copies

  /// The segment of an end that `segment` repeats.
  func original(of segment: Segment, _ subject: Subject) -> HeldSegment? {
    if let latest = records[place(subject)].latest, CopyRule.repeats(latest, segment) { return latest }
    if let answer = records[place(subject.peer)].takenAnswer, CopyRule.repeats(answer, segment) { return answer }
    return details[place(subject)].isPresent ? details[place(subject)].value.recent.original(of: segment) : nil
  }

  /// Keeps a segment of an end to recognise its copies, where it is neither its latest probe nor its latest answer.
  mutating func keepForCopies(of held: HeldSegment, _ subject: Subject) {
    if let latest = records[place(subject)].latest, latest.isFrame(of: held) { return }
    if let answer = records[place(subject.peer)].takenAnswer, answer.isFrame(of: held) { return }
    self[subject].withDetails {
      $0.recent.forget(at: held.time)
      $0.recent.add(held)
    }
  }

  /// Keeps an answer that gives way to another while its copies may still come.
  private mutating func keepReplacedAnswer(by held: HeldSegment, _ subject: Subject) {
    guard let answer = records[place(subject.peer)].takenAnswer, !answer.isFrame(of: held),
      held.time &- answer.time <= CapturePlaces.delayIdentified
    else { return }
    self[subject].withDetails { $0.recent.add(answer) }
  }

  // MARK: - Reporting

  mutating func report(
    probe held: HeldSegment, doubt: KeepaliveEvent.Probe.Doubt?, _ subject: Subject, _ table: ConnectionTable
  ) {
    let early = records[place(subject)].early.flatMap { $0.isCrossed(by: held) ? $0 : nil }
    // The prober's timers run by its own clock.
    let heard = heardBefore(held, subject, table)
    let since = heard ?? records[place(subject)].latest?.time ?? held.time
    let clockError = self.clockError != 0 ? self.clockError : clock.found.amount(from: since, to: held.time)
    let silence = heard.map { Double(held.time &- $0 &- clockError) / 1e9 }
    let before = records[place(subject)].unansweredRun
    let endIsSeen = table.records[subject.index].hasSeenEnd(of: subject.side)
    let octetIsGarbage = held.payloadLength == 0 || endIsSeen || self[subject].comesEvenly(held)
    let doubt = doubt ?? (octetIsGarbage ? hasTimes ? nil : .acknowledgmentThatCrossed : .octetSentAgain)
    var held = held
    held.isCertain = doubt == nil
    self[subject].note(probe: held, silence: silence, clockError: clockError, endIsSeen: endIsSeen)
    if let doubt { self[subject].note(doubt) }
    let sender = table.records[subject.index][subject.side]
    if !held.hasTimestamps, sender.knowledge.contains(.timestamps) { self[subject].noteOmittedTimestamps() }
    if sender.knowledge.contains(.lastTime), details[place(subject)].giveUp == nil {
      // Some stacks leave the timestamps out of their probes: that makes them no one else's.
      noteForeign(probe: held, sender.timeToLive, subject)
    }
    tell(probe: held, unansweredBefore: Int(before), silence: silence, doubt: doubt, subject, table)
    if let early {
      self[subject].noteEarlyAnswers()
      reasons.explainAgain(early.segment) { segment in
        AnswerRule(
          segment: segment, sender: table.records[subject.index][subject.side.peer], probe: held, isWaiting: true)
      }
      report(answer: early.segment, form: .ack, subject.peer, table, heardBefore: early.heardBefore)
    }
    self[subject].forgetEarly()
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
    self[subject].note(windowProbe: held, isCertain: isCertain)
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
        ? self[prober].probe(answeredAt: held.time, roundTrip: roundTrip) : records[place(prober)].latest
    else { return }
    let isCertain: Bool
    switch form {
    case .ack: isCertain = records[place(prober)].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .reset:
      // A prober that gives up sends the same octets, if it does not hear its peer's probes.
      isCertain =
        (!held.flags.contains(.ack) || records[place(subject)].unansweredRun == 0)
        && records[place(prober)].isCertain(answerAt: held.time, of: probe, roundTrip: roundTrip)
    case .data: isCertain = true
    }
    let sender = table.records[subject.index][subject.side]
    let isHeardEarlier = sender.knowledge.contains(.lastTime) && sender.lastTime < held.time
    let lastHeard = heardBefore ?? (isHeardEarlier ? sender.lastTime : nil)
    let delay = held.time >= probe.time ? Double(held.time &- probe.time) / 1e9 : nil
    let isKnownAtOnce = isUnderExamination(held)
    let deafSince = details[place(prober)].deafSince
    let pending = PendingAnswer(
      segment: held, form: form, probe: probe, isCertain: isCertain,
      isNewer: probe.hasTimestamps && Int32(bitPattern: held.timestampValue &- probe.timestampEcho) > 0,
      unansweredRun: records[place(prober)].unansweredRun,
      heardAnswerLast: records[place(prober)].marks.contains(.heardAnswerLast),
      heardBefore: deafSince ?? lastHeard, deafSince: deafSince, waitsToBeTold: holdsAnswers && form == .ack,
      knownBy: isKnownAtOnce ? nil : reasons.examined)
    if form == .ack, details[place(prober)].giveUp == nil, sender.knowledge.contains(.heard) {
      noteForeign(
        answer: held, sender.timeToLive,
        lacksTimestamps: !held.hasTimestamps && sender.knowledge.contains(.timestamps), prober)
    }
    keepReplacedAnswer(by: held, subject)
    self[prober].note(answer: pending, delay: delay, silence: lastHeard.map { seconds(from: $0, to: held.time) })
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
    let heard = self[subject].lastHeard(peer.knowledge.contains(.lastTime) ? peer.lastTime : nil)
    let silence = heard.map { seconds(from: $0, to: held.time) }
    let unanswered = records[place(subject)].unansweredRun
    let isDeaf = details[place(subject)].deafSince != nil
    let unaccepted = details[place(subject)].value.unaccepted
    let isKnown = unanswered >= 2
    self[subject].note(giveUp: held, silence: silence)
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
    let probe = records[place(subject.peer)].latest.flatMap { probe in
      (0...Reaction.atOnce).contains(held.time &- probe.time) ? probe.reference : nil
    }
    let ignored = KeepaliveEvent.Ignored(
      reason: reason, probe: probe, timeToLive: segment.timeToLive,
      usualTimeToLive: sender.knowledge.contains(.heard) ? sender.timeToLive : nil)
    table.records[subject.index].traits.insert(.hasRemarks)
    remarks.ignored[subject.index, default: IgnoredSegments(first: (held.reference, ignored))].count += 1
    if wantsEvents { events.append(event(.ignored(ignored), held, subject, table)) }
  }

  /// Hands out the events of all answers that wait still.
  mutating func handOutPendingAnswers(_ table: ConnectionTable) {
    for first in records.indices.dropFirst() {
      if !wantsEvents, records[first].other == 0, !details[first].isPresent {
        // Nearly all are so where there are many: they are counted where they stand.
        tally.answers += records[first].marks.isSuperset(of: [.answerIsPending, .answerWaitsToBeTold]) ? 1 : 0
        records[first].settleAnswer()
        continue
      }
      let index = Int(records[first].connection)
      guard Int(table.records[index].prober) >> 1 == first else { continue }
      handOutPendingAnswers(of: index, table)
    }
  }

  /// Hands out the events of a connection's answers that wait still.
  mutating func handOutPendingAnswers(of index: Int, _ table: ConnectionTable) {
    let subject = Subject(index: index, side: .first, prober: Int(table.records[index].prober))
    for end in [subject, subject.peer] where self[end].hasPendingAnswers {
      handOut(self[end].takePendingAnswers().map { ($0, nil) }, end.peer, table)
    }
  }

  /// Hands out the events of answers that waited for what their prober made of them.
  mutating func handOut(
    _ answers: [(answer: PendingAnswer, isAccepted: Bool?)], _ subject: Subject, _ table: ConnectionTable
  ) {
    for (answer, isAccepted) in answers where answer.waitsToBeTold {
      tell(answer, isAccepted: isAccepted, subject, table)
    }
  }

  /// Takes an ICMP error that quotes a segment.
  mutating func take(_ quote: QuotedSegment, _ subject: Subject, _ table: inout ConnectionTable) {
    reasons.examined = nil
    let end = table.records[subject.index][subject.side]
    let error = KeepaliveEvent.QuotedError(
      frame: FrameReference(frame: quote.frame, file: quote.file, time: quote.time), reporter: quote.reporter,
      type: quote.type, code: quote.code,
      quoted: details[place(subject)].giveUp?.sequence == quote.sequence
        ? .reset : quoted(quote.sequence, of: end, records[place(subject)].latest))
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
    let isKnown = details[place(prober)].isPresent && details[place(prober)].value.foreignProbes.count > 0
    guard isKnown || ForeignSegments.differ(probe.timeToLive, latestTimeToLive) else { return }
    self[prober].withDetails {
      $0.foreignProbes.note(probe, latestTimeToLive: latestTimeToLive, lacksTimestamps: false)
    }
  }

  private mutating func noteForeign(
    answer: HeldSegment, _ latestTimeToLive: UInt8, lacksTimestamps: Bool, _ prober: Subject
  ) {
    let isKnown = details[place(prober)].isPresent && details[place(prober)].value.foreignAnswers.count > 0
    guard isKnown || lacksTimestamps || ForeignSegments.differ(answer.timeToLive, latestTimeToLive) else { return }
    self[prober].withDetails {
      $0.foreignAnswers.note(answer, latestTimeToLive: latestTimeToLive, lacksTimestamps: lacksTimestamps)
    }
  }

  // MARK: - What was known

  /// When the peer was last heard before a probe, an answer to it left out that the capture has before it.
  func heardBefore(_ probe: HeldSegment, _ subject: Subject, _ table: ConnectionTable) -> Int64? {
    if let early = records[place(subject)].early, early.isCrossed(by: probe) { return early.heardBefore }
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
