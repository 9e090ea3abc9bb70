import PacketWire

/// Recognises probes and what they draw, in segments that may be such, or that follow one.
///
/// It owns what is held back because it will be known later. A connection's record is the tracker's; what is recognised goes
/// to `Recognised`.
struct Recogniser {
  /// What was recognised so far.
  var recognised = Recognised()
  /// Packets recognised as captured before.
  private(set) var copies = 0
  /// Connections with a held segment that time alone may release.
  private var waiting = Deadlines()

  // MARK: - A segment

  /// Takes a segment that may be a probe, or follows one: the general way.
  mutating func examine(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    recognised.reasons.examined = FrameKey(segment)
    recognised.reasons.begin(segment, connection: table.number(subject.index))
    var subject = subject
    if table.records[subject.index].traits.contains(.isToItself) {
      update(segment, subject, &table, isProbe: false)
      return
    }
    if table.records[subject.index].traits.contains(.firstMayBeProbe) {
      subject = settleFirst(segment, subject, &table)
    }
    if !subject.hasProber, table.records[subject.index].traits.contains(.repetition(of: subject.side)),
      table.records[subject.index].bringsNothing(segment, from: subject.side)
    {
      subject = recognised.remember(subject.peer, &table).peer
    }
    if KeepaliveRule.hasForm(segment), table.records[subject.index].traits.contains(.repetition(of: subject.side.peer))
    {
      // The peer's latest segment may be the answer to this one: what went before it is its prober's.
      subject = recognised.remember(subject, &table)
    }
    openSilence(subject, &table)
    recognise(segment, &subject, &table)
    if subject.hasProber { recognised.noteWhatIsOpen(subject, at: segment.time, &table) }
  }

  private mutating func recognise(_ segment: Segment, _ subject: inout Subject, _ table: inout ConnectionTable) {
    if isCopy(segment, subject, &table) { return }
    compareClocks(segment, subject, table)
    if isRefused(segment, subject, &table) { return }
    if segment.flags.contains(.rst) {
      examineReset(segment, &subject, &table)
      return
    }
    takeBackFIN(segment, subject, &table)
    if subject.hasProber, !segment.flags.contains(.syn) { settleAnswers(segment, subject, table) }
    noteSilence(segment, subject, &table)
    let isProbe = examineForm(segment, &subject, &table)
    if !isProbe { subject = noteRepetition(segment, subject, &table) }
    if subject.hasProber {
      let isAnswer = !isProbe && examineAnswer(segment, subject, &table)
      if !isProbe { follow(segment, subject, &table) }
      if isProbe || isAnswer { recognised.keepForCopies(of: HeldSegment(segment), subject) }
    }
    noteRetransmission(segment, subject, &table)
    if segment.payloadLength > 0, !isProbe, subject.hasProber { recognised.note(data: segment, subject) }
    update(segment, subject, &table, isProbe: isProbe)
  }

  /// Takes what the segment says of its connection.
  private mutating func update(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable, isProbe: Bool) {
    let (index, side) = (subject.index, subject.side)
    let handshakeIsOpen = table.records[index].traits.contains(.handshakeIsOpen)
    table.records[index].noteHandshake(segment, from: side, &table.ends[index])
    if handshakeIsOpen, subject.hasProber { recognised.note(table.ends[index].roundTrips, subject) }
    if !segment.flags.isDisjoint(with: [.syn, .fin, .rst]) {
      table.records[index].noteControl(segment, from: side, &table.ends[index])
    }
    if segment.payloadLength == 1, !isProbe { table.ends[index].note(oneOctet: segment, from: side) }
    let unacknowledged = table.records[index][side.peer].oldestUnacknowledged
    table.records[index].update(segment, from: side, isProbe: isProbe)
    if table.records[index].traits.contains(.isRetransmitting),
      table.records[index][side.peer].oldestUnacknowledged != unacknowledged
    {
      recognised.remarks[unacknowledged: subject.peer] = nil
      if recognised.remarks[unacknowledged: subject] == nil {
        table.records[index].traits.remove(.isRetransmitting)
      }
    }
  }

