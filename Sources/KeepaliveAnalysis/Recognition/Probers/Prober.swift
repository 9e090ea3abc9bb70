import PacketWire

/// An end as a prober: what each has, and what few need.
struct Prober {
  var record: ProberRecord
  var details = OnDemand<ProberDetails>()

  /// More probes than this are not on their way at once: an interval of a second and a round trip of 16.
  private static let mostUnderWay = 16

  // MARK: - What is known

  /// Whether a reset answered the latest probe.
  ///
  /// The prober may not have heard it: then it goes on probing, and gives up in the end.
  var isAnsweredByReset: Bool {
    guard let time = details.resetAnsweredAt, let latest = record.latest else { return false }
    return time >= latest.time
  }

  /// When the prober last heard its peer, if the capture has that as `time`.
  func lastHeard(_ time: Int64?) -> Int64? { details.deafSince ?? time }

  /// Changes what few probers need.
  @inline(__always)
  mutating func withDetails<Result>(_ change: (inout ProberDetails) -> Result) -> Result { change(&details.value) }

  /// Whether its probes lack the timestamps option that its other segments have.
  mutating func noteOmittedTimestamps() { record.marks.insert(.omitsTimestamps) }

  /// Answers were seen before their probes.
  mutating func noteEarlyAnswers() { record.marks.insert(.answersComeEarly) }

  // MARK: - Probes

  /// Takes a probe.
  ///
  /// - Parameters:
  ///   - probe: the probe.
  ///   - silence: seconds since the peer was last heard; `nil` where that was before the capture.
  ///   - clockError: nanoseconds by which the capture's clock was set forward meanwhile.
  ///   - endIsSeen: whether the capture has what the prober sent before it probed.
  mutating func note(probe: HeldSegment, silence: Double?, clockError: Int64, endIsSeen: Bool) {
    guard details.giveUp == nil else { return }
    if let latest = record.latest {
      if probe.payloadLength > 0, !endIsSeen { details.value.evenness.note(probe.time &- latest.time) }
      if probe.time &- latest.time <= CapturePlaces.delayIdentified { details.value.recent.add(latest) }
      if record.marks.contains(.latestIsWaiting) { putAside(latest) }
    }
    if record.marks.contains(.answerIsPending) { putPendingAnswerAside() }
    if let latest = record.latest, record.unansweredRun > 0 {
      note(unanswered: latest, probe, silence: silence, clockError: clockError)
    } else if let silence, silence > 0 {
      if record.marks.contains(.heardAnswerLast) { record.periods.add(silence) } else { record.idleGaps.add(silence) }
    }
    record.take(latest: probe)
  }

  /// A probe followed another that was not answered.
  private mutating func note(unanswered latest: HeldSegment, _ probe: HeldSegment, silence: Double?, clockError: Int64)
  {
    let gap = Double(probe.time &- latest.time &- clockError) / 1e9
    let deafSince = details.deafSince
    let isSecond = record.unansweredRun == 1
    withDetails {
      if isSecond { $0.unanswered.begin(at: latest.time) }
      if gap > 0 { $0.unanswered.add(gap) }
      $0.unanswered.lastProbeSilence = deafSince.map { Double(probe.time &- $0) / 1e9 } ?? silence
    }
  }

  /// The latest probe may still be answered, though another follows.
  private mutating func putAside(_ latest: HeldSegment) {
    record.marks.insert(.hasEarlier)
    withDetails {
      if $0.earlier.count == Self.mostUnderWay { $0.earlier.removeFirst() }
      $0.earlier.append(latest)
    }
  }

  /// Whether a probe with an octet comes as evenly as those before.
  func comesEvenly(_ probe: HeldSegment) -> Bool {
    guard let latest = record.latest, details.isPresent else { return false }
    return details.value.evenness.fits(probe.time &- latest.time)
  }

  /// The latest probe may be something else.
  mutating func note(_ doubt: KeepaliveEvent.Probe.Doubt) {
    guard details.giveUp == nil else { return }
    record.doubtfulProbes &+= 1
    record.doubt = record.doubt ?? doubt
  }

  // MARK: - Answers

  /// Takes what may be an answer that the capture has before its probe.
  mutating func note(early segment: HeldSegment, heardBefore: Int64?) {
    if record.marks.contains(.answerIsPending) { putPendingAnswerAside() }
    record.answer = segment
    record.answerHeardBefore = heardBefore ?? ProberRecord.unknown
    record.marks.insert(.answerIsEarly)
    record.marks.remove(.answerIsTaken)
  }

  /// It is none to a later probe.
  mutating func forgetEarly() { record.marks.remove(.answerIsEarly) }

