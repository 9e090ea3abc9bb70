import PacketWire

/// Which end of a connection: the sender of its first captured packet, or the other.
public enum Side: Int, Hashable, Sendable {
  /// The sender of the first captured packet.
  case first = 0
  /// The other end.
  case second = 1

  /// The other side.
  @inline(__always) public var peer: Side { self == .first ? .second : .first }
}

/// What every packet of a connection needs to know of one end: RFC 9293's variables (§3.3.1) as an observer sees them.
struct Endpoint {
  /// SND.NXT as observed: the highest SEG.SEQ + SEG.LEN from this end, or what the peer acknowledged beyond it.
  var nextToSend = SequenceNumber(0)
  /// SND.UNA: the peer's highest SEG.ACK.
  var oldestUnacknowledged = SequenceNumber(0)
  /// When this end last sent anything but a keepalive or window probe; nanoseconds since the epoch.
  var lastTime: Int64 = 0
  /// The frame of that segment.
  var lastFrame: UInt32 = 0
  /// The latest TSval.
  var timestampValue: UInt32 = 0
  /// The latest SEG.WND, unscaled; a reset's means nothing and is left out.
  var window: UInt16 = 0
  /// The latest IPv4 identification.
  var identification: UInt16 = 0
  /// The TTL or hop limit of the latest segment.
  var timeToLive: UInt8 = 0
  var knowledge: EndpointKnowledge = []
  /// The VLANs and virtual networks that its first segment was captured in, in 16 bits; 0 where none was.
  var network: UInt16 = 0

  /// Whether `segment` was captured in the network of this end's first, as far as that is known.
  func isInNetwork(of segment: Segment) -> Bool { network == 0 || network == Connection.folded(segment.network) }

  /// Whether everything sent was acknowledged, as far as the capture shows.
  @inline(__always) var hasNothingInFlight: Bool { nextToSend == oldestUnacknowledged }

  /// The same, also where the capture does not show it.
  var mayHaveNothingInFlight: Bool {
    hasNothingInFlight || !knowledge.isSuperset(of: [.nextToSend, .acknowledged])
  }
}

/// What is known of an end.
struct EndpointKnowledge: OptionSet {
  let rawValue: UInt8
  /// A segment from this end was seen.
  static var heard: EndpointKnowledge { EndpointKnowledge(rawValue: 1) }
  /// `nextToSend` rests on a SYN, data, a FIN or the peer's acknowledgment, not on an empty segment alone.
  static var nextToSend: EndpointKnowledge { EndpointKnowledge(rawValue: 2) }
  /// The peer acknowledged something: `oldestUnacknowledged` holds.
  static var acknowledged: EndpointKnowledge { EndpointKnowledge(rawValue: 4) }
  /// A FIN was seen.
  static var fin: EndpointKnowledge { EndpointKnowledge(rawValue: 8) }
  /// A reset was seen.
  static var reset: EndpointKnowledge { EndpointKnowledge(rawValue: 16) }
  /// A segment other than a probe was seen: `lastTime` holds.
  static var lastTime: EndpointKnowledge { EndpointKnowledge(rawValue: 32) }
  /// Timestamps are in use.
  static var timestamps: EndpointKnowledge { EndpointKnowledge(rawValue: 64) }
}

/// The compact record of a connection: what every packet touches, and no more.
///
/// 96 octets, so that a packet touches two cache lines, or three. What only a connection's first and last packets need is in
/// `ConnectionEnds`; what only connections with probes need is in `Prober`, to which `prober` points; what is kept of few is
/// in `Remarks`.
struct Connection {
  /// The first side's and the second's: an array, because which of the two sends next cannot be predicted, and an index
  /// costs no branch.
  private var endpoints = InlineArray<2, Endpoint>(repeating: Endpoint())
  /// The IPv4 addresses; for IPv6, `firstAddress` is an index into the table's long addresses.
  var firstAddress: UInt32 = 0
  var secondAddress: UInt32 = 0
  var firstPort: UInt16 = 0
  var secondPort: UInt16 = 0
  /// Its first prober's place among the probers, twice, plus that prober's side; 0 where it has none.
  var prober: Int32 = 0
  var traits: ConnectionTraits = []
  var lastFile: UInt16 = 0
  /// When data was last seen, from either end; 0 where none was.
  var dataTime: Int64 = 0

