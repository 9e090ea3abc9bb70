import PacketWire

/// What was seen of one end as a prober.
struct Prober {
  /// The latest keepalive probe.
  private(set) var latest: HeldSegment?
  /// Whether that is still to be answered.
  private var latestIsWaiting = false
  /// Probes before it that may still be answered: a round trip may be longer than the interval.
  private var earlier: [HeldSegment] = []
  /// The latest answers, while it is not known whether the prober accepted them.
  private var pendingAnswers: [PendingAnswer] = []
  private var lastAnswer: FrameKey?
  /// Probes in a row that the prober counts as unanswered, as far as the capture shows.
  private(set) var unansweredRun = 0
  private(set) var longestUnansweredRun = 0
  private(set) var probes = 0
  private(set) var answered = 0
  /// Answers that the prober did not accept.
  private(set) var unaccepted = 0
  /// The latest of those.
  private(set) var latestUnaccepted: FrameReference?
  /// Whether that rests on the gaps alone, or on a round trip that is not known.
  private(set) var unacceptedIsCertain = true
  /// The first few of them.
  private(set) var unacceptedFrames: [FrameReference] = []
  /// The TSecr that the prober went on sending while they brought newer TSvals; `nil` where the gaps alone tell.
  private(set) var staleEcho: UInt32?
  /// When the prober last heard its peer, where that is earlier than what the capture has of the peer.
  private(set) var deafSince: Int64?
  /// Seconds from probe to answer.
  private(set) var answerDelays = GapStatistics()
  /// From the peer's last segment, where that was no answer, to the first probe: the idle time.
  private(set) var idleGaps = GapStatistics()
  /// From an answer to the next probe: the longer of idle time and interval.
  private(set) var periods = GapStatistics()
  /// Between probes that were not answered: the interval.
  private(set) var intervals = GapStatistics()
  /// The latest of those gaps, in seconds.
  private(set) var latestInterval = 0.0
  /// The gap before the latest probe, whatever it is: nanoseconds; 0 before the second.
  private var latestGap: Int64 = 0
  /// How many gaps in a row were as long as the one before.
  private var evenGaps = 0
  /// How many of them in a row were twice as long as the one before.
  private var doublings = 0
  /// Whether they double as a retransmission timer's do (illumos and Solaris, tcp_timers.c).
  private(set) var intervalsDouble = false
  /// When the first of the unanswered probes was sent.
  private(set) var runBegan: Int64 = 0
  /// The tick of its TSval, in nanoseconds, once a silence has told it.
  var timestampTick: Int64?
  /// When a reset last answered a probe.
  private(set) var resetAnsweredAt: Int64?
  /// Whether the last thing heard from the peer was an answer.
  private(set) var heardAnswerLast = false
  /// The longest silence in seconds that ended with an answer.
  private(set) var longestSilenceSurvived = 0.0
  private(set) var giveUp: HeldSegment?
  /// At the give-up: seconds since the peer was last heard, and since then to the last probe.
  private(set) var giveUpSilence: Double?
  private(set) var lastProbeSilence: Double?
  /// Whether its probes carry a garbage octet.
  private(set) var sendsGarbage = false
  /// How many of its probes may be something else, and what the first of them.
  private(set) var doubtful: (count: Int, doubt: KeepaliveEvent.Probe.Doubt)?
  /// Whether its probes lack the timestamps option that its other segments have.
  var omitsTimestamps = false
  /// What answers look like that are not their end's own.
  var foreignAnswers = ForeignSegments()
  /// The same of its own probes.
  var foreignProbes = ForeignSegments()
  private(set) var windowProbes = 0
  /// Those of them that are no keepalives for certain.
  private(set) var certainWindowProbes = 0
  private(set) var firstWindowProbe: HeldSegment?
  var zeroWindow = ZeroWindow()
  var uncertain = UncertainRun()
  /// What may be an answer that the capture has before its probe.
  var early: EarlyAnswer?
  /// Whether answers were seen before their probes.
  var answersComeEarly = false
  /// The peer's latest segment that brought something new, where only bare repetitions came after it.
  var cause: (time: Int64?, frame: Int)?
  /// The latest few segments that mattered, to recognise their copies.
  var recent = RecentSegments()
  /// The data at SND.UNA, where that was retransmitted.
  var retransmitted: UnacknowledgedData?

