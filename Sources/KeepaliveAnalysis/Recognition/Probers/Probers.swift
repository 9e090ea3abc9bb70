import CMemory
import PacketWire

/// The ends that are probers: each has a record, and few have details beside it.
///
/// Both stand in arrays, where they are changed in place; place 0 stands for the ends that are none, and for the details of
/// those that have none: it is read, and never changed.
struct Probers {
  /// What each prober has.
  var records: [ProberRecord] = [.none]
  /// What few need.
  private var allDetails = [ProberDetails()]
  /// Places among both that are free again.
  private var free: [Int] = []
  private var freeDetails: [Int32] = []

  /// So many probers get their place at once: memory that is not touched costs nothing, and growing would copy them.
  private static let reserved = 1 << 20

  /// More probes than this are not on their way at once: an interval of a second and a round trip of 16.
  private static let mostUnderWay = 16

  init() { records.reserveCapacity(Self.reserved) }

  // MARK: - Places

  /// An end as a prober.
  ///
  /// It is begun where it is changed and there is none yet; its connection must have one, or be begun.
  @inline(__always)
  subscript(subject: Subject) -> ProberRecord {
    get { records[place(subject)] }
    _modify { yield &records[placeToChange(subject)] }
  }

  /// What few probers need, of an end; as it is in the beginning where it has none.
  @inline(__always)
  subscript(details subject: Subject) -> ProberDetails {
    get { self[detailsAt: place(subject)] }
    _modify { yield &allDetails[placeOfDetails(placeToChange(subject))] }
  }

  /// What is kept of a connection with a prober as a whole.
  @inline(__always)
  subscript(connectionOf subject: Subject) -> ProberRecord {
    get { records[subject.prober >> 1] }
    _modify { yield &records[subject.prober >> 1] }
  }

  /// The details of the prober at a place.
  @inline(__always)
  subscript(detailsAt place: Int) -> ProberDetails { allDetails[Int(records[place].details)] }

  /// The end's place among the probers; 0 where it is none.
  @inline(__always)
  func place(_ subject: Subject) -> Int {
    let place = subject.prober >> 1
    return subject.prober & 1 == subject.side.rawValue ? place : Int(records[place].other)
  }

  /// Whether anything is kept of an end as a prober.
  @inline(__always)
  func isProber(_ subject: Subject) -> Bool { place(subject) > 0 }

  /// Whether anything is kept of it that few probers need.
  @inline(__always)
  func hasDetails(_ subject: Subject) -> Bool { records[place(subject)].details > 0 }

  /// The place; of an end that is none yet it is begun beside its peer, which is a prober already.
  @inline(__always)
  private mutating func placeToChange(_ subject: Subject) -> Int {
    let place = place(subject)
    return place > 0 ? place : begin(beside: subject)
  }

  private mutating func begin(beside subject: Subject) -> Int {
    let first = records[subject.prober >> 1]
    records[subject.prober >> 1].marks.insert(.peerProbes)
    let place = begin(ProberRecord(subject, first.roundTrips))
    records[subject.prober >> 1].other = Int32(place)
    return place
  }

  /// Begins a prober.
  ///
  /// - Returns: its place.
  mutating func begin(_ prober: ProberRecord) -> Int {
    if let place = free.popLast() {
      records[place] = prober
      return place
    }
    records.append(prober)
    if records.count == [ProberRecord].countForHugePages { records.preferHugePages() }
    return records.count - 1
  }

  /// The place of a prober's details, begun where there are none.
  @inline(__always)
  private mutating func placeOfDetails(_ place: Int) -> Int {
    records[place].details > 0 ? Int(records[place].details) : beginDetails(place)
  }

  private mutating func beginDetails(_ place: Int) -> Int {
    if let details = freeDetails.popLast() {
      records[place].details = details
    } else {
      records[place].details = Int32(allDetails.count)
      allDetails.append(ProberDetails())
    }
    return Int(records[place].details)
  }

  private mutating func endDetails(_ place: Int) {
    allDetails[Int(records[place].details)] = ProberDetails()
    freeDetails.append(records[place].details)
    records[place].details = 0
  }