  @inline(__always)
  subscript(side: Side) -> Endpoint {
    get { side == .first ? endpoints[0] : endpoints[1] }
    _modify { yield &endpoints[side.rawValue] }
  }

  @inline(__always)
  var first: Endpoint {
    get { endpoints[0] }
    _modify { yield &endpoints[0] }
  }

  @inline(__always)
  var second: Endpoint {
    get { endpoints[1] }
    _modify { yield &endpoints[1] }
  }

  /// The end that sent data last: its peer owes the next word; `nil` where no data was seen.
  var latestDataSide: Side? {
    traits.contains(.hasData) ? (traits.contains(.latestDataFromFirst) ? .first : .second) : nil
  }

  /// Whether neither a reset nor two FINs have ended it.
  var isOpen: Bool {
    let (first, second) = (first.knowledge, second.knowledge)
    return !traits.contains(.endIsReset) && first.union(second).isDisjoint(with: .reset)
      && !(first.contains(.fin) && second.contains(.fin))
  }

  /// Whether both ends spoke, and neither has ended it: a SYN does not end that (RFC 5961 §4.2).
  var stands: Bool {
    first.knowledge.isSuperset(of: [.heard, .acknowledged]) && second.knowledge.isSuperset(of: [.heard, .acknowledged])
      && first.knowledge.union(second.knowledge).isDisjoint(with: [.fin, .reset])
  }

  /// Whether what an end sent last before its SND.NXT is in the capture: then it is known whether that was one octet.
  func hasSeenEnd(of side: Side) -> Bool {
    traits.contains(side == .first ? .endOfFirstIsSeen : .endOfSecondIsSeen)
  }

  /// When anything but a probe was last seen, from either end.
  var lastTime: Int64 { max(first.lastTime, second.lastTime) }
}

/// What is kept of a connection's first packet, and of the one that ended it.
struct ConnectionEnds {
  /// When the first packet was captured.
  var firstTime: Int64
  var firstFrame: UInt32
  /// TSecr of the first packet, which may be a probe; of a SYN its TSval, which the SYN,ACK echoes.
  var firstTimestamp: UInt32
  /// The sequence number of the SYN, where one without ACK was seen.
  var initialSequence = SequenceNumber(0)
  /// The first FIN or reset, or 0.
  var endFrame: UInt32 = 0
  /// When that was captured.
  var endTime: Int64 = 0
  /// Nanoseconds without data before the first FIN or reset; negative where there was no data.
  var silenceOfDataBeforeEnd: Int64 = -1
  /// Seconds without a packet before the first FIN or reset; not a number where that was the first packet.
  var silenceBeforeEnd: Float = 0
  var firstFile: UInt16
  var endFile: UInt16 = 0
  /// From the place of capture to each end and back.
  var roundTrips = RoundTrips()
  /// The length of the silence that the latest data ended, in nanoseconds, while the trait `silenceWaits` stands.
  var openSilence: Int64 = 0
  /// The silences that were survived before the connection had a prober, and the longest of them in nanoseconds; others are
  /// in `Remarks`.
  var longestSilence: Int64 = 0
  var silences: UInt32 = 0
  /// Where the latest segment of a side is a bare acknowledgment that brought nothing new: what went before it.
  var beforeRepetitionOfFirst = BeforeRepetition()
  var beforeRepetitionOfSecond = BeforeRepetition()

  /// A connection that begins with `segment`.
  init(first segment: Segment) {
    firstTime = segment.time
    firstFrame = UInt32(truncatingIfNeeded: segment.frame)
    firstTimestamp = segment.flags.contains(.syn) ? segment.timestampValue : segment.timestampEcho
    firstFile = segment.file
  }