  /// Frames that are kept as proof that answers were not accepted.
  private static let keptUnaccepted = 8
  /// More probes than this are not on their way at once: an interval of a second and a round trip of 16.
  private static let mostUnderWay = 16

  /// Whether a probe waits for an answer.
  var isAwaitingAnswer: Bool { latestIsWaiting || !earlier.isEmpty }

  /// Whether a reset answered the latest probe.
  ///
  /// The prober may not have heard it: then it goes on probing, and gives up in the end.
  var isAnsweredByReset: Bool {
    guard let resetAnsweredAt, let latest else { return false }
    return resetAnsweredAt >= latest.time
  }

  /// When the prober last heard its peer, if the capture has that as `time`.
  func lastHeard(_ time: Int64?) -> Int64? { deafSince ?? time }

  // MARK: - Probes

  /// Takes a probe.
  ///
  /// - Parameters:
  ///   - probe: the probe.
  ///   - silence: seconds since the peer was last heard; `nil` where that was before the capture.
  ///   - clockError: nanoseconds by which the capture's clock was set forward meanwhile.
  mutating func note(probe: HeldSegment, silence: Double?, clockError: Int64) {
    guard giveUp == nil else { return }
    if let latest {
      evenGaps = isEven(probe.time &- latest.time) ? evenGaps + 1 : 0
      latestGap = probe.time &- latest.time
    }
    if let latest, unansweredRun > 0 {
      let gap = Double(probe.time &- latest.time &- clockError) / 1e9
      if gap > 0 { note(interval: gap) }
    } else if let silence, silence > 0 {
      if heardAnswerLast { periods.add(silence) } else { idleGaps.add(silence) }
    }
    if let latest, latestIsWaiting {
      if earlier.count == Self.mostUnderWay { earlier.removeFirst() }
      earlier.append(latest)
    }
    if unansweredRun == 0 { runBegan = probe.time }
    latest = probe
    latestIsWaiting = true
    lastProbeSilence = deafSince.map { Double(probe.time &- $0) / 1e9 } ?? silence
    if probe.payloadLength > 0 { sendsGarbage = true }
    probes += 1
    unansweredRun += 1
    longestUnansweredRun = max(longestUnansweredRun, unansweredRun)
  }

  /// Whether a probe comes as evenly as those before: its gap is like the latest, and that was like the one before.
  ///
  /// One octet sent again and again at doubling gaps may be data whose acknowledgments got lost (RFC 6298 §5.5), and there are
  /// stacks whose probes come at doubling gaps too (illumos, tcp_timers.c): where the capture does not have the octet's
  /// first sending, only even gaps tell.
  func comesEvenly(_ probe: HeldSegment) -> Bool {
    guard let latest else { return false }
    return evenGaps > 0 && isEven(probe.time &- latest.time)
  }

  private func isEven(_ gap: Int64) -> Bool {
    latestGap > 0 && gap < latestGap / 10 &* 13 && latestGap < gap / 10 &* 13
  }

  private mutating func note(interval: Double) {
    doublings = KeepaliveTimer.doubling.contains(interval / latestInterval) ? doublings + 1 : 0
    if doublings == CaptureOrder.doublingsByLoss { intervalsDouble = true }
    intervals.add(interval)
    latestInterval = interval
  }

  /// The latest probe may be something else.
  mutating func note(_ doubt: KeepaliveEvent.Probe.Doubt) {
    guard giveUp == nil else { return }
    doubtful = (count: (doubtful?.count ?? 0) + 1, doubt: doubtful?.doubt ?? doubt)
  }

  // MARK: - Answers

  /// The probe that a segment captured at `time` answers: of several, the one whose answer takes as long as those before.
  ///
  /// - Parameters:
  ///   - time: when the segment was captured.
  ///   - roundTrip: nanoseconds from the place of capture to the peer and back, by the handshake; `nil` where not known.
  /// - Returns: the probe; `nil` where none was seen.
  func probe(answeredAt time: Int64, roundTrip: Int64?) -> HeldSegment? {
    guard let latest, !earlier.isEmpty else { return latest }
    let seen = answerDelays.count > 0 ? Int64(answerDelays.shortest * 1e9) : nil
    guard let expected = seen ?? roundTrip else { return latest }
    return (earlier + [latest]).min {
      ((time &- $0.time) - expected).magnitude < ((time &- $1.time) - expected).magnitude
    }
  }

