import PacketWire

/// What few probers need beside what each has: probes and answers that were lost, late or refused, zero windows, and doubts.
struct ProberDetails {
  /// Probes before the latest that may still be answered: a round trip may be longer than the interval.
  var earlier: [HeldSegment] = []
  /// Answers of which it is not known whether the prober accepted them, where there is more to keep than the prober has room for.
  var pendingAnswers: [PendingAnswer] = []
  /// When the prober last heard its peer, where that is earlier than what the capture has of the peer.
  var deafSince: Int64?
  /// Answers that the prober did not accept.
  var unaccepted = UnacceptedAnswers()
  /// The gaps between probes that were not answered.
  var unanswered = UnansweredGaps()
  /// The gaps of probes with an octet.
  var evenness = GapEvenness()
  /// When a reset last answered a probe.
  var resetAnsweredAt: Int64?
  /// The reset by which the kernel gave up; and seconds since the peer was last heard then.
  var giveUp: HeldSegment?
  var giveUpSilence: Double?
  /// What answers look like that are not their end's own; and the same of its own probes.
  var foreignAnswers = ForeignSegments()
  var foreignProbes = ForeignSegments()
  /// Probes of the peer's zero window, those of them that are no keepalives for certain, and the first.
  var windowProbes = 0
  var certainWindowProbes = 0
  var firstWindowProbe: HeldSegment?
  var zeroWindow = ZeroWindow()
  var uncertain = UncertainRun()
  /// Of the end's latest segments that mattered those whose copies may still come, beside its latest probe and answer.
  var recent = RecentSegments()

  /// Whether nothing stands here that anybody will ask for, where none of it needs a closer look either.
  var isDispensable: Bool {
    unaccepted.count == 0 && unanswered.statistics.count == 0 && !evenness.isKnown
      && windowProbes == 0 && recent.isEmpty
  }

  /// Whether each of the connection's segments has to be looked at in the light of these; a copy is known by `recent` alone.
  var needCloserLook: Bool {
    !earlier.isEmpty || !pendingAnswers.isEmpty || deafSince != nil || resetAnsweredAt != nil || giveUp != nil
      || foreignAnswers.count > 0 || foreignProbes.count > 0 || !zeroWindow.isIdle || !uncertain.isEmpty
  }
}

/// Answers in the capture that their prober did not accept.
struct UnacceptedAnswers {
  /// Frames that are kept as proof.
  private static let kept = 8

  private(set) var count = 0
  private(set) var latest: FrameReference?
  /// Whether that rests neither on the gaps alone, nor on a round trip that is not known.
  private(set) var isCertain = true
  /// The first few of them.
  private(set) var frames: [FrameReference] = []
  /// The TSecr that the prober went on sending while they brought newer TSvals; `nil` where the gaps alone tell.
  private(set) var staleEcho: UInt32?

  mutating func add(_ frame: FrameReference, isCertain: Bool, echo: UInt32?) {
    count += 1
    if frames.count < Self.kept { frames.append(frame) }
    staleEcho = echo
    latest = frame
    self.isCertain = count == 1 ? isCertain : self.isCertain && isCertain
  }
}

/// The gaps between probes that were not answered: the interval.
struct UnansweredGaps {
  private(set) var statistics = GapStatistics()
  /// The latest of them, in seconds.
  private(set) var latest = 0.0
  /// How many of them in a row were twice as long as the one before.
  private var doublings = 0
  /// Whether they double as a retransmission timer's do (illumos and Solaris, tcp_timers.c).
  private(set) var double = false
  /// When the first of the unanswered probes was sent, where there was a second.
  private(set) var runBegan: Int64 = 0
  /// From when the peer was last heard to the last probe that followed another; in seconds.
  var lastProbeSilence: Double?

  mutating func begin(at time: Int64) { runBegan = time }

  mutating func add(_ interval: Double) {
    doublings = KeepaliveTimer.doubling.contains(interval / latest) ? doublings + 1 : 0
    if doublings == CaptureOrder.doublingsByLoss { double = true }
    statistics.add(interval)
    latest = interval
  }

  /// Takes the gap from the last probe to the give-up.
  mutating func addLast(_ gap: Double) { statistics.add(gap) }
}

/// Whether probes come evenly.
///
/// One octet sent again and again at doubling gaps may be data whose acknowledgments got lost (RFC 6298 §5.5), and there are
/// stacks whose probes come at doubling gaps too (illumos, tcp_timers.c): where the capture does not have the octet's
/// first sending, only even gaps tell.
struct GapEvenness {
  /// The latest gap, in nanoseconds.
  private var latest: Int64 = 0
  private var latestIsEven = false

  /// Whether a gap was seen.
  var isKnown: Bool { latest != 0 }

  mutating func note(_ gap: Int64) {
    latestIsEven = isLikeLatest(gap)
    latest = gap
  }

  /// Whether a probe comes as evenly as those before: its gap is like the latest, and that was like the one before.
  func fits(_ gap: Int64) -> Bool { latestIsEven && isLikeLatest(gap) }

  private func isLikeLatest(_ gap: Int64) -> Bool {
    latest > 0 && gap < latest / 10 &* 13 && latest < gap / 10 &* 13
  }
}
