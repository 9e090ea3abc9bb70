import PacketWire

/// What the capture tells of one connection.
public struct ConnectionReport: Sendable {
  /// The connection's number, from 1.
  public var number: Int
  /// Who sent the first captured packet.
  public var first: SocketAddress
  /// The other end.
  public var second: SocketAddress
  /// Which side opened the connection.
  public var client: Side
  /// What that is known by.
  public var clientBasis: ClientBasis
  /// What became of it.
  public var verdict: Verdict
  /// The side that the verdict is about: who gave up, reset, closed, waits or probes.
  public var subject: Side
  /// The frame that decided it.
  public var deciding: FrameReference
  /// When its first packet was captured; 0 where the capture has no times.
  public var firstTime: Int64
  /// Whether the capture has times; otherwise nothing is known of silences, probes and settings.
  public var hasTimes = true
  /// Where the capturing host's clock was set.
  public var clockSteps: [ClockStep] = []
  /// When either end was last heard, probes left out; `nil` where that was before the capture.
  public var lastHeard: Int64?
  /// Seconds of silence that the verdict rests on; `nil` where the verdict needs none.
  public var silence: Double?
  /// Whether the silence began before the capture, so that it was at least that long.
  public var silenceIsAtLeast: Bool
  /// What was seen of each end as a prober; only those that probed.
  public var probers: [ProberReport]
  /// Data that was never acknowledged.
  public var stall: Stall?
  /// Data that its receiver acknowledges with a closed window, again and again: it shrank its window over data in flight.
  public var refusedData: Stall?
  /// The first probe of a zero window, how many there were, and how many of them are no keepalives for certain.
  public var windowProbes: (first: FrameReference, count: Int, certain: Int)?
  /// The end whose latest window is 0.
  public var closedWindow: Side?
  /// What speaks for who sent the reset.
  public var reset: ResetReport?
  /// The ends that sent a FIN.
  public var closedBy: [Side]
  /// Which end sent data last, and when, nanoseconds since the epoch; `nil` where no data was captured, or nothing but data.
  public var latestData: (side: Side, time: Int64)?
  /// Seconds without data before the first FIN or reset; `nil` where there was none, or that is not known.
  public var silenceOfDataBeforeEnd: Double?
  /// The long silences that a packet was seen to get through after; `nil` where there was none.
  public var survived: SurvivedSilences?
  /// The silence after which no packet got through any more.
  public var lost: LostSilence?
  /// The probe that was due before the capture ended, and did not come; `nil` where none was.
  public var missedProbe: MissedProbe?
  /// The end of which no packet was captured.
  public var unheard: Side?
  /// Whether the capture missed packets of the connection.
  public var hasGaps: Bool
  /// Segments that are probes or answers, which the capture cannot tell apart.
  public var uncertain: Int
  /// Packets that were captured more than once.
  public var copies: Int
  /// The TTLs of a packet and of its copy, where they differ: routers lie between the two places of capture.
  public var timeToLiveOfCopies: (first: UInt8, again: UInt8)?
  /// Whether answers stand before their probes: the two directions were captured at two places, or stamped by two clocks.
  public var answersComeEarly = false
  /// ICMP errors that quote its packets.
  public var quotedErrors: Int
  /// The same by kinds, in the order captured; no more than a few kinds.
  public var quotedErrorKinds: [QuotedErrorKind]
  /// Another connection of the capture that is this one, captured at another place; `nil` where there is none.
  public var sameConnection: SameConnection?
  /// Resets, FINs and SYNs that their receiver did not accept.
  public var ignored: Int
  /// The first of those, and why.
  public var firstIgnored: (frame: FrameReference, what: KeepaliveEvent.Ignored)?

  /// Whether a socket is connected to itself (a simultaneous open with itself, RFC 9293 §3.5): it has no other end.
  public var isToItself: Bool { first == second }

  /// Whether a SYN shows which end is the client.
  public var clientIsCertain: Bool { clientBasis == .syn }