  /// Whether the packets allow no other pairing of an answer with a probe: no other probe waits, or it takes as long as the
  /// path and the answers before say.
  func isCertain(answerAt time: Int64, of probe: HeldSegment, roundTrip: Int64?) -> Bool {
    let delay = time &- probe.time
    guard delay >= 0 else { return true }
    let seen = answerDelays.count > 0 ? Int64(answerDelays.shortest * 1e9) : nil
    guard let expected = seen ?? roundTrip else { return earlier.isEmpty && delay < NetworkPath.likelyRoundTrip }
    return (delay &- expected).magnitude <= max(NetworkPath.delayVariation, expected / 4).magnitude
  }

  /// Takes an answer back that was seen before the probe that it answers, and was taken for the answer to the one before.
  ///
  /// - Returns: whether that can be: its event has not been handed out, or it was no answer yet.
  mutating func takeBack(answer: HeldSegment) -> Bool {
    guard let latest = pendingAnswers.last, latest.segment.frame == answer.frame, latest.segment.file == answer.file
    else { return lastAnswer != FrameKey(file: answer.file, frame: answer.frame) }
    guard latest.event != nil else { return false }
    pendingAnswers.removeLast()
    latestIsWaiting = true
    answered -= 1
    unansweredRun = latest.unansweredRun
    heardAnswerLast = latest.heardAnswerLast
    deafSince = latest.deafSince
    return true
  }

  /// Takes an answer.
  ///
  /// - Parameters:
  ///   - answer: its form, segment, and the probe that it answers.
  ///   - delay: seconds from that probe; `nil` where the capture has the two crosswise.
  ///   - silence: seconds since the peer was last heard, in the capture.
  mutating func note(answer: PendingAnswer, delay: Double?, silence: Double?) {
    guard giveUp == nil else { return }
    switch answer.form {
    case .reset:
      resetAnsweredAt = answer.segment.time
      return
    case .ack:
      answered += 1
      if let delay, answer.isCertain { answerDelays.add(delay) }
    case .data: break  // It ends the doubt without being caused by the probe.
    }
    pendingAnswers.append(answer)
    lastAnswer = FrameKey(file: answer.segment.file, frame: answer.segment.frame)
    earlier.removeAll { $0.time <= answer.probe.time }
    if let latest, latest.time <= answer.probe.time { latestIsWaiting = false }
    unansweredRun = 0
    deafSince = nil
    heardAnswerLast = answer.form == .ack
    longestSilenceSurvived = max(longestSilenceSurvived, silence ?? 0)
  }

  /// The peer was heard, and that was no answer: nothing will tell any more what became of the latest answers.
  ///
  /// - Returns: those.
  mutating func noteOther() -> [PendingAnswer] {
    heardAnswerLast = false
    deafSince = nil
    return takePendingAnswers()
  }

  /// Hands out the answers of which it is not known whether they were accepted.
  mutating func takePendingAnswers() -> [PendingAnswer] {
    defer { pendingAnswers.removeAll(keepingCapacity: true) }
    return pendingAnswers
  }

  /// Whether it is not known of an answer whether the prober accepted it.
  var hasPendingAnswers: Bool { !pendingAnswers.isEmpty }

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
    guard let first = pendingAnswers.first else { return [] }
    guard first.segment.hasTimestamps, segment.traits.contains(.timestamps) else {
      if let latest = pendingAnswers.last, hasFallen(at: segment, after: latest) {
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
        noteUnaccepted(answer, isCertain: isCertain, echo: echo)
      }
      wasHeard = false
      return (answer, isCertain ? false : nil)
    }
  }

  /// Whether the gaps show, where there are no timestamps, that an answer was not accepted: they fall from the longer of
  /// idle time and interval to the interval.
  private func hasFallen(at segment: Segment, after answer: PendingAnswer) -> Bool {
    guard answer.form == .ack, KeepaliveRule.hasForm(segment), let latest, segment.sequence == latest.sequence else {
      return false
    }
    let usual = max(periods.count > 0 ? periods.shortest : 0, idleGaps.count > 0 ? idleGaps.shortest : 0)
    let gap = Double(segment.time &- latest.time) / 1e9
    return usual > 0 && gap >= KeepaliveTimer.shortestGap && gap < usual * KeepaliveTimer.fallenGap
  }

  /// Takes an answer back: the prober did not accept it, and goes on counting.
  private mutating func withdraw(_ answer: PendingAnswer, isCertain: Bool, echo: UInt32?) {
    noteUnaccepted(answer, isCertain: isCertain, echo: echo)
    unansweredRun = answer.unansweredRun
    longestUnansweredRun = max(longestUnansweredRun, unansweredRun)
    heardAnswerLast = answer.heardAnswerLast
    deafSince = answer.heardBefore
  }

  private mutating func noteUnaccepted(_ answer: PendingAnswer, isCertain: Bool, echo: UInt32?) {
    unaccepted += 1
    if unacceptedFrames.count < Self.keptUnaccepted { unacceptedFrames.append(answer.segment.reference) }
    staleEcho = echo
    latestUnaccepted = answer.segment.reference
    unacceptedIsCertain = unaccepted == 1 ? isCertain : unacceptedIsCertain && isCertain
  }

  // MARK: - Ends

  /// Takes the reset by which the kernel gives up: what comes after it changes nothing.
  mutating func note(giveUp held: HeldSegment, silence: Double?) {
    giveUp = held
    giveUpSilence = silence
    if let latest, unansweredRun >= 1 { intervals.add(Double(held.time &- latest.time) / 1e9) }
  }

  mutating func note(windowProbe held: HeldSegment, isCertain: Bool) {
    windowProbes += 1
    if isCertain { certainWindowProbes += 1 }
    if firstWindowProbe == nil { firstWindowProbe = held }
  }
}