  /// The probe that a segment captured at `time` answers: of several, the one whose answer takes as long as those before.
  ///
  /// - Parameters:
  ///   - time: when the segment was captured.
  ///   - roundTrip: nanoseconds from the place of capture to the peer and back, by the handshake; `nil` where not known.
  /// - Returns: the probe; `nil` where none was seen.
  func probe(answeredAt time: Int64, roundTrip: Int64?) -> HeldSegment? {
    guard let latest = record.latest, record.marks.contains(.hasEarlier) else {
      return record.latest
    }
    guard let expected = record.expectedDelay(roundTrip) else { return latest }
    return (details.value.earlier + [latest]).min {
      ((time &- $0.time) - expected).magnitude < ((time &- $1.time) - expected).magnitude
    }
  }

  /// Takes an answer back that was seen before the probe that it answers, and was taken for the answer to the one before.
  ///
  /// - Returns: whether that can be: its event has not been handed out, or it was no answer yet.
  mutating func takeBack(answer early: HeldSegment) -> Bool {
    if let pending = pendingAnswers.last, pending.segment.isFrame(of: early) {
      guard pending.waitsToBeTold else { return false }
      removeLastPendingAnswer()
      record.marks.insert(.latestIsWaiting)
      record.marks.remove(.answerIsTaken)
      record.answered &-= 1
      record.unansweredRun = pending.unansweredRun
      setHeardAnswerLast(pending.heardAnswerLast)
      if pending.deafSince != nil || details.isPresent { withDetails { $0.deafSince = pending.deafSince } }
      return true
    }
    return !record.marks.contains(.answerIsTaken)
  }

  /// Takes an answer.
  ///
  /// - Parameters:
  ///   - pending: its form, segment, and the probe that it answers.
  ///   - delay: seconds from that probe; `nil` where the capture has the two crosswise.
  ///   - silence: seconds since the peer was last heard, in the capture.
  mutating func note(answer pending: PendingAnswer, delay: Double?, silence: Double?) {
    guard details.giveUp == nil else { return }
    switch pending.form {
    case .reset:
      details.value.resetAnsweredAt = pending.segment.time
      return
    case .ack:
      record.answered &+= 1
      if let delay, pending.isCertain { record.answerDelays.add(delay) }
    case .data: break  // It ends the doubt without being caused by the probe.
    }
    keep(pending)
    if details.isPresent {
      withDetails {
        $0.earlier.removeAll { $0.time <= pending.probe.time }
        $0.deafSince = nil
      }
      if details.value.earlier.isEmpty { record.marks.remove(.hasEarlier) }
    }
    if let latest = record.latest, latest.time <= pending.probe.time { record.marks.remove(.latestIsWaiting) }
    record.unansweredRun = 0
    setHeardAnswerLast(pending.form == .ack)
    record.longestSilenceSurvived = max(record.longestSilenceSurvived, silence ?? 0)
  }

  /// The peer was heard, and that was no answer: nothing will tell any more what became of the latest answers.
  ///
  /// - Returns: those.
  mutating func noteOther() -> [PendingAnswer] {
    record.marks.remove(.heardAnswerLast)
    if details.deafSince != nil { details.value.deafSince = nil }
    return takePendingAnswers()
  }

  private mutating func setHeardAnswerLast(_ isAnswer: Bool) {
    if isAnswer { record.marks.insert(.heardAnswerLast) } else { record.marks.remove(.heardAnswerLast) }
  }

  // MARK: - Answers that may not have been accepted

  /// Whether it is not known of an answer whether the prober accepted it.
  var hasPendingAnswers: Bool {
    record.marks.contains(.answerIsPending) || details.isPresent && !details.value.pendingAnswers.isEmpty
  }

  /// The answers of which it is not known whether they were accepted.
  private var pendingAnswers: [PendingAnswer] {
    let others = details.isPresent ? details.value.pendingAnswers : []
    return record.pendingAnswer.map { others + [$0] } ?? others
  }

  /// Keeps an answer until it is known whether it was accepted.
  private mutating func keep(_ pending: PendingAnswer) {
    let isInPlace = record.answer?.isFrame(of: pending.segment) ?? false
    guard !hasPendingAnswers, pending.form == .ack, pending.knownBy == nil, pending.deafSince == nil,
      details.deafSince == nil,
      let latest = record.latest, latest.isFrame(of: pending.probe),
      !isInPlace || record.early?.heardBefore == pending.heardBefore
    else {
      if record.marks.contains(.answerIsPending) { putPendingAnswerAside() }
      if isInPlace { record.marks.insert(.answerIsTaken) }
      details.value.pendingAnswers.append(pending)
      return
    }
    if !isInPlace {
      record.answer = pending.segment
      record.marks.remove(.answerIsEarly)
    }
    record.answerHeardBefore = pending.heardBefore ?? ProberRecord.unknown
    record.runBeforeAnswer = pending.unansweredRun
    record.marks.subtract([.answerIsCertain, .answerIsNewer, .heardAnswerBefore, .answerWaitsToBeTold])
    record.marks.insert([.answerIsTaken, .answerIsPending])
    if pending.isCertain { record.marks.insert(.answerIsCertain) }
    if pending.isNewer { record.marks.insert(.answerIsNewer) }
    if pending.heardAnswerLast { record.marks.insert(.heardAnswerBefore) }
    if pending.waitsToBeTold { record.marks.insert(.answerWaitsToBeTold) }
  }

