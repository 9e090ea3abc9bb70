import PacketWire

/// What was seen of one end as a prober: what each probe and each answer touches, and no more.
///
/// A million of them are kept, so each stands in a few cache lines; what few need is in `ProberDetails`.
struct ProberRecord {
  /// The latest keepalive probe.
  var latest: HeldSegment?
  var side: Side
  var doubt: KeepaliveEvent.Probe.Doubt?
  var marks: ProberMarks = []
  /// The peer's latest bare acknowledgment: the answer to the latest probe, or one to the next that the capture has before it.
  var answer: HeldSegment?
  /// For each end the tick of its TSval in nanoseconds; 0 while no silence has told it.
  var tickOfFirst: UInt32 = 0
  var tickOfSecond: UInt32 = 0
  /// Probes in a row that the prober counts as unanswered, as far as the capture shows.
  var unansweredRun: UInt32 = 0
  /// The same before `answer`.
  var runBeforeAnswer: UInt32 = 0
  var probes: UInt32 = 0
  var answered: UInt32 = 0
  var longestUnansweredRun: UInt32 = 0
  /// How many of its probes may be something else; `doubt` says what the first of them.
  var doubtfulProbes: UInt32 = 0
  /// The frame of `cause`.
  var causeFrame: UInt32 = 0
  /// When the peer was last heard before `answer`, or `unknown`.
  var answerHeardBefore: Int64 = Self.unknown
  var causeTime: Int64 = Self.unknown
  /// From the peer's last segment, where that was no answer, to the first probe: the idle time.
  var idleGaps = GapStatistics()
  /// From an answer to the next probe: the longer of idle time and interval.
  var periods = GapStatistics()
  /// Seconds from probe to answer.
  var answerDelays = GapStatistics()
  /// The longest silence in seconds that ended with an answer.
  var longestSilenceSurvived = 0.0
  // What follows is of the whole connection; where both ends are probers it stands in the first.

  /// The length of the silence that the connection's latest packet ended, in nanoseconds, while it is open whether that packet
  /// got through; 0 without one.
  var openSilence: Int64 = 0
  /// The silences that were survived, and the longest of them in nanoseconds; others are in `Remarks`.
  var longestSilence: Int64 = 0
  var silences: UInt32 = 0
  /// The round trips from the place of capture to each end, as `ConnectionEnds` have them.
  var roundTrips: RoundTrips
  /// The connection's index.
  var connection: UInt32
  /// The place of the peer as a prober, or 0.
  var other: Int32 = 0
  /// The place of the prober's own details, or 0.
  var details: Int32 = 0

  static let unknown = Int64.min

  init(_ subject: Subject, _ roundTrips: RoundTrips) {
    side = subject.side
    connection = UInt32(truncatingIfNeeded: subject.index)
    self.roundTrips = roundTrips
  }

  /// What stands for the ends that are no probers.
  static var none: ProberRecord { ProberRecord(Subject(index: 0, side: .first, prober: 0), RoundTrips()) }

  /// Nanoseconds from the place of capture to an end and back; `nil` where the handshake was not captured.
  @inline(__always)
  func roundTrip(to side: Side) -> Int64? { roundTrips[side] }

  // MARK: - What is known

  /// Whether nothing is known of it that a later segment could rest on.
  var isIdle: Bool { !hasEvidence && !marks.contains(.hasCause) }

  /// Whether a segment is kept of it, or details are.
  var hasEvidence: Bool { details > 0 || latest != nil || answer != nil }

  /// Whether a reset that was last seen at a time, if ever, answered the latest probe.
  func isAnswered(byReset time: Int64?) -> Bool {
    guard let time, let latest else { return false }
    return time >= latest.time
  }

  /// Whether a probe waits for an answer.
  var isAwaitingAnswer: Bool { !marks.isDisjoint(with: [.latestIsWaiting, .hasEarlier]) }