  /// The second packet of a connection tells whether the first, an empty acknowledgment, may still be a probe.
  private mutating func settleFirst(
    _ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable
  ) -> Subject {
    guard table.records[subject.index].keepsFirstOpen(segment, from: subject.side) else {
      table.records[subject.index].takeFirstAsOrdinary()
      return subject
    }
    let first = HeldSegment(firstOf: table.records[subject.index], table.ends[subject.index])
    table.records[subject.index].putFirstAside()
    let subject = recognised.remember(subject, &table)
    let sender = subject.side == .first ? subject : subject.peer
    recognised.probers[details: sender].uncertain = UncertainRun(first: first)
    recognised.keepForCopies(of: first, sender)
    return subject
  }

  /// Whether this packet was captured before: on another interface, or because the file is joined to itself.
  private mutating func isCopy(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let index = subject.index
    let record = table.records[index]
    var isRepeated = record.isDuplicate(segment, from: subject.side)
    if record.traits.contains(.isRepeated), let until = recognised.remarks.repeatedUntil[index] {
      if segment.time <= until {
        isRepeated = true
      } else {
        recognised.remarks.repeatedUntil[index] = nil
        table.records[index].traits.remove(.isRepeated)
      }
    }
    let original = subject.hasProber ? recognised.original(of: segment, subject) : nil
    if !isRepeated, original == nil, record.goesBackInTime(with: segment, from: subject.side) {
      recognised.remarks.repeatedUntil[index] = record.lastTime
      table.records[index].traits.insert(.isRepeated)
      isRepeated = true
    }
    let rule = CopyRule(segment: segment, original: original, goesBackInTime: isRepeated)
    recognised.reasons.explain(rule)
    guard rule.outcome == true else { return false }
    copies += 1
    table.records[index].traits.insert(.hasRemarks)
    recognised.remarks.copies[index, default: 0] += 1
    if let original, original.timeToLive != segment.timeToLive {
      recognised.remarks.timesToLiveOfCopies[index] = (original.timeToLive, segment.timeToLive)
    }
    return true
  }

  // MARK: - Probes

  /// Looks whether the segment is a probe of either kind, and reports it if that is known.
  ///
  /// - Returns: whether it is one, or may be: it tells nothing of what its sender's program does.
  private mutating func examineForm(
    _ segment: Segment, _ subject: inout Subject, _ table: inout ConnectionTable
  ) -> Bool {
    let record = table.records[subject.index]
    let (sender, peer) = (record[subject.side], record[subject.side.peer])
    let octetWasData =
      segment.payloadLength == 1 && table.ends[subject.index].hasSentOneOctet(below: segment.end, from: subject.side)
    var rule = KeepaliveRule(
      segment: segment, sender: sender, peer: peer, cause: cause(segment, subject, table), octetWasData: octetWasData)
    if subject.hasProber, let latest = recognised.probers[subject].latest {
      rule.gapAfterProbe = segment.time &- latest.time
    }
    if subject.hasProber, let gap = recognised.probers[details: subject].zeroWindow.gap(before: segment.time) {
      rule.zeroWindowGap = (gap, recognised.probers[details: subject].zeroWindow.latestGap)
    } else if let silence = rule.cause.silence(before: segment), silence >= 0 {
      rule.zeroWindowGap = (Double(silence) / 1e9, nil)
    }
    recognised.reasons.explain(rule)
    switch KeepaliveRule.standing(of: segment, from: sender) {
    case .elsewhere:
      let window = WindowProbeRule(segment: segment, sender: sender, peer: peer)
      guard window.outcome == true else { return false }
      recognised.reasons.explain(window)
      subject = recognised.remember(subject, &table)
      recognised.report(windowProbe: HeldSegment(segment), isCertain: true, subject, table)
      return true
    case .unknown:
      guard !segment.flags.contains(.urg) else { return false }
      // A connection whose first packet is an ordinary ACK is the normal case: its prober begins with the second.
      subject = recognised.remember(subject, &table)
      recognised.probers[details: subject].uncertain.take(segment)
      if recognised.probers[details: subject].uncertain.echoesAdvance { confirmUncertain(subject, &table) }
      return true
    case .belowNext:
      return examineBelowNext(rule, &subject, &table)
    }
  }