  /// The probers of a connection, the first side's first; those that there are.
  func probers(of record: Connection) -> (first: Prober?, second: Prober?) {
    guard record.prober > 0 else { return (nil, nil) }
    let one = prober(Int(record.prober) >> 1)
    let other = one.record.other > 0 ? prober(Int(one.record.other)) : nil
    return one.record.side == .first ? (one, other) : (other, one)
  }

  /// What is kept of a connection as a whole beside its record; `nil` where nothing is.
  func whole(of record: Connection) -> ProberRecord? {
    record.prober > 0 ? records[Int(record.prober) >> 1] : nil
  }

  private func prober(_ place: Int) -> Prober { Prober(record: records[place], details: self[detailsAt: place]) }

  /// Has the cache lines of a prober loaded.
  @inline(__always)
  func prefetch(_ place: Int) {
    // A prefetch reads nothing for the program, wherever it points (CMemory.h).
    unsafe records.withUnsafeBufferPointer {
      let prober = unsafe UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped + place)
      for line in 0..<5 { unsafe memory_prefetch(prober + line * 64) }
    }
  }

  /// Connections were forgotten: the probers of those that are left move together.
  mutating func forget(_ table: inout ConnectionTable) {
    var kept = Probers()
    for index in table.records.indices where table.records[index].prober > 0 {
      let prober = Int(table.records[index].prober)
      let first = kept.take(prober >> 1, of: index, from: self)
      table.records[index].prober = Int32(first << 1 | prober & 1)
      let other = Int(records[prober >> 1].other)
      if other > 0 { kept.records[first].other = Int32(kept.take(other, of: index, from: self)) }
    }
    self = kept
  }

  private mutating func take(_ place: Int, of connection: Int, from all: Probers) -> Int {
    var record = all.records[place]
    record.connection = UInt32(truncatingIfNeeded: connection)
    if record.details > 0 {
      record.details = Int32(allDetails.count)
      allDetails.append(all[detailsAt: place])
    }
    records.append(record)
    return records.count - 1
  }

  // MARK: - What is open

  /// A segment of a connection with a prober has been examined.
  ///
  /// - Returns: whether it has a prober still: what might have been a probe may have been none.
  mutating func noteWhatIsOpen(_ subject: Subject, at time: Int64) -> Bool {
    let first = subject.prober >> 1
    let other = Int(records[first].other)
    noteWhatIsOpen(at: first, time)
    if other > 0 { noteWhatIsOpen(at: other, time) }
    let peerIsIdle = other == 0 || records[other].isIdle
    if peerIsIdle { records[first].marks.remove(.peerProbes) } else { records[first].marks.insert(.peerProbes) }
    guard peerIsIdle, records[first].isIdle, records[first].silences == 0, !records[first].hasOpenSilence else {
      return true
    }
    free.append(first)
    if other > 0 { free.append(other) }
    return false
  }

  private mutating func noteWhatIsOpen(at place: Int, _ time: Int64) {
    records[place].marks.subtract([.needsCloserLook, .keepsRecent])
    let details = Int(records[place].details)
    guard details > 0 else { return }
    if !allDetails[details].recent.isEmpty {
      allDetails[details].recent.forget(at: time)
      if !allDetails[details].recent.isEmpty { records[place].marks.insert(.keepsRecent) }
    }
    if allDetails[details].needCloserLook {
      records[place].marks.insert(.needsCloserLook)
    } else if allDetails[details].isDispensable {
      endDetails(place)
    }
  }

  // MARK: - What is known

  /// Whether a reset answered the latest probe.
  ///
  /// The prober may not have heard it: then it goes on probing, and gives up in the end.
  func isAnsweredByReset(_ subject: Subject) -> Bool {
    self[subject].isAnswered(byReset: self[details: subject].resetAnsweredAt)
  }

  /// When the prober last heard its peer, if the capture has that as `time`.
  func lastHeard(_ time: Int64?, by subject: Subject) -> Int64? { self[details: subject].deafSince ?? time }

  // MARK: - Probes

  /// Takes a probe.
  ///
  /// - Parameters:
  ///   - probe: the probe.
  ///   - silence: seconds since the peer was last heard; `nil` where that was before the capture.
  ///   - clockError: nanoseconds by which the capture's clock was set forward meanwhile.
  ///   - endIsSeen: whether the capture has what the prober sent before it probed.
  ///   - prober: who sent it.
  mutating func note(probe: HeldSegment, silence: Double?, clockError: Int64, endIsSeen: Bool, _ prober: Subject) {
    guard self[details: prober].giveUp == nil else { return }
    if let latest = self[prober].latest {
      if probe.payloadLength > 0, !endIsSeen { self[details: prober].evenness.note(probe.time &- latest.time) }
      if probe.time &- latest.time <= CapturePlaces.delayIdentified { self[details: prober].recent.add(latest) }
      if self[prober].marks.contains(.latestIsWaiting) { putAside(latest, prober) }
    }
    if self[prober].marks.contains(.answerIsPending) { putPendingAnswerAside(prober) }
    if let latest = self[prober].latest, self[prober].unansweredRun > 0 {
      note(unanswered: latest, probe, silence: silence, clockError: clockError, prober)
    } else if let silence, silence > 0 {
      if self[prober].marks.contains(.heardAnswerLast) {
        self[prober].periods.add(silence)
      } else {
        self[prober].idleGaps.add(silence)
      }
    }
    self[prober].take(latest: probe)
  }

  /// A probe followed another that was not answered.
  private mutating func note(
    unanswered latest: HeldSegment, _ probe: HeldSegment, silence: Double?, clockError: Int64, _ prober: Subject
  ) {
    let gap = Double(probe.time &- latest.time &- clockError) / 1e9
    let deafSince = self[details: prober].deafSince
    if self[prober].unansweredRun == 1 { self[details: prober].unanswered.begin(at: latest.time) }
    if gap > 0 { self[details: prober].unanswered.add(gap) }
    self[details: prober].unanswered.lastProbeSilence =
      deafSince.map { Double(probe.time &- $0) / 1e9 } ?? silence
  }

  /// The latest probe may still be answered, though another follows.
  private mutating func putAside(_ latest: HeldSegment, _ prober: Subject) {
    self[prober].marks.insert(.hasEarlier)
    if self[details: prober].earlier.count == Self.mostUnderWay { self[details: prober].earlier.removeFirst() }
    self[details: prober].earlier.append(latest)
  }

  /// Whether a probe with an octet comes as evenly as those before.
  func comesEvenly(_ probe: HeldSegment, _ prober: Subject) -> Bool {
    guard let latest = self[prober].latest else { return false }
    return self[details: prober].evenness.fits(probe.time &- latest.time)
  }

  /// The latest probe may be something else.
  mutating func note(_ doubt: KeepaliveEvent.Probe.Doubt, _ prober: Subject) {
    guard self[details: prober].giveUp == nil else { return }
    self[prober].doubtfulProbes &+= 1
    self[prober].doubt = self[prober].doubt ?? doubt
  }

  /// Forgets what may be probes: they are none, or it was told.
  mutating func endUncertainRun(of prober: Subject) {
    if hasDetails(prober) { self[details: prober].uncertain = UncertainRun() }
  }

  // MARK: - Answers

  /// Takes what may be an answer that the capture has before its probe.
  mutating func note(early segment: HeldSegment, heardBefore: Int64?, _ prober: Subject) {
    if self[prober].marks.contains(.answerIsPending) { putPendingAnswerAside(prober) }
    self[prober].answer = segment
    self[prober].answerHeardBefore = heardBefore ?? ProberRecord.unknown
    self[prober].marks.insert(.answerIsEarly)
    self[prober].marks.remove(.answerIsTaken)
  }

  /// It is none to a later probe.
  mutating func forgetEarly(_ prober: Subject) { self[prober].marks.remove(.answerIsEarly) }

  /// The probe that a segment captured at `time` answers: of several, the one whose answer takes as long as those before.
  ///
  /// - Parameters:
  ///   - time: when the segment was captured.
  ///   - roundTrip: nanoseconds from the place of capture to the peer and back, by the handshake; `nil` where not known.
  ///   - prober: who probed.
  /// - Returns: the probe; `nil` where none was seen.
  func probe(answeredAt time: Int64, roundTrip: Int64?, _ prober: Subject) -> HeldSegment? {
    guard let latest = self[prober].latest, self[prober].marks.contains(.hasEarlier) else { return self[prober].latest }
    guard let expected = self[prober].expectedDelay(roundTrip) else { return latest }
    // The earlier of two that fit alike.
    var (nearest, distance) = (latest, ((time &- latest.time) &- expected).magnitude)
    for earlier in self[details: prober].earlier.reversed() {
      let other = ((time &- earlier.time) &- expected).magnitude
      if other <= distance { (nearest, distance) = (earlier, other) }
    }
    return nearest
  }

  /// Takes an answer back that was seen before the probe that it answers, and was taken for the answer to the one before.
  ///
  /// - Returns: whether that can be: its event has not been handed out, or it was no answer yet.
  mutating func takeBack(answer early: HeldSegment, _ prober: Subject) -> Bool {
    guard let pending = self[prober].pendingAnswer ?? self[details: prober].pendingAnswers.last,
      pending.segment.isFrame(of: early)
    else { return !self[prober].marks.contains(.answerIsTaken) }
    guard pending.waitsToBeTold else { return false }
    if self[prober].marks.contains(.answerIsPending) {
      self[prober].marks.remove(.answerIsPending)
    } else {
      self[details: prober].pendingAnswers.removeLast()
    }
    self[prober].marks.insert(.latestIsWaiting)
    self[prober].marks.remove(.answerIsTaken)
    self[prober].answered &-= 1
    self[prober].unansweredRun = pending.unansweredRun
    setHeardAnswerLast(pending.heardAnswerLast, prober)
    if self[details: prober].deafSince != pending.deafSince { self[details: prober].deafSince = pending.deafSince }
    return true
  }

  /// Takes an answer.
  ///
  /// - Parameters:
  ///   - pending: its form, segment, and the probe that it answers.
  ///   - delay: seconds from that probe; `nil` where the capture has the two crosswise.
  ///   - silence: seconds since the peer was last heard, in the capture.
  ///   - prober: who probed.
  mutating func note(answer pending: PendingAnswer, delay: Double?, silence: Double?, _ prober: Subject) {
    guard self[details: prober].giveUp == nil else { return }
    switch pending.form {
    case .reset:
      self[details: prober].resetAnsweredAt = pending.segment.time
      return
    case .ack:
      self[prober].answered &+= 1
      if let delay, pending.isCertain { self[prober].answerDelays.add(delay) }
    case .data: break  // It ends the doubt without being caused by the probe.
    }
    keep(pending, prober)
    if hasDetails(prober) {
      self[details: prober].earlier.removeAll { $0.time <= pending.probe.time }
      self[details: prober].deafSince = nil
      if self[details: prober].earlier.isEmpty { self[prober].marks.remove(.hasEarlier) }
    }
    if let latest = self[prober].latest, latest.time <= pending.probe.time {
      self[prober].marks.remove(.latestIsWaiting)
    }
    self[prober].unansweredRun = 0
    setHeardAnswerLast(pending.form == .ack, prober)
    self[prober].longestSilenceSurvived = max(self[prober].longestSilenceSurvived, silence ?? 0)
  }

  /// The peer was heard, and that was no answer.
  mutating func noteOther(_ prober: Subject) {
    self[prober].marks.remove(.heardAnswerLast)
    if self[details: prober].deafSince != nil { self[details: prober].deafSince = nil }
  }

  private mutating func setHeardAnswerLast(_ isAnswer: Bool, _ prober: Subject) {
    if isAnswer { self[prober].marks.insert(.heardAnswerLast) } else { self[prober].marks.remove(.heardAnswerLast) }
  }

  // MARK: - Answers that may not have been accepted

  /// Whether it is not known of an answer whether the prober accepted it.
  func hasPendingAnswers(_ prober: Subject) -> Bool {
    self[prober].marks.contains(.answerIsPending) || !self[details: prober].pendingAnswers.isEmpty
  }

  /// Keeps an answer until it is known whether it was accepted.
  private mutating func keep(_ pending: PendingAnswer, _ prober: Subject) {
    let isInPlace = self[prober].answer?.isFrame(of: pending.segment) ?? false
    guard !hasPendingAnswers(prober), pending.form == .ack, pending.knownBy == nil, pending.deafSince == nil,
      self[details: prober].deafSince == nil,
      let latest = self[prober].latest, latest.isFrame(of: pending.probe),
      !isInPlace || self[prober].early?.heardBefore == pending.heardBefore
    else {
      if self[prober].marks.contains(.answerIsPending) { putPendingAnswerAside(prober) }
      if isInPlace { self[prober].marks.insert(.answerIsTaken) }
      self[details: prober].pendingAnswers.append(pending)
      return
    }
    self[prober].keep(pending, isInPlace: isInPlace)
  }

  /// Its room is needed for another.
  private mutating func putPendingAnswerAside(_ prober: Subject) {
    guard let pendingAnswer = self[prober].pendingAnswer else { return }
    self[details: prober].pendingAnswers.append(pendingAnswer)
    self[prober].marks.remove(.answerIsPending)
  }

  /// Hands out the answers of which it is not known whether they were accepted, the oldest first.
  mutating func takePendingAnswers(_ prober: Subject) -> PendingAnswers {
    let pending = PendingAnswers(self[details: prober].pendingAnswers, latest: self[prober].pendingAnswer)
    self[prober].marks.remove(.answerIsPending)
    if !self[details: prober].pendingAnswers.isEmpty { self[details: prober].pendingAnswers = [] }
    return pending
  }

  /// Whether the gaps show, where there are no timestamps, that an answer was not accepted: they fall from the longer of
  /// idle time and interval to the interval.
  func hasFallen(at segment: Segment, after answer: PendingAnswer, _ prober: Subject) -> Bool {
    guard answer.form == .ack, KeepaliveRule.hasForm(segment), let latest = self[prober].latest,
      segment.sequence == latest.sequence
    else {
      return false
    }
    return self[prober].gapHasFallen(Double(segment.time &- latest.time) / 1e9)
  }

  /// Takes an answer back: the prober did not accept it, and goes on counting.
  mutating func withdraw(_ answer: PendingAnswer, isCertain: Bool, echo: UInt32?, _ prober: Subject) {
    self[details: prober].unaccepted.add(answer.segment.reference, isCertain: isCertain, echo: echo)
    self[details: prober].deafSince = answer.heardBefore
    self[prober].unansweredRun = answer.unansweredRun
    self[prober].longestUnansweredRun = max(self[prober].longestUnansweredRun, self[prober].unansweredRun)
    setHeardAnswerLast(answer.heardAnswerLast, prober)
  }

  // MARK: - Ends

  /// Takes the reset by which the kernel gives up: what comes after it changes nothing.
  mutating func note(giveUp held: HeldSegment, silence: Double?, _ prober: Subject) {
    let gap = self[prober].unansweredRun >= 1 ? self[prober].latest.map { Double(held.time &- $0.time) / 1e9 } : nil
    self[details: prober].giveUp = held
    self[details: prober].giveUpSilence = silence
    if let gap { self[details: prober].unanswered.addLast(gap) }
  }

  mutating func note(windowProbe held: HeldSegment, isCertain: Bool, _ prober: Subject) {
    self[details: prober].windowProbes += 1
    if isCertain { self[details: prober].certainWindowProbes += 1 }
    if self[details: prober].firstWindowProbe == nil { self[details: prober].firstWindowProbe = held }
  }
}

/// An end as a prober, for who only reads.
struct Prober {
  let record: ProberRecord
  let details: ProberDetails

  /// Whether a reset answered the latest probe.
  var isAnsweredByReset: Bool { record.isAnswered(byReset: details.resetAnsweredAt) }
}