  /// The peer's latest segment that brought something new, where only bare repetitions came after it.
  var cause: (time: Int64?, frame: Int)? {
    get {
      marks.contains(.hasCause) ? (causeTime == Self.unknown ? nil : causeTime, Int(causeFrame)) : nil
    }
    set {
      guard let newValue else {
        marks.remove(.hasCause)
        return
      }
      marks.insert(.hasCause)
      causeTime = newValue.time ?? Self.unknown
      causeFrame = UInt32(truncatingIfNeeded: newValue.frame)
    }
  }

  /// The answer that `answer` is; `nil` where it is none so far.
  var takenAnswer: HeldSegment? { marks.contains(.answerIsTaken) ? answer : nil }

  /// What may be an answer that the capture has before its probe.
  var early: EarlyAnswer? {
    guard marks.contains(.answerIsEarly), let answer else { return nil }
    return EarlyAnswer(
      segment: answer, heardBefore: answerHeardBefore == Self.unknown ? nil : answerHeardBefore,
      newBefore: cause?.time, frameBefore: Int(causeFrame))
  }

  /// How many of its probes may be something else, and what the first of them.
  var doubtful: (count: Int, doubt: KeepaliveEvent.Probe.Doubt)? { doubt.map { (Int(doubtfulProbes), $0) } }

  /// Takes what was kept of the peer while this was no prober: its latest segment is a bare acknowledgment of old.
  mutating func note(repetition: EarlyAnswer) {
    cause = (repetition.newBefore, repetition.frameBefore)
    guard repetition.isIdle else { return }
    answer = repetition.segment
    answerHeardBefore = repetition.heardBefore ?? Self.unknown
    marks.insert(.answerIsEarly)
  }

  // MARK: - Probes

  /// Takes a probe after one that was answered, so many seconds after the peer was last heard.
  @inline(__always)
  mutating func take(probe: HeldSegment, after silence: Double) {
    if marks.contains(.heardAnswerLast) { periods.add(silence) } else { idleGaps.add(silence) }
    take(latest: probe)
    marks.remove(.answerIsEarly)
  }

  @inline(__always)
  mutating func take(latest probe: HeldSegment) {
    if let latest, probe.time &- latest.time >= KeepaliveTimer.shortestIdle { marks.insert(.hasProbesApart) }
    latest = probe
    marks.insert(probe.payloadLength > 0 ? [.latestIsWaiting, .sendsGarbage] : .latestIsWaiting)
    probes &+= 1
    unansweredRun &+= 1
    longestUnansweredRun = max(longestUnansweredRun, unansweredRun)
  }

  // MARK: - Answers

  /// Whether the packets allow no other pairing of an answer with a probe: no other probe waits, or it takes as long as the
  /// path and the answers before say.
  @inline(__always)
  func isCertain(answerAt time: Int64, of probe: HeldSegment, roundTrip: Int64?) -> Bool {
    let delay = time &- probe.time
    guard delay >= 0 else { return true }
    guard let expected = expectedDelay(roundTrip) else {
      return !marks.contains(.hasEarlier) && delay < NetworkPath.likelyRoundTrip
    }
    return (delay &- expected).magnitude <= max(NetworkPath.delayVariation, expected / 4).magnitude
  }

  @inline(__always)
  func expectedDelay(_ roundTrip: Int64?) -> Int64? {
    answerDelays.count > 0 ? Int64(answerDelays.shortest * 1e9) : roundTrip
  }

  /// Takes the answer to the latest probe, the only one that waits.
  ///
  /// - Parameters:
  ///   - segment: the answer.
  ///   - heardBefore: when the peer was last heard before it.
  ///   - isNewer: whether its TSval is newer than the TSecr of the probe.
  ///   - waitsToBeTold: whether its event waits for what the prober makes of it.
  @inline(__always)
  mutating func take(answer segment: HeldSegment, heardBefore: Int64, isNewer: Bool, waitsToBeTold: Bool) {
    guard let latest else { return }
    answerDelays.add(Double(segment.time &- latest.time) / 1e9)
    longestSilenceSurvived = max(longestSilenceSurvived, Double(segment.time &- heardBefore) / 1e9)
    answered &+= 1
    answer = segment
    answerHeardBefore = heardBefore
    runBeforeAnswer = unansweredRun
    unansweredRun = 0
    var after = marks.subtracting([
      .latestIsWaiting, .answerIsNewer, .heardAnswerBefore, .answerWaitsToBeTold,
    ])
    after.formUnion([.answerIsEarly, .answerIsTaken, .answerIsPending, .answerIsCertain, .heardAnswerLast])
    if marks.contains(.heardAnswerLast) { after.insert(.heardAnswerBefore) }
    if isNewer { after.insert(.answerIsNewer) }
    if waitsToBeTold { after.insert(.answerWaitsToBeTold) }
    marks = after
  }