  /// Looks at a segment at SND.NXT − 1.
  private mutating func examineBelowNext(
    _ rule: KeepaliveRule, _ subject: inout Subject, _ table: inout ConnectionTable
  ) -> Bool {
    // The window's state leaves the rule open; that is what `ZeroWindow` is for.
    guard rule.isIntoZeroWindow || rule.outcome != false else { return false }
    if rule.isIntoZeroWindow, !rule.isTimely { return false }
    let segment = rule.segment
    subject = recognised.remember(subject, &table)
    if rule.isIntoZeroWindow {
      recognised.reasons.explain(
        WindowProbeRule(segment: segment, sender: rule.sender, peer: rule.peer, gap: rule.zeroWindowGap))
    }
    let uncertain = recognised.probers[details: subject].uncertain
    if !rule.isIntoZeroWindow, uncertain.isRepeatedTooSoon(by: segment) {
      // Acknowledgments sent twice, or doubled on the way: neither is a probe. Window probes do come as soon.
      recognised.probers.endUncertainRun(of: subject)
      return false
    }
    if uncertain.sequence == segment.sequence {
      confirmUncertain(subject, &table, isIntoZeroWindow: rule.isIntoZeroWindow)
    }
    if rule.isIntoZeroWindow {
      takeIntoZeroWindow(HeldSegment(segment), subject, table)
      return true
    }
    guard !segment.flags.contains(.urg) else { return false }
    confirmCrossing(segment, subject, &table)
    recognised.report(
      probe: HeldSegment(segment), doubt: rule.restsOnSilenceAlone ? .acknowledgmentThatCrossed : nil, subject, table)
    return true
  }

  /// What the segment's peer last sent that may have caused it.
  private func cause(_ segment: Segment, _ subject: Subject, _ table: ConnectionTable) -> PossibleCause {
    let peer = table.records[subject.index][subject.side.peer]
    let roundTrip = table.ends[subject.index].roundTrip(to: subject.side)
    var cause = PossibleCause(
      time: peer.knowledge.contains(.lastTime) ? peer.lastTime : nil, frame: Int(peer.lastFrame),
      shortestSilence: max(NetworkPath.longestCrossing, roundTrip ?? 0), roundTripIsKnown: roundTrip != nil)
    if subject.hasProber, let earlier = recognised.probers[subject].cause {
      (cause.time, cause.frame) = earlier
    }
    return cause
  }

  /// Notes whether a segment that is no probe brought something new, which may cause others; and what may be an answer that
  /// the capture has before its probe.
  private mutating func noteRepetition(
    _ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable
  ) -> Subject {
    let record = table.records[subject.index]
    let sender = record[subject.side]
    guard record.bringsNothing(segment, from: subject.side) else {
      recognised.forgetCause(of: subject.peer)
      return subject
    }
    // Its sender's own silence: the other end may have answered a probe meanwhile.
    let isIdle = segment.time &- sender.lastTime >= Reaction.longestDelayedAcknowledgment
    guard subject.hasProber || record.isIdleRepetition(segment, from: subject.side) else { return subject }
    // It is the other end that may probe.
    let subject = recognised.remember(subject.peer, &table).peer
    let heardBefore = sender.knowledge.contains(.lastTime) ? sender.lastTime : nil
    if recognised.probers[subject.peer].cause == nil {
      recognised.probers[subject.peer].cause = (heardBefore, Int(sender.lastFrame))
    }
    if isIdle {
      recognised.note(early: HeldSegment(segment), heardBefore: heardBefore, subject)
    }
    return subject
  }

  // MARK: - Into a zero window

  private mutating func takeIntoZeroWindow(_ segment: HeldSegment, _ subject: Subject, _ table: ConnectionTable) {
    let silence = recognised.heardBefore(segment, subject, table).map { segment.time &- $0 }
    let beginningIsSeen = table.records[subject.index].hasSeenEnd(of: subject.side)
    if let decision = recognised.probers[details: subject].zeroWindow.take(
      segment, silence: silence, beginningIsSeen: beginningIsSeen)
    {
      releaseZeroWindow(subject, as: decision, table)
    } else if let deadline = recognised.probers[details: subject].zeroWindow.deadline {
      waiting.add(subject.index, until: deadline)
    }
  }