  /// Its room is needed for another.
  private mutating func putPendingAnswerAside() {
    guard let pendingAnswer = record.pendingAnswer else { return }
    details.value.pendingAnswers.append(pendingAnswer)
    record.marks.remove(.answerIsPending)
  }

  private mutating func removeLastPendingAnswer() {
    if record.marks.contains(.answerIsPending) {
      record.marks.remove(.answerIsPending)
    } else {
      details.value.pendingAnswers.removeLast()
    }
  }

  /// Hands out the answers of which it is not known whether they were accepted.
  mutating func takePendingAnswers() -> [PendingAnswer] {
    guard hasPendingAnswers else { return [] }
    let pending = pendingAnswers
    record.marks.remove(.answerIsPending)
    if details.isPresent { details.value.pendingAnswers = [] }
    return pending
  }

  /// Takes what a segment of the prober tells of the latest answers: an accepted one with a newer TSval moves TS.Recent,
  /// which the segment's TSecr shows (RFC 7323 §4.3).
  ///
  /// - Parameters:
  ///   - segment: a segment of the prober, no SYN.
  ///   - roundTrip: nanoseconds from the place of capture to the prober and back; `nil` where not known.
  /// - Returns: the answers that were settled, and whether each was accepted; `nil` where the packets do not tell.
  mutating func settleAnswers(
    by segment: Segment, roundTrip: Int64?
  ) -> [(answer: PendingAnswer, isAccepted: Bool?)] {
    let pending = pendingAnswers
    guard let first = pending.first else { return [] }
    guard first.segment.hasTimestamps, segment.traits.contains(.timestamps) else {
      if let latest = pending.last, hasFallen(at: segment, after: latest) {
        withdraw(latest, isCertain: false, echo: nil)
      }
      return takePendingAnswers().map { ($0, nil) }
    }
    guard segment.time &- first.segment.time > roundTrip ?? NetworkPath.likelyRoundTrip else { return [] }
    let isCertain = roundTrip != nil || segment.time &- first.segment.time > NetworkPath.longestRoundTrip
    var wasHeard = true
    return takePendingAnswers().map { answer in
      let step = Int32(bitPattern: segment.timestampEcho &- answer.segment.timestampValue)
      guard answer.form == .ack, answer.isNewer, step < 0 else {
        return (answer, answer.isNewer && step >= 0 ? true : nil)
      }
      // What the prober counted before the first that it did not accept holds again.
      let echo = segment.timestampEcho
      if wasHeard {
        withdraw(answer, isCertain: isCertain, echo: echo)
      } else {
        details.value.unaccepted.add(answer.segment.reference, isCertain: isCertain, echo: echo)
      }
      wasHeard = false
      return (answer, isCertain ? false : nil)
    }
  }

  /// Whether the gaps show, where there are no timestamps, that an answer was not accepted: they fall from the longer of
  /// idle time and interval to the interval.
  private func hasFallen(at segment: Segment, after answer: PendingAnswer) -> Bool {
    guard answer.form == .ack, KeepaliveRule.hasForm(segment), let latest = record.latest,
      segment.sequence == latest.sequence
    else {
      return false
    }
    return record.gapHasFallen(Double(segment.time &- latest.time) / 1e9)
  }

  /// Takes an answer back: the prober did not accept it, and goes on counting.
  private mutating func withdraw(_ answer: PendingAnswer, isCertain: Bool, echo: UInt32?) {
    withDetails {
      $0.unaccepted.add(answer.segment.reference, isCertain: isCertain, echo: echo)
      $0.deafSince = answer.heardBefore
    }
    record.unansweredRun = answer.unansweredRun
    record.longestUnansweredRun = max(record.longestUnansweredRun, record.unansweredRun)
    setHeardAnswerLast(answer.heardAnswerLast)
  }

  // MARK: - Ends

  /// Takes the reset by which the kernel gives up: what comes after it changes nothing.
  mutating func note(giveUp held: HeldSegment, silence: Double?) {
    let gap = record.unansweredRun >= 1 ? record.latest.map { Double(held.time &- $0.time) / 1e9 } : nil
    withDetails {
      $0.giveUp = held
      $0.giveUpSilence = silence
      if let gap { $0.unanswered.addLast(gap) }
    }
  }

  mutating func note(windowProbe held: HeldSegment, isCertain: Bool) {
    withDetails {
      $0.windowProbes += 1
      if isCertain { $0.certainWindowProbes += 1 }
      if $0.firstWindowProbe == nil { $0.firstWindowProbe = held }
    }
  }
}