  /// SND.NXT of each side after its latest segment of one octet; only while that is SND.NXT still it tells something.
  private var endOfOneOctetOfFirst = SequenceNumber(0)
  private var endOfOneOctetOfSecond = SequenceNumber(0)

  /// Whether the octet below `next`, an end's SND.NXT, was sent as data in a segment of its own.
  func hasSentOneOctet(below next: SequenceNumber, from side: Side) -> Bool {
    next == (side == .first ? endOfOneOctetOfFirst : endOfOneOctetOfSecond)
  }

  /// Notes a segment of one octet of data.
  mutating func note(oneOctet segment: Segment, from side: Side) {
    if side == .first { endOfOneOctetOfFirst = segment.end } else { endOfOneOctetOfSecond = segment.end }
  }

  /// Nanoseconds from the place of capture to an end and back; `nil` where the handshake was not captured.
  @inline(__always)
  func roundTrip(to side: Side) -> Int64? { roundTrips[side] }
}

/// What an end sent before bare acknowledgments that brought nothing new.
struct BeforeRepetition {
  /// When that was, and in which frame; 0 where nothing was captured.
  var time: Int64 = 0
  var frame: UInt32 = 0
  /// TSecr of the latest of those acknowledgments.
  var echo: UInt32 = 0
  /// When the end was last heard before the latest of them; 0 where nothing was captured, or `isNoAnswer`.
  var heardBefore: Int64 = 0

  /// The latest of them came soon after another segment: no probe drew it.
  static let isNoAnswer = Int64.min
}

/// The time that each end took to answer a segment of the handshake.
struct RoundTrips {
  /// In microseconds, plus one; 0 where not known.
  private var toFirst: UInt32 = 0
  private var toSecond: UInt32 = 0

  /// Nanoseconds from the place of capture to an end and back; `nil` where the handshake was not captured.
  @inline(__always)
  subscript(side: Side) -> Int64? {
    let microseconds = side == .first ? toFirst : toSecond
    return microseconds == 0 ? nil : Int64(microseconds - 1) * 1000
  }

  /// Notes the time that an end took, in nanoseconds.
  mutating func note(_ nanoseconds: Int64, to side: Side) {
    guard nanoseconds >= 0 else { return }
    let microseconds = UInt32(clamping: nanoseconds / 1000 + 1)
    if side == .first { toFirst = microseconds } else { toSecond = microseconds }
  }
}

/// What is known of a connection as a whole.
struct ConnectionTraits: OptionSet {
  let rawValue: UInt32
  static var isIPv6: ConnectionTraits { ConnectionTraits(rawValue: 1) }
  /// A SYN without ACK came from the first side, or from the second.
  static var synFromFirst: ConnectionTraits { ConnectionTraits(rawValue: 2) }
  static var synFromSecond: ConnectionTraits { ConnectionTraits(rawValue: 4) }
  /// The capture missed packets of it: an end acknowledged what was not seen, or sequence numbers skip.
  static var hasGaps: ConnectionTraits { ConnectionTraits(rawValue: 8) }
  /// The first FIN or reset came from the first side.
  static var endedByFirst: ConnectionTraits { ConnectionTraits(rawValue: 16) }
  /// The first end was a reset.
  static var endIsReset: ConnectionTraits { ConnectionTraits(rawValue: 32) }
  /// The 4-tuple was taken over by a later connection.
  static var isReplaced: ConnectionTraits { ConnectionTraits(rawValue: 64) }
  /// The only packet so far is an empty acknowledgment, which may be a probe (see `UncertainRun`).
  ///
  /// That is how most
  /// connections begin whose SYN was not captured, so it must cost no prober.
  static var firstMayBeProbe: ConnectionTraits { ConnectionTraits(rawValue: 128) }
  /// A packet ended a long silence, and the other end has not been heard since (see `Silences`).
  static var silenceIsOpen: ConnectionTraits { ConnectionTraits(rawValue: 256) }
  /// It had a long silence: there is an entry in the analyzer's silences.
  static var hasSilence: ConnectionTraits { ConnectionTraits(rawValue: 2048) }
  /// Data was seen, and the latest came from the first side.
  static var hasData: ConnectionTraits { ConnectionTraits(rawValue: 512) }
  static var latestDataFromFirst: ConnectionTraits { ConnectionTraits(rawValue: 1024) }
  /// The latest segment is a SYN with ACK: the next one of its peer tells the round trip to that end.
  static var handshakeIsOpen: ConnectionTraits { ConnectionTraits(rawValue: 4096) }
  /// A SYN came that may begin another connection (see `Tracker`).
  static var hasPendingSYN: ConnectionTraits { ConnectionTraits(rawValue: 8192) }
  /// Another connection has the same addresses and ports, in another VLAN or virtual network: its segments are known by that.
  static var isInOneNetwork: ConnectionTraits { ConnectionTraits(rawValue: 16384) }