  private mutating func releaseZeroWindow(
    _ subject: Subject, as decision: ZeroWindow.Decision, _ table: ConnectionTable
  ) {
    for (held, answer) in recognised.probers[details: subject].zeroWindow.release() {
      switch decision.kind {
      case .keepalive:
        recognised.report(probe: held, doubt: decision.isCertain ? nil : .windowProbe, subject, table)
        if let answer { recognised.report(answer: answer, form: .ack, subject.peer, table) }
      case .windowProbe: recognised.report(windowProbe: held, isCertain: decision.isCertain, subject, table)
      }
    }
  }

  /// The peer's acknowledgment of a held segment, or of the latest probe if none is held any more.
  private mutating func takeZeroWindowAnswer(_ answer: HeldSegment, _ subject: Subject, _ table: ConnectionTable) {
    if recognised.probers[details: subject].zeroWindow.isHolding {
      recognised.probers[details: subject].zeroWindow.take(answer: answer)
    } else if recognised.probers[subject].isAwaitingAnswer {
      recognised.report(answer: answer, form: .ack, subject.peer, table)
    }
  }

  // MARK: - In retrospect

  /// A probe that acknowledges SEG.SEQ + 1 of the peer's uncertain run was not caused by it: its sender had heard nothing,
  /// so the run stood below what was acknowledged before, and its segments are probes.
  private mutating func confirmCrossing(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    guard let sequence = recognised.probers[details: subject.peer].uncertain.sequence,
      segment.acknowledgment == sequence.advanced(by: 1)
    else { return }
    confirmUncertain(subject.peer, &table, isIntoZeroWindow: segment.window == 0)
  }

  /// The segments of the uncertain run are probes: reports them, and the answer that was seen meanwhile.
  ///
  /// Where the peer's window is 0, they may be window probes.
  private mutating func confirmUncertain(
    _ subject: Subject, _ table: inout ConnectionTable, isIntoZeroWindow: Bool = false
  ) {
    let run = recognised.probers[details: subject].uncertain
    recognised.probers.endUncertainRun(of: subject)
    let side = subject.side
    if let sequence = run.sequence, !table.records[subject.index][side].knowledge.contains(.nextToSend) {
      table.records[subject.index][side].nextToSend = sequence.advanced(by: 1)
      table.records[subject.index][side].knowledge.insert(.nextToSend)
    }
    let hasNoOctet = run.held.allSatisfy { $0.payloadLength == 0 }
    if hasNoOctet, isIntoZeroWindow || run.answer?.window == 0 {
      for held in run.held {
        recognised.reasons.explainAgain(held) { segment in
          // That its window is closed the peer may have said only after it.
          var peer = table.records[subject.index][side.peer]
          peer.window = 0
          peer.knowledge.insert(.lastTime)
          return WindowProbeRule(segment: segment, sender: table.records[subject.index][side], peer: peer)
        }
        takeIntoZeroWindow(held, subject, table)
      }
      if let answer = run.answer { takeZeroWindowAnswer(answer, subject, table) }
      return
    }
    for held in run.held { recognised.report(probe: held, doubt: nil, subject, table) }
    if let answer = run.answer { recognised.report(answer: answer, form: .ack, subject.peer, table) }
  }

  /// What the peer's segment says of an uncertain run: its acknowledgment tells where SND.NXT was.
  private mutating func examineUncertain(
    _ segment: Segment, isEmptyACK: Bool, _ subject: Subject, _ table: inout ConnectionTable
  ) {
    guard let sequence = recognised.probers[details: subject.peer].uncertain.sequence else { return }
    guard segment.acknowledgment == sequence.advanced(by: 1),
      !recognised.probers[details: subject.peer].uncertain.isContradicted(by: segment)
    else {
      recognised.probers.endUncertainRun(of: subject.peer)
      return
    }
    if isEmptyACK {
      if recognised.probers[details: subject.peer].uncertain.takeAnswer(segment) {
        confirmUncertain(subject.peer, &table, isIntoZeroWindow: segment.window == 0)
      }
    } else if recognised.probers[details: subject.peer].uncertain.held.count >= 2 {
      confirmUncertain(subject.peer, &table)
    }
  }

  // MARK: - Answers