  /// The two ends as client and server.
  public var clientAddress: SocketAddress { address(client) }
  /// The end that was opened to.
  public var serverAddress: SocketAddress { address(client.peer) }

  /// The address of a side.
  public func address(_ side: Side) -> SocketAddress { side == .first ? first : second }

  /// What a side is called.
  public func role(_ side: Side) -> String { side == client ? "client" : "server" }
}

/// What shows which end of a connection is the client.
public enum ClientBasis: Hashable, Sendable {
  /// A SYN was captured.
  case syn
  /// So many connections share the other end: that is a server's.
  case sharedEnd(connections: Int)
  /// Nothing but the ports: a client's is higher, as a rule.
  case higherPort
}

/// ICMP errors of one kind: with the same type, code and reporter, about the same sort of segments of one end.
public struct QuotedErrorKind: Sendable {
  /// Whose segments are quoted: whose kernel takes the errors.
  public var side: Side
  /// The first.
  public var first: KeepaliveEvent.QuotedError
  /// The latest.
  public var latest: FrameReference
  /// How many.
  public var count: Int

  /// Whether an error about a segment of `side` is of this kind.
  func includes(_ error: KeepaliveEvent.QuotedError, about side: Side) -> Bool {
    self.side == side && first.isLike(error) && first.quoted == error.quoted
  }
}

/// Silences of at least 30 s after which a packet got through.
public struct SurvivedSilences: Sendable {
  /// The longest, in seconds.
  public var longest: Double
  /// How many there were.
  public var count: Int

  /// Those of a connection; `nil` where there was none.
  init?(_ silences: Silences) {
    guard silences.survived > 0 else { return nil }
    longest = Double(silences.longestSurvived) / 1e9
    count = silences.survived
  }

  /// These and others.
  public func joined(with others: SurvivedSilences) -> SurvivedSilences {
    var all = self
    all.longest = max(longest, others.longest)
    all.count += others.count
    return all
  }
}

/// A silence after which no packet got through.
public struct LostSilence: Sendable {
  /// In seconds.
  public var length: Double
  /// Whether it began before the capture, so that it was at least that long.
  public var isAtLeast: Bool
  /// The packet that ended it.
  public var frame: FrameReference
  /// Whether a reset answered it; otherwise nothing did.
  public var wasRefused: Bool
}

/// Data that was never acknowledged.
public struct Stall: Sendable {
  /// Who sent it.
  public var side: Side
  /// When and where it was first sent, as far as the capture shows.
  public var sent: FrameReference
  /// Octets unacknowledged.
  public var octets: Int
  /// How often it was sent again.
  public var retransmissions: Int
}

/// What speaks for who sent a reset.
public struct ResetReport: Sendable {
  /// Whose address it carries.
  public var side: Side
  /// The reset.
  public var frame: FrameReference
  /// Its TTL or hop limit.
  public var timeToLive: UInt8
  /// The TTL of that end's packets before; `nil` where none was captured.
  public var usualTimeToLive: UInt8?
  /// Whether the two differ by more than routes do, so that a box on the path may have sent it.
  public var hasForeignTimeToLive: Bool { usualTimeToLive.map { ForeignSegments.differ(timeToLive, $0) } ?? false }
  /// Whether its IP identification goes on where that end's last one stopped; `nil` where that cannot be told.
  public var continuesIdentification: Bool?
  /// Whether it answers a probe.
  public var answersProbe: Bool
  /// Whether the other end reset the connection too.
  public var isOfBothEnds: Bool
  /// The FIN that the same end had sent before; `nil` where there is none.
  public var finBefore: FrameReference?
  /// The latest packet of its receiver, where that comes so late after it that the receiver may not have accepted it.
  public var receiverWentOn: FrameReference?
}

