import PacketWire

/// Finds the connection that each segment belongs to, and takes the segments in which there is nothing to recognise.
///
/// Batches go part by part, and the memory that each part will need is loaded first: the misses of a whole part overlap,
/// where one after the other would add up.
struct Tracker {
  /// Segments handed over together.
  static let batchSize = 128
  /// Segments whose memory is loaded together: enough that cache misses overlap, few enough that none is lost again from
  /// the first-level cache and TLB (with a million connections 16 and 64 took 4 to 16 percent more time).
  static let partSize = 32

  var table: ConnectionTable
  /// Of each segment of a batch: its tag, and the record that it probably belongs to, or -1.
  private var tags = InlineArray<128, UInt32>(repeating: 0)
  private var candidates = InlineArray<128, Int32>(repeating: -1)
  /// By connection: a SYN on the 4-tuple of a connection that stands, of which the peer's reaction will tell what it was.
  private var pendingSYNs: [Int: Segment] = [:]

  init(maximumConnections: Int) { table = ConnectionTable(maximumConnections: maximumConnections) }

  /// The tag of the segment at `index` of the batch.
  func tag(_ index: Int) -> UInt32 { tags[index] }

  @inline(__always)
  mutating func prefetchSlots(_ segments: Span<Segment>, _ part: Range<Int>) {
    for index in part {
      let tag = table.tag(segments[index])
      tags[index] = tag
      table.prefetchSlot(tag)
    }
  }

  @inline(__always)
  mutating func prefetchRecords(_ part: Range<Int>) {
    for place in part {
      let candidate = table.candidate(tags[place])
      candidates[place] = candidate
      if candidate >= 0 { table.prefetchRecord(Int(candidate)) }
    }
    if table.hasLongAddresses {
      for index in part where candidates[index] >= 0 { table.prefetchAddresses(Int(candidates[index])) }
    }
  }

  /// Takes what of a part needs no closer look.
  ///
  /// - Returns: the first segment that does; the part's end where there is none.
  @inline(__always)
  mutating func absorb(
    _ segments: Span<Segment>, _ part: Range<Int>, latest: inout Int64, _ recognised: inout Recognised
  ) -> Int {
    table.absorb(segments, part, candidates: candidates.span, latest: &latest, &recognised)
  }

  /// The record that the segment at `index` of the batch probably belongs to, or -1.
  @inline(__always)
  mutating func candidate(_ index: Int) -> Int { Int(candidates[index]) }

  /// Where a segment belongs.
  enum Assignment {
    /// To a connection that is known.
    case known(Subject)
    /// To a connection that it began; whether that has taken it already.
    case began(Subject, isTaken: Bool)
    /// It is a SYN that waits for its peer's reaction, on the 4-tuple of this connection.
    case pending(Subject)
    /// To no connection: the table is full.
    case untracked
  }

  /// Finds the connection of a segment, or begins one.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - tag: its tag.
  ///   - refused: takes a SYN of which this segment shows that its receiver did not accept it, and its connection.
  /// - Returns: where the segment belongs.
  mutating func assign(_ segment: Segment, _ tag: UInt32, refused: (Segment, Subject) -> Void) -> Assignment {
    guard let (index, side) = table.find(segment, tag) else { return begin(segment, tag) }
    if table.records[index].traits.contains(.hasPendingSYN), !segment.isFirstSYN,
      let syn = pendingSYNs.removeValue(forKey: index)
    {
      table.records[index].traits.remove(.hasPendingSYN)
      if Self.accepts(syn, segment) {
        begin(withPending: syn, tag, beside: index)
        return assign(segment, tag, refused: refused)
      }
      if let sender = table.side(of: syn, in: index) { refused(syn, subject(index, sender)) }
    }
    if segment.isFirstSYN {
      switch beginning(segment, index, side) {
      case .goesOn:
        if table.records[index].stands { table.records[index].traits.insert(.handshakeIsRepeated) }
      case .isAnother: return begin(segment, tag)
      case .isOpen:
        pendingSYNs[index] = pendingSYNs[index].flatMap { $0.sequence == segment.sequence ? $0 : nil } ?? segment
        table.records[index].traits.insert(.hasPendingSYN)
        return .pending(subject(index, side))
      }
    } else if table.records[index].isForeign(segment, from: side) {
      return begin(segment, tag, beside: index, by: .isInOneNetwork)
    } else if table.records[index].isRenumbered(segment, from: side) {
      return begin(segment, tag, beside: index, by: .isInOneNumbering)
    }
    return .known(subject(index, side))
  }