  /// What a segment that is no probe means for the probes of its sender's peer: an answer, or the end of the doubt.
  ///
  /// - Returns: whether it is an answer, or may be one.
  private mutating func examineAnswer(
    _ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable
  ) -> Bool {
    guard segment.flags.contains(.ack) else { return false }
    let prober = subject.peer
    let isEmptyACK = segment.flags.control == .ack && segment.payloadLength == 0
    let wasUncertain = !recognised.probers[details: prober].uncertain.isEmpty
    examineUncertain(segment, isEmptyACK: isEmptyACK, subject, &table)
    if isEmptyACK, let held = recognised.probers[details: prober].zeroWindow.held.last?.segment,
      segment.acknowledgment == held.sequence.advanced(by: 1)
    {
      recognised.probers[details: prober].zeroWindow.take(answer: HeldSegment(segment))
    }
    let roundTrip = table.ends[subject.index].roundTrip(to: subject.side)
    let rule = AnswerRule(
      segment: segment, sender: table.records[subject.index][subject.side],
      probe: recognised.probers.probe(answeredAt: segment.time, roundTrip: roundTrip, prober),
      isWaiting: recognised.probers[prober].isAwaitingAnswer && !isEarly(segment, prober))
    recognised.reasons.explain(rule)
    guard rule.isWaiting else {
      if let early = recognised.probers[prober].early, early.segment.reference.isOf(segment) {
        return wasUncertain
      }
      recognised.noteOther(than: prober, table)
      return wasUncertain
    }
    if rule.outcome == true {
      recognised.report(answer: HeldSegment(segment), form: .ack, subject, table)
    } else if rule.endsDoubt {
      recognised.report(answer: HeldSegment(segment), form: .data, subject, table)
    } else {
      return wasUncertain
    }
    return true
  }

  /// Whether a bare acknowledgment is rather the answer to the next probe, which the capture has after it: so it was with
  /// answers before.
  private func isEarly(_ segment: Segment, _ prober: Subject) -> Bool {
    guard recognised.probers[prober].marks.contains(.answersComeEarly),
      let early = recognised.probers[prober].early,
      let latest = recognised.probers[prober].latest
    else {
      return false
    }
    return early.segment.reference.isOf(segment)
      && segment.time &- latest.time >= Reaction.longestDelayedAcknowledgment
  }

  /// What a segment of a prober tells of the latest answers that it was sent.
  private mutating func settleAnswers(_ segment: Segment, _ subject: Subject, _ table: ConnectionTable) {
    if KeepaliveRule.hasForm(segment), let early = recognised.probers[subject].early,
      early.isCrossed(by: HeldSegment(segment))
    {
      // What was taken for the answer to the probe before is one to this, unless that has been told already.
      if !recognised.probers.takeBack(answer: early.segment, subject) { recognised.probers.forgetEarly(subject) }
    }
    let roundTrip = table.ends[subject.index].roundTrip(to: subject.side)
    recognised.settleAnswers(by: segment, roundTrip: roundTrip, subject, table)
  }

  /// What a segment means for what its own sender sent before.
  private mutating func follow(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    if let sequence = recognised.probers[details: subject].uncertain.sequence {
      if segment.length > 0, segment.sequence == sequence.advanced(by: 1),
        table.records[subject.index][subject.side].oldestUnacknowledged == segment.sequence,
        !recognised.probers[details: subject].uncertain.wasOvertaken(by: segment)
      {
        confirmUncertain(subject, &table)
      } else {
        recognised.probers.endUncertainRun(of: subject)
      }
    }
    if segment.length > 0, !recognised.probers[details: subject].zeroWindow.isIdle {
      if recognised.probers[details: subject].zeroWindow.isHolding {
        let decision = recognised.probers[details: subject].zeroWindow.decision(whenDataSentAt: segment.time)
        releaseZeroWindow(subject, as: decision, table)
      }
      recognised.probers[details: subject].zeroWindow = ZeroWindow()
    }
    if segment.window > 0, !recognised.probers[details: subject.peer].zeroWindow.isIdle {
      recognised.probers[details: subject.peer].zeroWindow.windowOpened(at: segment.time)
    }
  }