/// What was seen of one end as a prober, and what that allows its settings to be.
public struct ProberReport: Sendable {
  /// Which side probes.
  public var side: Side
  /// Probes seen.
  public var probes: Int
  /// Those answered by an acknowledgment.
  public var answered: Int
  /// Those in a row at the end that were not answered.
  public var unanswered: Int
  /// The most in a row that were not answered.
  public var longestUnanswered: Int
  /// The latest probe.
  public var latest: FrameReference
  /// Whether its probes carry a garbage octet.
  public var sendsGarbage: Bool
  /// Whether its probes lack the timestamps option that its other segments have.
  public var omitsTimestamps: Bool
  /// The TTL or hop limit of its packets, as captured.
  public var timeToLive: UInt8
  /// TCP_KEEPIDLE; `nil` where no first probe after other traffic was seen.
  public var idle: SettingRange?
  /// TCP_KEEPINTVL; `nil` unless a probe stayed unanswered: only then does the interval show; and where the gaps between
  /// those probes are of no single setting.
  public var interval: SettingRange?
  /// What the gaps between unanswered probes measure, in seconds; `nil` where there is none, or they are not alike.
  public var intervalGap: Double?
  /// The gaps between unanswered probes, where they double.
  public var doublingGaps: DoublingGaps?
  /// TCP_KEEPCNT; `nil` where the gaps double: a stack whose do gives up after a total time.
  public var count: SettingRange?
  /// TCP_USER_TIMEOUT that would have ended it alike; `nil` without a give-up.
  public var userTimeout: SettingRange?
  /// While every probe is answered: the longer of idle time and interval.
  public var period: SettingRange?
  /// The shortest and longest time from probe to answer, in seconds.
  public var answerDelay: ClosedRange<Double>?
  /// The longest silence in seconds that an answer ended.
  public var longestSilenceSurvived: Double
  /// Answers in the capture that the prober did not accept.
  public var unaccepted: Int
  /// The latest of those.
  public var latestUnaccepted: FrameReference?
  /// Whether the prober's own timestamps show that, and not its gaps alone.
  public var unacceptedIsCertain: Bool
  /// The first few of them.
  public var unacceptedFrames: [FrameReference] = []
  /// The TSecr that the prober went on sending while they brought newer TSvals; `nil` where the gaps alone tell.
  public var staleEcho: UInt32?
  /// Answers that do not look like their end's own; `nil` where all do.
  public var foreignAnswers: ForeignSegmentsReport?
  /// Probes that do not look like their end's own; `nil` where all do.
  public var foreignProbes: ForeignSegmentsReport?
  /// How many of its probes may be something else, and what the first of them; `nil` where all are certain.
  public var doubtful: (count: Int, doubt: KeepaliveEvent.Probe.Doubt)?
  /// The give-up.
  public var giveUp: FrameReference?
}

extension ProberReport {
  /// Where the other end's packets are not in the capture, its answers may not be either: then the gaps between probes are of an
  /// interval, or of the longer of idle time and interval, and how many were unanswered is not known.
  mutating func forgetInterval() {
    guard giveUp == nil, interval != nil else { return }
    (period, interval, intervalGap, count) = (interval, nil, nil, nil)
  }
}

/// Gaps between unanswered probes that double, as a retransmission timer's do: illumos' and Solaris' (tcp_timers.c).
public struct DoublingGaps: Sendable {
  /// The first, in seconds.
  public var shortest: Double
  /// What they grew to.
  public var longest: Double
  /// From the first unanswered probe to the give-up, or to the latest probe where there was none.
  public var total: Double
}

/// Answers or probes whose TTL or timestamps differ from what else their sender sent: a box on the path may have sent them
/// in its name.
public struct ForeignSegmentsReport: Sendable {
  /// How many.
  public var count: Int
  /// Their TTL or hop limit.
  public var timeToLive: UInt8
  /// The TTL of that end's other packets.
  public var usualTimeToLive: UInt8
  /// Whether they lack the timestamps that end uses.
  public var lacksTimestamps: Bool
}