  /// The one of them for which there is room.
  var pendingAnswer: PendingAnswer? {
    guard marks.contains(.answerIsPending), let answer, let latest else { return nil }
    return PendingAnswer(
      segment: answer, form: .ack, probe: latest, isCertain: marks.contains(.answerIsCertain),
      isNewer: marks.contains(.answerIsNewer), unansweredRun: runBeforeAnswer,
      heardAnswerLast: marks.contains(.heardAnswerBefore),
      heardBefore: answerHeardBefore == Self.unknown ? nil : answerHeardBefore, deafSince: nil,
      waitsToBeTold: marks.contains(.answerWaitsToBeTold), knownBy: nil)
  }

  /// Keeps an answer until it is known whether the prober accepted it.
  ///
  /// - Parameters:
  ///   - pending: the answer, to the latest probe.
  ///   - isInPlace: whether its segment is `answer` already.
  mutating func keep(_ pending: PendingAnswer, isInPlace: Bool) {
    if !isInPlace {
      answer = pending.segment
      marks.remove(.answerIsEarly)
    }
    answerHeardBefore = pending.heardBefore ?? Self.unknown
    runBeforeAnswer = pending.unansweredRun
    marks.subtract([.answerIsCertain, .answerIsNewer, .heardAnswerBefore, .answerWaitsToBeTold])
    marks.insert([.answerIsTaken, .answerIsPending])
    if pending.isCertain { marks.insert(.answerIsCertain) }
    if pending.isNewer { marks.insert(.answerIsNewer) }
    if pending.heardAnswerLast { marks.insert(.heardAnswerBefore) }
    if pending.waitsToBeTold { marks.insert(.answerWaitsToBeTold) }
  }

  /// The latest answer was accepted, or nothing will tell.
  @inline(__always)
  mutating func settleAnswer() { marks.remove(.answerIsPending) }

  /// Whether a gap before a probe, in seconds, is too short for the longer of idle time and interval.
  @inline(__always)
  func gapHasFallen(_ gap: Double) -> Bool {
    let usual = max(periods.count > 0 ? periods.shortest : 0, idleGaps.count > 0 ? idleGaps.shortest : 0)
    return usual > 0 && gap >= KeepaliveTimer.shortestGap && gap < usual * KeepaliveTimer.fallenGap
  }

  // MARK: - The whole connection

  /// The tick of an end's TSval, in nanoseconds, once a silence has told it.
  @inline(__always)
  subscript(tickOf side: Side) -> Int64? {
    get {
      let tick = side == .first ? tickOfFirst : tickOfSecond
      return tick == 0 ? nil : Int64(tick)
    }
    set {
      let tick = UInt32(clamping: newValue ?? 0)
      if side == .first { tickOfFirst = tick } else { tickOfSecond = tick }
    }
  }

  /// Whether the connection's latest packet ended a silence, and the other end has not been heard since.
  var hasOpenSilence: Bool { openSilence > 0 }

  /// A packet ended a silence of so many nanoseconds.
  @inline(__always)
  mutating func open(silence: Int64, endedBy side: Side, isProbe: Bool) {
    openSilence = silence
    marks.subtract([.silenceEndedByFirst, .silenceEndedByProbe])
    if side == .first { marks.insert(.silenceEndedByFirst) }
    if isProbe { marks.insert(.silenceEndedByProbe) }
  }

  /// Which end sent the packet that ended the open silence.
  var sideOfOpenSilence: Side { marks.contains(.silenceEndedByFirst) ? .first : .second }