  /// What the first side sent last before its SND.NXT is in the capture; or what the second side did.
  static var endOfFirstIsSeen: ConnectionTraits { ConnectionTraits(rawValue: 1 << 16) }
  static var endOfSecondIsSeen: ConnectionTraits { ConnectionTraits(rawValue: 1 << 17) }

  /// Data at SND.UNA of an end was retransmitted, and is not acknowledged yet.
  static var isRetransmitting: ConnectionTraits { ConnectionTraits(rawValue: 1 << 18) }
  /// The file is joined to itself here: the connection's segments were seen before.
  static var isRepeated: ConnectionTraits { ConnectionTraits(rawValue: 1 << 19) }
  /// Something is kept of it in `Remarks`.
  static var hasRemarks: ConnectionTraits { ConnectionTraits(rawValue: 1 << 20) }
  /// A socket is connected to itself: each segment is its own peer's, and no rule tells a probe from its answer.
  static var isToItself: ConnectionTraits { ConnectionTraits(rawValue: 1 << 21) }
  /// The SYN came again after its sender had acknowledged its answer: a proxy that renumbers opens a leg of its own.
  static var handshakeIsRepeated: ConnectionTraits { ConnectionTraits(rawValue: 1 << 22) }
  /// Another connection has the same addresses and ports, and far other numbers: its segments are known by those.
  static var isInOneNumbering: ConnectionTraits { ConnectionTraits(rawValue: 1 << 23) }

  /// Data at SND.NXT of `latestDataSide` ended a long silence, and nothing came after it.
  ///
  /// `ConnectionEnds.openSilence` has its length.
  static var silenceWaits: ConnectionTraits { ConnectionTraits(rawValue: 1 << 24) }

  /// What leaves open whether a segment with the connection's addresses and ports is its own.
  static var mayBeAnothers: ConnectionTraits {
    [.isReplaced, .isInOneNetwork, .hasPendingSYN, .handshakeIsRepeated, .isInOneNumbering]
  }

  /// The latest segment of the first side, or of the second, is a bare acknowledgment that brought nothing new on an idle
  /// connection without a prober.
  static var repetitionOfFirst: ConnectionTraits { ConnectionTraits(rawValue: 1 << 28) }
  static var repetitionOfSecond: ConnectionTraits { ConnectionTraits(rawValue: 1 << 29) }

  /// The same of a side.
  @inline(__always)
  static func repetition(of side: Side) -> ConnectionTraits { side == .first ? repetitionOfFirst : repetitionOfSecond }

  /// What makes each of the connection's segments worth a closer look, even where there is nothing of the handshake in it.
  static var open: ConnectionTraits {
    mayBeAnothers.union([.silenceIsOpen, .isRetransmitting, .isRepeated, .isToItself])
  }

  /// What makes each of the connection's segments worth a closer look.
  static var notPlain: ConnectionTraits {
    open.union([.firstMayBeProbe, .handshakeIsOpen, .repetitionOfFirst, .repetitionOfSecond, .silenceWaits])
  }
}
