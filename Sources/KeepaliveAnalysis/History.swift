import PacketWire

/// What is kept of a connection with probes, resets after a silence, or retransmissions, beside its compact record.
///
/// What was seen of each end as a prober stands beside it, in the analyzer's `probers`: looks at a member of one are frequent,
/// and must not copy it.
struct History {
  /// Packets captured more than once.
  var copies = 0
  /// ICMP errors that quote one of its segments.
  var quotedErrors = 0
  /// Segments up to this time were seen before: the file is joined to itself, or to another capture of the same packets.
  var repeatedUntil: Int64?
  /// The reset that ended it.
  var reset: ResetEvidence?
  /// When data was last seen, from either end; `nil` where none was.
  var latestDataTime: Int64?
  /// Nanoseconds without data before the first FIN or reset.
  var silenceOfDataBeforeEnd: Int64?
}

/// A connection's history and its two probers, copied out for a report.
struct WholeHistory {
  var connection = History()
  var first = ProberHistory()
  var second = ProberHistory()

  subscript(side: Side) -> ProberHistory { side == .first ? first : second }
}

extension KeepaliveAnalyzer {
  /// Where the prober `side` of a history stands in `probers`.
  @inline(__always)
  static func place(_ history: Int, _ side: Side) -> Int { history &* 2 &+ side.rawValue }

  /// All that is kept of a connection beside its record.
  func wholeHistory(_ record: Connection) -> WholeHistory {
    guard record.history >= 0 else { return WholeHistory() }
    let history = Int(record.history)
    return WholeHistory(
      connection: histories[history], first: probers[Self.place(history, .first)],
      second: probers[Self.place(history, .second)])
  }
}

/// What was seen of one end as a prober.
struct ProberHistory {
  /// The latest keepalive probe.
  var lastProbe: HeldSegment?
  /// Whether that is still unanswered.
  var isAwaitingAnswer = false
  /// Probes in a row that were not answered.
  var unansweredRun = 0
  var longestUnansweredRun = 0
  var probes = 0
  var answered = 0
  /// Seconds from probe to answer.
  var answerDelays = GapStatistics()
  /// From the peer's last segment, where that was no answer, to the first probe: the idle time.
  var idleGaps = GapStatistics()
  /// From an answer to the next probe: the longer of idle time and interval.
  var periods = GapStatistics()
  /// Between probes that were not answered: the interval.
  var intervals = GapStatistics()
  /// The latest of those gaps, in seconds.
  var latestInterval = 0.0
  /// When a reset last answered a probe.
  var resetAnsweredAt: Int64?
  /// Whether the last thing heard from the peer was an answer.
  var heardAnswerLast = false
  /// The longest silence in seconds that ended with an answer.
  var longestSilenceSurvived = 0.0
  var giveUp: HeldSegment?
  /// At the give-up: seconds since the peer was last heard, and since then to the last probe.
  var giveUpSilence: Double?
  var lastProbeSilence: Double?
  /// Whether its probes carry a garbage octet.
  var sendsGarbage = false
  /// Whether its probes lack the timestamps option that its other segments have.
  var omitsTimestamps = false
  var windowProbes = 0
  var firstWindowProbe: HeldSegment?
  var zeroWindow = ZeroWindow()
  var uncertain = UncertainRun()
  /// The latest few segments that mattered, to recognise their copies.
  var recent = RecentSegments()
  /// The data at SND.UNA, where that was retransmitted.
  var retransmitted: UnacknowledgedData?

  /// Whether a reset answered the latest probe.
  ///
  /// The prober may not have heard it: then it goes on probing, and gives up in the end.
  var isAnsweredByReset: Bool {
    guard let resetAnsweredAt, let lastProbe else { return false }
    return resetAnsweredAt >= lastProbe.time
  }
}

/// Data that is retransmitted because no acknowledgment comes.
struct UnacknowledgedData {
  /// When it was sent first, and in which frame.
  var time: Int64
  var frame: Int
  /// How often it was sent again.
  var retransmissions = 0
}

/// The latest few segments of one end that mattered.
///
/// Four are enough for a packet that is seen on a bridge, on its ports and on `any`, between its answer's copies.
struct RecentSegments {
  private static let limit = 4
  private var segments: [HeldSegment] = []

  mutating func add(_ segment: Segment) { add(HeldSegment(segment)) }

  mutating func add(_ segment: HeldSegment) {
    if segments.count == Self.limit { segments.removeFirst() }
    segments.append(segment)
  }

  func contains(_ segment: Segment) -> Bool {
    for earlier in segments where earlier.isRepeated(by: segment) { return true }
    return false
  }
}

/// What speaks for who sent a reset.
struct ResetEvidence {
  var side: Side
  var frame: Int
  var file: UInt16
  var time: Int64
  var timeToLive: UInt8
  /// The TTL of the same end's segments before; `nil` where there was none.
  var usualTimeToLive: UInt8?
  /// Whether its IP identification goes on where the end's last one stopped; `nil` where it has none.
  var continuesIdentification: Bool?
  /// Whether it answers a probe.
  var answersProbe: Bool
}