  private mutating func noteRetransmission(
    _ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable
  ) {
    let record = table.records[subject.index]
    let sender = record[subject.side]
    if sender.isRetransmitting(segment) {
      table.records[subject.index].traits.insert([.isRetransmitting, .hasRemarks])
      let sent = UnacknowledgedData(time: sender.lastTime, frame: Int(sender.lastFrame))
      var data = recognised.remarks[unacknowledged: subject] ?? sent
      data.retransmissions += 1
      data.isRefusedByWindow = false
      recognised.remarks[unacknowledged: subject] = data
    } else if record.traits.contains(.isRetransmitting), segment.window == 0, segment.flags.contains(.ack),
      segment.acknowledgment == record[subject.side.peer].oldestUnacknowledged
    {
      recognised.remarks[unacknowledged: subject.peer]?.isRefusedByWindow = true
    }
  }

  // MARK: - What is not accepted

  /// Whether the segment is a reset or FIN that its receiver does not accept.
  private mutating func isRefused(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) -> Bool {
    let record = table.records[subject.index]
    // Of a connection that has ended nothing is to be kept from its receiver.
    guard !segment.flags.isDisjoint(with: [.fin, .rst]), record.isOpen else { return false }
    let acceptance = AcceptanceRule(
      segment: segment, sender: record[subject.side], receiver: record[subject.side.peer])
    guard acceptance.outcome == true else { return false }
    recognised.reasons.explain(acceptance)
    recognised.report(ignored: segment, acceptance.reason, subject, &table)
    return true
  }

  /// A FIN whose number its sender now uses for data ended nothing.
  private mutating func takeBackFIN(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    let (index, side) = (subject.index, subject.side)
    guard table.records[index].disprovesFIN(segment, from: side),
      let frame = table.records[index].takeBackFIN(of: side, &table.ends[index])
    else { return }
    // Nothing but its place is kept of it.
    var fin = Segment()
    (fin.frame, fin.file, fin.time) = (frame.frame, frame.file, frame.time ?? 0)
    fin.timeToLive = table.records[index][side].timeToLive
    recognised.report(ignored: fin, .finBeforeData, subject, &table)
  }

  // MARK: - Resets

  private mutating func examineReset(_ segment: Segment, _ subject: inout Subject, _ table: inout ConnectionTable) {
    let record = table.records[subject.index]
    noteSilence(segment, subject, &table)
    // A bare repetition costs no prober, but what comes after it may answer it; a reset after a long silence may be a box's.
    let isRemarkable =
      !record.traits.isDisjoint(
        with: [.hasRemarks, .hasSilence, .silenceWaits, .repetitionOfFirst, .repetitionOfSecond])
      || segment.time &- record.lastTime >= KeepaliveTimer.shortestIdle
    if subject.hasProber {
      confirmByReset(segment, subject, &table)
      recognised.keepForCopies(of: HeldSegment(segment), subject)
      settleAnswers(segment, subject, table)
      judgeReset(segment, subject, table)
      // A reset causes no segment (RFC 9293 §3.10.7.4): what its receiver sends after it was sent before it came.
      let sender = record[subject.side]
      if recognised.probers[subject.peer].cause == nil {
        recognised.probers[subject.peer].cause = (
          sender.knowledge.contains(.lastTime) ? sender.lastTime : nil, Int(sender.lastFrame)
        )
      }
    }
    if subject.hasProber || isRemarkable { noteReset(segment, subject, &table) }
    update(segment, subject, &table, isProbe: false)
  }

  /// A reset at SEG.SEQ + 1 of an uncertain run, or one by the peer after a run that repeats, shows what it was.
  private mutating func confirmByReset(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    if let sequence = recognised.probers[details: subject].uncertain.sequence {
      if segment.flags.contains(.ack), segment.sequence == sequence.advanced(by: 1) {
        confirmUncertain(subject, &table)
      } else {
        recognised.probers.endUncertainRun(of: subject)
      }
    }
    let run = recognised.probers[details: subject.peer].uncertain
    if run.held.count >= 2, let last = run.held.last, segment.sequence == last.acknowledgment {
      confirmUncertain(subject.peer, &table)
    }
  }