  /// The packet that ended the silence got through.
  @inline(__always)
  mutating func surviveOpenSilence() {
    longestSilence = max(longestSilence, openSilence)
    silences &+= 1
    openSilence = 0
  }

  /// Its silence is kept elsewhere from now on.
  mutating func forgetOpenSilence() { openSilence = 0 }

  /// The open silence, `nil` without one.
  ///
  /// - Parameters:
  ///   - record: the connection, as it is since the packet that ended it.
  ///   - probe: the latest probe of the end that sent that packet.
  /// - Returns: the silence.
  func openSilence(_ record: Connection, _ probe: HeldSegment?) -> Silences.Ended? {
    guard hasOpenSilence else { return nil }
    let side = sideOfOpenSilence
    let other = FrameReference(
      frame: Int(record[side].lastFrame), file: record.lastFile, time: record[side].lastTime)
    let frame = marks.contains(.silenceEndedByProbe) ? probe?.reference ?? other : other
    return Silences.Ended(side: side, length: openSilence, frame: frame)
  }
}

/// What is so of a prober, or is not.
struct ProberMarks: OptionSet {
  let rawValue: UInt32
  /// The latest probe is still to be answered.
  static var latestIsWaiting: ProberMarks { ProberMarks(rawValue: 1) }
  /// The last thing heard from the peer was an answer.
  static var heardAnswerLast: ProberMarks { ProberMarks(rawValue: 2) }
  /// Its probes carry a garbage octet.
  static var sendsGarbage: ProberMarks { ProberMarks(rawValue: 4) }
  /// Its probes lack the timestamps option that its other segments have.
  static var omitsTimestamps: ProberMarks { ProberMarks(rawValue: 8) }
  /// Answers were seen before their probes.
  static var answersComeEarly: ProberMarks { ProberMarks(rawValue: 16) }
  /// There is a `cause`.
  static var hasCause: ProberMarks { ProberMarks(rawValue: 32) }
  /// Of `answer`: it may be one to the next probe, which the capture has after it.
  static var answerIsEarly: ProberMarks { ProberMarks(rawValue: 64) }
  /// Of `answer`: it was taken as the answer to a probe.
  static var answerIsTaken: ProberMarks { ProberMarks(rawValue: 128) }
  /// Of `answer`: it is not known whether the prober accepted it.
  static var answerIsPending: ProberMarks { ProberMarks(rawValue: 256) }
  /// Of `answer`: the packets allow no other pairing.
  static var answerIsCertain: ProberMarks { ProberMarks(rawValue: 512) }
  /// Of `answer`: its TSval is newer than the TSecr of the probe.
  static var answerIsNewer: ProberMarks { ProberMarks(rawValue: 1024) }
  /// The last thing heard from the peer before `answer` was an answer.
  static var heardAnswerBefore: ProberMarks { ProberMarks(rawValue: 2048) }
  /// Of `answer`: its event waits for what the prober made of it.
  static var answerWaitsToBeTold: ProberMarks { ProberMarks(rawValue: 4096) }
  /// The connection's segments have to be looked at in the light of the details.
  static var needsCloserLook: ProberMarks { ProberMarks(rawValue: 8192) }
  /// Segments of the end are kept whose copies may still come.
  static var keepsRecent: ProberMarks { ProberMarks(rawValue: 1 << 19) }
  /// Probes before the latest may still be answered.
  static var hasEarlier: ProberMarks { ProberMarks(rawValue: 1 << 16) }
  /// Two of its probes came at least a second apart.
  static var hasProbesApart: ProberMarks { ProberMarks(rawValue: 1 << 18) }
  /// The peer is a prober too, or something is open of it as one.
  static var peerProbes: ProberMarks { ProberMarks(rawValue: 1 << 17) }
  /// Of the open silence: the first side ended it.
  static var silenceEndedByFirst: ProberMarks { ProberMarks(rawValue: 16384) }
  /// Of the open silence: a probe ended it.
  static var silenceEndedByProbe: ProberMarks { ProberMarks(rawValue: 32768) }
}