/// An answer to a probe, and what was known before it: to go back to, if the prober turns out not to have accepted it.
struct PendingAnswer {
  var segment: HeldSegment
  var form: KeepaliveEvent.Answer.Form
  var probe: HeldSegment
  /// Whether the packets allow no other pairing.
  var isCertain: Bool
  /// Whether its TSval is newer than the TSecr of the probe: only such a one moves the prober's TS.Recent.
  var isNewer: Bool
  /// The prober's unanswered probes before it.
  var unansweredRun: Int
  var heardAnswerLast: Bool
  /// When the prober last heard its peer before.
  var heardBefore: Int64?
  /// The same, where that is earlier than what the capture has of the peer.
  var deafSince: Int64?
  /// The event, where it waits for what the prober made of the answer.
  var event: KeepaliveEvent?
}

/// What may be an answer that the capture has before its probe: an acknowledgment that brings nothing new on an idle
/// connection, with no probe to draw it.
///
/// Two directions of a tap, or two interfaces, may be stamped by clocks that differ.
struct EarlyAnswer {
  var segment: HeldSegment
  /// When its sender was last heard before it; `nil` where that was before the capture.
  var heardBefore: Int64?

  /// Whether it answers `probe`, which stands after it.
  func isCrossed(by probe: HeldSegment) -> Bool {
    (0...NetworkPath.longestCrossing).contains(probe.time &- segment.time)
      && segment.acknowledgment == probe.sequence.advanced(by: 1)
  }
}

/// Segments whose TTL or timestamps differ from what else their sender sent: a box on the path may have sent them in its
/// name.
struct ForeignSegments {

  private(set) var count = 0
  private(set) var timeToLive: UInt8 = 0
  private(set) var usualTimeToLive: UInt8 = 0
  private(set) var lacksTimestamps = false

  /// The same for others to read; `nil` without any.
  var report: ForeignSegmentsReport? {
    count == 0
      ? nil
      : ForeignSegmentsReport(
        count: count, timeToLive: timeToLive, usualTimeToLive: usualTimeToLive, lacksTimestamps: lacksTimestamps)
  }

  /// Takes an answer or a probe.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - latest: the TTL of its sender's latest segment, which may be a foreign one too.
  ///   - lacksTimestamps: whether it has none, though its sender uses them.
  mutating func note(_ segment: HeldSegment, latestTimeToLive latest: UInt8, lacksTimestamps: Bool) {
    let usual = count > 0 ? usualTimeToLive : latest
    let difference = max(segment.timeToLive, usual) - min(segment.timeToLive, usual)
    guard difference > NetworkPath.routeVariation || lacksTimestamps else { return }
    count += 1
    timeToLive = segment.timeToLive
    usualTimeToLive = usual
    self.lacksTimestamps = self.lacksTimestamps || lacksTimestamps
  }

  /// Takes a segment that only the end itself can have sent: if it looks like those that differed, the way has changed.
  mutating func note(own segment: Segment) {
    if segment.timeToLive == timeToLive { self = ForeignSegments() }
  }
}