  /// A reset is the prober's give-up, an answer to its peer's probe, or neither.
  private mutating func judgeReset(_ segment: Segment, _ subject: Subject, _ table: ConnectionTable) {
    let unanswered = recognised.probers[details: subject].unanswered
    let giveUp = GiveUpRule(
      segment: segment, unanswered: Int(recognised.probers[subject].unansweredRun),
      probe: recognised.probers[subject].latest,
      interval: recognised.probers[subject].unansweredRun >= 2 ? unanswered.latest : nil,
      intervalsDouble: unanswered.double,
      longestInterval: recognised.probers[subject].periods.spread?.lowerBound)
    let answering = AnsweringResetRule(
      segment: segment, probe: recognised.probers[subject.peer].latest,
      isWaiting: recognised.probers[subject.peer].isAwaitingAnswer
        && !recognised.probers.isAnsweredByReset(subject.peer))
    if giveUp.outcome == true {
      recognised.reasons.explain(giveUp)
      recognised.report(giveUp: segment, subject, table)
    } else if answering.outcome == true {
      recognised.reasons.explain(answering)
      recognised.report(answer: HeldSegment(segment), form: .reset, subject, table)
    } else {
      recognised.reasons.explain(giveUp)
      recognised.reasons.explain(answering)
    }
  }

  private mutating func noteReset(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    guard recognised.remarks.resets[subject.index] == nil else { return }
    let sender = table.records[subject.index][subject.side]
    let ends = table.ends[subject.index]
    let wasHeard = sender.knowledge.contains(.heard)
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    let answersProbe =
      recognised.probers.isAnsweredByReset(subject.peer)
      && recognised.probers[details: subject.peer].resetAnsweredAt == segment.time
    let hasSentFIN = sender.knowledge.contains(.fin) && ends.endFrame != 0
    table.records[subject.index].traits.insert(.hasRemarks)
    recognised.remarks.resets[subject.index] = ResetEvidence(
      side: subject.side, frame: segment.frame, file: segment.file, time: segment.time, timeToLive: segment.timeToLive,
      usualTimeToLive: wasHeard ? sender.timeToLive : nil,
      continuesIdentification: wasHeard && segment.identification != 0 && sender.identification != 0
        ? step > 0 && step < NetworkPath.identificationsOvertaken : nil,
      answersProbe: answersProbe,
      finBefore: hasSentFIN ? FrameReference(frame: Int(ends.endFrame), file: ends.endFile, time: ends.endTime) : nil)
  }

  /// A SYN was not accepted: its peer went on in the connection that stands.
  ///
  /// - Parameters:
  ///   - syn: the SYN.
  ///   - segment: the peer's segment that shows it.
  ///   - subject: the SYN's sender.
  ///   - table: the connections.
  mutating func takeRefused(
    _ syn: Segment, by segment: Segment, _ subject: Subject, _ table: inout ConnectionTable
  ) {
    recognised.reasons.examined = FrameKey(syn)
    recognised.reasons.explain(RefusedSYNRule())
    recognised.reasons.examined = FrameKey(segment)
    recognised.report(ignored: syn, .synOnStandingConnection, subject, &table)
  }

  // MARK: - Silences

  /// A silence that a packet ended which was taken the short way is open as any other is.
  private mutating func openSilence(_ subject: Subject, _ table: inout ConnectionTable) {
    let record = table.records[subject.index]
    table.records[subject.index].traits.remove(.silenceWaits)
    let waiting = record.waitingSilence(table.ends[subject.index])
    guard let silence = waiting ?? recognised.takeOpenSilence(subject, record) else { return }
    table.records[subject.index].traits.insert([.silenceIsOpen, .hasSilence])
    recognised.remarks.silences[subject.index, default: Silences()].end(silence)
  }