  /// The capture has ended: a SYN to which nobody reacted began a connection of its own.
  mutating func finish() {
    for (index, syn) in pendingSYNs.sorted(by: { $0.key < $1.key }) {
      begin(withPending: syn, table.tag(syn), beside: index)
    }
    pendingSYNs = [:]
  }

  /// Forgets connections (`ConnectionTable.forget`).
  mutating func forget(_ isGone: [Bool]) -> [Int32] {
    let places = table.forget(isGone)
    pendingSYNs = pendingSYNs.moved(to: places)
    return places
  }

  func subject(_ index: Int, _ side: Side) -> Subject {
    Subject(index: index, side: side, prober: Int(table.records[index].prober))
  }

  private mutating func begin(_ segment: Segment, _ tag: UInt32, beside trait: ConnectionTraits? = nil) -> Assignment {
    guard let (index, isTaken) = table.add(segment, tag, beside: trait) else { return .untracked }
    return .began(subject(index, .first), isTaken: isTaken)
  }

  /// Begins a connection beside one that goes on with the same addresses and ports, kept apart by a trait.
  private mutating func begin(
    _ segment: Segment, _ tag: UInt32, beside index: Int, by trait: ConnectionTraits
  ) -> Assignment {
    table.records[index].traits.insert(trait)
    return begin(segment, tag, beside: trait)
  }

  /// Begins the connection of a SYN that was held; where it came in another network, the one that stands goes on beside it.
  private mutating func begin(withPending syn: Segment, _ tag: UInt32, beside index: Int) {
    let side = table.side(of: syn, in: index) ?? .first
    table.records[index].traits.remove(.hasPendingSYN)
    let isBeside = !table.records[index][side].isInNetwork(of: syn)
    if isBeside { table.records[index].traits.insert(.isInOneNetwork) }
    _ = table.add(syn, tag, beside: isBeside ? .isInOneNetwork : nil)
  }

  private enum Beginning {
    /// It belongs to the connection that is known: the SYN again, or the other half of a simultaneous open.
    case goesOn
    /// It begins another connection.
    case isAnother
    /// It may be another connection's, or one that its receiver does not accept.
    case isOpen
  }

  /// What a SYN is on a 4-tuple that is known (RFC 9293 §3.10.7.4, RFC 6191, RFC 5961 §4.2).
  private func beginning(_ segment: Segment, _ index: Int, _ side: Side) -> Beginning {
    let record = table.records[index]
    if record.goesBackInTime(with: segment, from: side) { return .goesOn }
    if record.opened(by: side) {
      if table.ends[index].initialSequence == segment.sequence { return .goesOn }
    } else if !record[side].knowledge.contains(.heard), !record.traits.contains(.endIsReset) {
      // The other half of a simultaneous open comes from an end that has sent nothing yet.
      return .goesOn
    }
    return record.stands ? .isOpen : .isAnother
  }

  /// Whether the first segment after a SYN shows that it began a connection: its peer acknowledges it, or its sender goes on
  /// behind it.
  private static func accepts(_ syn: Segment, _ segment: Segment) -> Bool {
    let next = syn.sequence.advanced(by: 1)
    let isFromPeer = segment.source == syn.destination && segment.sourcePort == syn.destinationPort
    return isFromPeer ? segment.flags.contains(.ack) && segment.acknowledgment == next : segment.sequence == next
  }
}

/// Whose segment is examined: a connection, and which of its ends sent it.
struct Subject {
  /// The connection's index.
  let index: Int
  let side: Side
  /// Where the connection's probers are (`Connection.prober`), or 0 where it has none yet.
  var prober: Int

  /// The other end.
  @inline(__always) var peer: Subject { Subject(index: index, side: side.peer, prober: prober) }
  @inline(__always) var hasProber: Bool { prober > 0 }
  /// Whether this end is the first of the connection's probers, or the only one.
  @inline(__always) var isFirstProber: Bool { prober & 1 == side.rawValue }
}
