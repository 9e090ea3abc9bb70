import PacketWire

/// What is kept of connections beside their records, and of few of them: by connection.
///
/// Such a connection's record has the trait `hasRemarks`.
struct Remarks {
  /// Packets captured more than once.
  var copies: [Int: Int] = [:]
  /// The TTLs of a packet and of its copy, where they differ.
  var timesToLiveOfCopies: [Int: (first: UInt8, again: UInt8)] = [:]
  /// Segments up to this time were seen before: the file is joined to itself, or to another capture of the same packets.
  ///
  /// While it stands, the record has the trait `isRepeated`.
  var repeatedUntil: [Int: Int64] = [:]
  /// ICMP errors that quote one of its segments.
  var quotedErrors: [Int: QuotedErrors] = [:]
  /// The reset that ended it.
  var resets: [Int: ResetEvidence] = [:]
  /// Resets, FINs and SYNs that their receiver did not accept.
  var ignored: [Int: IgnoredSegments] = [:]
  /// Long silences, and whether a packet got through after them.
  var silences: [Int: Silences] = [:]
  /// Data at SND.UNA that was retransmitted, by end.
  ///
  /// While it stands, the record has the trait `isRetransmitting`.
  private var unacknowledged: [Int: UnacknowledgedData] = [:]

  /// The data of an end that is retransmitted, `nil` where none is.
  subscript(unacknowledged subject: Subject) -> UnacknowledgedData? {
    get { unacknowledged[Self.end(subject)] }
    set { unacknowledged[Self.end(subject)] = newValue }
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func move(to places: [Int32]) {
    copies = copies.moved(to: places)
    timesToLiveOfCopies = timesToLiveOfCopies.moved(to: places)
    repeatedUntil = repeatedUntil.moved(to: places)
    quotedErrors = quotedErrors.moved(to: places)
    resets = resets.moved(to: places)
    ignored = ignored.moved(to: places)
    silences = silences.moved(to: places)
    var ofEnds: [Int: UnacknowledgedData] = [:]
    for (end, data) in unacknowledged where places[end / 2] >= 0 { ofEnds[Int(places[end / 2]) * 2 + end % 2] = data }
    unacknowledged = ofEnds
  }

  private static func end(_ subject: Subject) -> Int { subject.index &* 2 &+ subject.side.rawValue }
}

/// Resets, FINs and SYNs of a connection that their receiver did not accept.
struct IgnoredSegments {
  var count = 0
  var first: (frame: FrameReference, what: KeepaliveEvent.Ignored)
}

/// ICMP errors that quote a connection's segments, those of one kind told together.
struct QuotedErrors {
  /// More kinds than this tell no more.
  private static let mostKinds = 8

  private(set) var count = 0
  private(set) var kinds: [QuotedErrorKind] = []

  /// Takes an error that quotes a segment of `side`.
  mutating func add(_ error: KeepaliveEvent.QuotedError, about side: Side) {
    count += 1
    if let index = kinds.firstIndex(where: { $0.includes(error, about: side) }) {
      kinds[index].count += 1
      kinds[index].latest = error.frame
    } else if kinds.count < Self.mostKinds {
      kinds.append(QuotedErrorKind(side: side, first: error, latest: error.frame, count: 1))
    }
  }
}

/// Data that is retransmitted because no acknowledgment comes.
struct UnacknowledgedData {
  /// When it was sent first, and in which frame.
  var time: Int64
  var frame: Int
  /// How often it was sent again.
  var retransmissions = 0
  /// Whether its receiver acknowledges it with a closed window: it shrank its window over data in flight.
  var isRefusedByWindow = false
}

/// The latest few segments of one end that mattered.
///
/// Four are enough for a packet that is seen on a bridge, on its ports and on `any`, between its answer's copies.
struct RecentSegments {
  private static let limit = 4
  /// The oldest first; those beyond `count` mean nothing.
  private var segments = InlineArray<4, HeldSegment>(repeating: HeldSegment(Segment()))
  private var count = 0

  var isEmpty: Bool { count == 0 }

  /// Forgets those that are too old at `time` for a copy to come.
  mutating func forget(at time: Int64) {
    var kept = 0
    for index in 0..<count where time &- segments[index].time <= CapturePlaces.delayIdentified {
      segments[kept] = segments[index]
      kept += 1
    }
    count = kept
  }

  mutating func add(_ segment: HeldSegment) {
    if count == Self.limit {
      for index in 1..<Self.limit { segments[index - 1] = segments[index] }
      count -= 1
    }
    segments[count] = segment
    count += 1
  }

  /// The segment that this one repeats.
  func original(of segment: Segment) -> HeldSegment? {
    for index in 0..<count where CopyRule.repeats(segments[index], segment) { return segments[index] }
    return nil
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
  /// When the reset's sender had sent a FIN: nanoseconds since the epoch.
  var finBefore: FrameReference?
}