  /// Notes a silence that `segment` ends, or that one was survived.
  private mutating func noteSilence(_ segment: Segment, _ subject: Subject, _ table: inout ConnectionTable) {
    let index = subject.index
    let record = table.records[index]
    if record.traits.contains(.silenceIsOpen) {
      guard recognised.remarks.silences[index]?.open?.side != subject.side else { return }
      table.records[index].traits.remove(.silenceIsOpen)
      recognised.remarks.silences[index]?.resolve(byReset: segment.flags.contains(.rst), recognised.clock.found)
      return
    }
    guard segment.time &- record.lastTime >= NetworkPath.tellingSilence else { return }
    let latest = latestPacket(subject, record)
    guard latest > 0, segment.time &- latest >= NetworkPath.tellingSilence, !segment.flags.contains(.rst),
      record.first.mayHaveNothingInFlight, record.second.mayHaveNothingInFlight
    else { return }
    table.records[index].traits.insert([.silenceIsOpen, .hasSilence])
    let frame = FrameReference(frame: segment.frame, file: segment.file, time: segment.time)
    recognised.remarks.silences[index, default: Silences()].end(
      Silences.Ended(side: subject.side, length: segment.time &- latest, frame: frame))
  }

  /// Compares the capture's clock with the sender's timestamps, after a silence of the sender or where time goes back.
  private mutating func compareClocks(_ segment: Segment, _ subject: Subject, _ table: ConnectionTable) {
    recognised.clockError = 0
    let sender = table.records[subject.index][subject.side]
    let silence = segment.time &- sender.lastTime
    guard silence >= NetworkPath.tellingSilence || silence < 0, segment.traits.contains(.timestamps),
      sender.knowledge.isSuperset(of: [.heard, .timestamps])
    else { return }
    var since = sender.knowledge.contains(.lastTime) ? sender.lastTime : nil
    var tick: Int64?
    if subject.hasProber {
      tick = recognised.probers[connectionOf: subject][tickOf: subject.side]
      if let probe = recognised.probers[subject].latest, probe.timestampValue == sender.timestampValue {
        since = probe.time
      }
    }
    guard let since, segment.time &- since >= NetworkPath.tellingSilence || segment.time < since,
      let comparison = TimestampComparison(
        since: since, until: segment.time, advance: segment.timestampValue &- sender.timestampValue, tick: tick)
    else { return }
    recognised.clock.note(comparison, subject.index, subject.side)
    recognised.clockError = comparison.disagreement ?? 0
    if subject.hasProber, let tick = comparison.tick {
      recognised.probers[connectionOf: subject][tickOf: subject.side] = tick
    }
  }

  /// When any packet of the connection was last seen, probes included; 0 where none was.
  private func latestPacket(_ subject: Subject, _ record: Connection) -> Int64 {
    guard subject.hasProber else { return record.lastTime }
    return [subject, subject.peer].reduce(record.lastTime) { latest, end in
      max(
        latest, recognised.probers[end].latest?.time ?? 0,
        recognised.probers[details: end].uncertain.held.last?.time ?? 0)
    }
  }

  // MARK: - The clock

  /// The capture's clock has come to `time`, though no packet did: what was held for longer than it may be is released.
  mutating func advance(to time: Int64, _ table: ConnectionTable) {
    recognised.reasons.examined = nil
    while let index = waiting.next(before: time) { release(index, at: time, table) }
  }

  /// Releases what is held of a connection since before its deadline.
  private mutating func release(_ index: Int, at time: Int64, _ table: ConnectionTable) {
    for side in [Side.first, .second] {
      let subject = Subject(index: index, side: side, prober: Int(table.records[index].prober))
      guard let deadline = recognised.probers[details: subject].zeroWindow.deadline else { continue }
      if deadline < time {
        releaseZeroWindow(subject, as: ZeroWindow.Decision(kind: .windowProbe, isCertain: false), table)
      } else {
        waiting.add(index, until: deadline)
      }
    }
  }

  /// Connections are to be forgotten: what is held of them is released as what can be said of it.
  mutating func release(_ isGone: [Bool], _ table: ConnectionTable) {
    recognised.reasons.examined = nil
    for index in table.records.indices where isGone[index] && table.records[index].prober > 0 {
      release(index, at: .max, table)
      recognised.handOutPendingAnswers(of: index, table)
    }
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func forget(_ places: [Int32], _ table: inout ConnectionTable) {
    waiting.move(to: places)
    recognised.forget(places, &table)
  }

  /// The capture has ended: what is held is released as what can be said of it.
  mutating func finish(_ table: ConnectionTable) {
    advance(to: .max, table)
    recognised.handOutPendingAnswers(table)
  }
}
