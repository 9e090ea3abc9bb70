import CMemory
import PacketWire

/// Finds a connection's record by its 4-tuple: an open-addressed table of small slots beside the records.
///
/// A slot is 4 octets, so that a million connections' slots take 8 MiB; the key stands in the record itself. The table is
/// bounded by `maximumConnections`: beyond, segments of new connections are counted only.
struct ConnectionTable {
  /// A record and its ends take 232 octets.
  let maximumConnections: Int
  /// So many records get their place at once: memory that is not touched costs nothing, and growing would copy them.
  private static let reserved = 1 << 20

  /// A record's index + 1, below some bits of its tag; 0 where the slot is free.
  private struct Slot {
    private static let indexBits: UInt32 = 23
    private let bits: UInt32

    static var free: Slot { Slot(bits: 0) }

    private init(bits: UInt32) { self.bits = bits }

    @inline(__always)
    init(_ index: Int, _ tag: UInt32) { bits = tag << Self.indexBits | UInt32(truncatingIfNeeded: index &+ 1) }

    @inline(__always) var isFree: Bool { bits == 0 }
    /// -1 where the slot is free.
    @inline(__always) var index: Int { Int(bits & (1 << Self.indexBits &- 1)) &- 1 }

    /// Whether the record may be one of `tag`: of 512 others, one is taken for it.
    @inline(__always)
    func mayBe(_ tag: UInt32) -> Bool { (bits ^ tag << Self.indexBits) >> Self.indexBits == 0 }
  }

  private typealias LongAddresses = (first: IPAddress, second: IPAddress)

  var records: [Connection] = []
  /// Beside each record, what only its first and last packets need.
  var ends: [ConnectionEnds] = []
  private let hash = ConnectionHash()
  private var slots = [Slot](repeating: .free, count: 1 << 12)
  private var mask = (1 << 12) - 1
  /// A tag's place is the tag without so many lower bits.
  private var shift: UInt32 = 32 - 12
  private var used = 0
  /// The address pairs of IPv6 connections, which do not fit a record.
  private var longAddresses: [LongAddresses] = []
  /// The numbers of the first connections, where some before them were forgotten; the others' go on behind `latestNumber`.
  private var numbers: [UInt32] = []
  private var latestNumber = 0
  /// The most that there were since memory was last given back.
  private var mostUsed = 0
  /// Segments of connections that were not tracked because the table was full.
  private(set) var untracked = 0

  init(maximumConnections: Int) {
    self.maximumConnections = maximumConnections
    records.reserveCapacity(Self.reserved)
    ends.reserveCapacity(Self.reserved)
    longAddresses.reserveCapacity(Self.reserved)
  }

  /// The tag that a segment's connection has in this table.
  @inline(__always)
  func tag(_ segment: Segment) -> UInt32 { hash.tag(segment) }

  /// Has the first slot of `tag` loaded into the cache.
  @inline(__always)
  func prefetchSlot(_ tag: UInt32) {
    let place = Int(tag &>> shift)
    // A prefetch reads nothing for the program, wherever it points (CMemory.h); so here and below.
    unsafe slots.withUnsafeBufferPointer { unsafe memory_prefetch($0.baseAddress.unsafelyUnwrapped + place) }
  }

  /// The record that `tag` leads to, the key not yet compared; -1 where there is none.
  @inline(__always)
  func candidate(_ tag: UInt32) -> Int32 {
    var position = Int(tag &>> shift)
    while true {
      let slot = slots[position]
      if slot.isFree || slot.mayBe(tag) { return Int32(truncatingIfNeeded: slot.index) }
      position = (position &+ 1) & mask
    }
  }

  /// Has the cache lines of a record loaded, two or three.
  @inline(__always)
  func prefetchRecord(_ index: Int) {
    unsafe records.withUnsafeBufferPointer {
      let record = unsafe UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped + index)
      unsafe memory_prefetch(record)
      unsafe memory_prefetch(record + 44)
      unsafe memory_prefetch(record + 80)
    }
  }

  /// Whether the records are more than a processor's caches hold.
  @inline(__always) var isLarge: Bool { records.count > 1 << 16 }

  /// Has the cache lines of a record's ends loaded, two or three.
  @inline(__always)
  func prefetchEnds(_ index: Int) {
    unsafe ends.withUnsafeBufferPointer {
      let place = unsafe UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped + index)
      unsafe memory_prefetch(place)
      unsafe memory_prefetch(place + 64)
      unsafe memory_prefetch(place + 128)
    }
  }

  /// Whether there are IPv6 connections, whose addresses stand apart.
  @inline(__always) var hasLongAddresses: Bool { !longAddresses.isEmpty }

  /// Has the addresses loaded that stand apart from a record; the record itself is loaded.
  @inline(__always)
  func prefetchAddresses(_ index: Int) {
    guard records[index].traits.contains(.isIPv6) else { return }
    let place = Int(records[index].firstAddress)
    unsafe longAddresses.withUnsafeBufferPointer {
      unsafe memory_prefetch($0.baseAddress.unsafelyUnwrapped + place)
    }
  }

  /// Takes segments that tell of nothing but themselves, as far as one follows the other.
  ///
  /// - Parameters:
  ///   - segments: the batch's segments.
  ///   - range: which are to be taken.
  ///   - candidates: for each, the record that it probably belongs to, or -1.
  ///   - latest: the latest time seen, which those that are taken move on.
  ///   - recognised: what is kept of those that are probed.
  /// - Returns: the first that is to be examined, or is of another connection: it is not taken. The range's end where all
  ///   were.
  @inline(__always)
  mutating func absorb(
    _ segments: Span<Segment>, _ range: Range<Int>, candidates: Span<Int32>, latest: inout Int64,
    _ recognised: inout Recognised
  ) -> Int {
    let tellsNothing = recognised.tellsNothing
    return Self.absorb(
      segments, range, candidates: candidates, latest: &latest, &records, &ends, longAddresses,
      &recognised.probers.records, &recognised.tally, tellsNothing: tellsNothing, clockIsQuiet: recognised.clockIsQuiet,
      holdsAnswers: recognised.holdsAnswers)
  }

  /// The same, of arrays that are changed side by side.
  @inline(__always)
  private static func absorb(
    _ segments: Span<Segment>, _ range: Range<Int>, candidates: Span<Int32>, latest: inout Int64,
    _ allRecords: inout [Connection], _ ends: inout [ConnectionEnds], _ longAddresses: [LongAddresses],
    _ allProbers: inout [ProberRecord], _ tally: inout EventTally, tellsNothing: Bool, clockIsQuiet: Bool,
    holdsAnswers: Bool
  ) -> Int {
    // One look whether the arrays are shared, for all segments.
    var records = allRecords.mutableSpan
    var probers = allProbers.mutableSpan
    for index in range {
      let candidate = Int(candidates[index])
      guard candidate >= 0, let side = side(of: segments[index], records[candidate], longAddresses) else {
        return index
      }
      if records[candidate].prober > 0 {
        let place = Int(records[candidate].prober) >> 1
        let gap = segments[index].time &- latest
        guard tellsNothing, !probers[place].marks.contains(.peerProbes), gap < NetworkPath.tellingSilence,
          gap >= -CaptureOrder.shortestClockStep, records[candidate].mayBeSteady(segments[index], from: side)
        else { return index }
        let outcome = probers[place].absorb(
          segments[index], from: side, &records[candidate], ends[candidate], waitsToBeTold: holdsAnswers)
        guard outcome != .untaken else { return index }
        tally.note(outcome, holdsAnswers: holdsAnswers)
      } else if !records[candidate].absorbPlain(segments[index], from: side) {
        guard !segments[index].isFirstSYN else { return index }
        if !records[candidate].absorbUneventful(segments[index], from: side, &ends[candidate]) {
          let gap = segments[index].time &- latest
          guard clockIsQuiet, gap < NetworkPath.tellingSilence, gap >= -CaptureOrder.shortestClockStep,
            records[candidate].absorbAfterSilence(segments[index], from: side, &ends[candidate])
          else { return index }
        }
      }
      latest = max(latest, segments[index].time)
    }
    return range.upperBound
  }

  /// Takes a segment that tells of nothing but itself.
  ///
  /// - Returns: whether it was; otherwise it is to be examined.
  mutating func absorb(_ segment: Segment, _ subject: Subject) -> Bool {
    records[subject.index].absorbPlain(segment, from: subject.side)
      || !segment.isFirstSYN
        && records[subject.index].absorbUneventful(segment, from: subject.side, &ends[subject.index])
  }

  /// The record of `segment`'s connection, and which side sent it; `nil` where there is none, or where a later connection on the
  /// 4-tuple found the table full.
  @inline(__always)
  func find(_ segment: Segment, _ tag: UInt32) -> (index: Int, side: Side)? {
    var position = Int(tag &>> shift)
    while true {
      let slot = slots[position]
      if slot.isFree { return nil }
      if slot.mayBe(tag), let side = side(of: segment, in: slot.index) { return (slot.index, side) }
      position = (position &+ 1) & mask
    }
  }

  /// Adds a record for `segment`'s connection, its sender the first side.
  ///
  /// - Parameters:
  ///   - segment: its first segment.
  ///   - tag: its tag.
  ///   - beside: what keeps it apart from the connection known by this 4-tuple, which goes on; `nil` where its slot is taken over.
  /// - Returns: its index, and whether it has taken the segment, which is else to be examined; `nil` where the table is full:
  ///   then the 4-tuple's earlier connection is over all the same.
  mutating func add(_ segment: Segment, _ tag: UInt32, beside: ConnectionTraits? = nil) -> (index: Int, isTaken: Bool)?
  {
    guard records.count < maximumConnections else {
      untracked += 1
      // What follows on this 4-tuple is no packet of the connection that had it before.
      if beside == nil, let (earlier, _) = find(segment, tag) { records[earlier].traits.insert(.isReplaced) }
      return nil
    }
    let index = records.count
    var record = Connection()
    if segment.source.isIPv4, segment.destination.isIPv4 {
      record.firstAddress = UInt32(truncatingIfNeeded: segment.source.low)
      record.secondAddress = UInt32(truncatingIfNeeded: segment.destination.low)
    } else {
      record.traits.insert(.isIPv6)
      record.firstAddress = UInt32(longAddresses.count)
      longAddresses.append((segment.source, segment.destination))
    }
    record.firstPort = segment.sourcePort
    record.secondPort = segment.destinationPort
    var ends = ConnectionEnds(first: segment)
    record.traits.formUnion(beside ?? [])
    if segment.sourcePort == segment.destinationPort, segment.source == segment.destination {
      record.traits.insert(.isToItself)
    }
    let isTaken = record.absorbFirst(segment, &ends)
    self.ends.append(ends)
    var position = Int(tag &>> shift)
    while !slots[position].isFree {
      let earlier = slots[position].index
      if beside == nil, slots[position].mayBe(tag), side(of: segment, in: earlier) != nil {
        records[earlier].traits.insert(.isReplaced)
        slots[position] = Slot(index, tag)
        records.append(record)
        return (index, isTaken)
      }
      position = (position + 1) & mask
    }
    slots[position] = Slot(index, tag)
    records.append(record)
    used += 1
    if used * 2 > slots.count { grow() }
    return (index, isTaken)
  }

  /// The latest segment of an end, where that is a bare acknowledgment that brought nothing new on an idle connection; `nil`
  /// where it is none, or a prober was there to note it.
  func repetition(of side: Side, _ index: Int) -> EarlyAnswer? {
    guard records[index].traits.contains(.repetition(of: side)) else { return nil }
    let before = side == .first ? ends[index].beforeRepetitionOfFirst : ends[index].beforeRepetitionOfSecond
    return EarlyAnswer(
      segment: HeldSegment(latestOf: side, records[index], echo: before.echo),
      heardBefore: before.heardBefore == 0 ? nil : before.heardBefore,
      newBefore: before.frame == 0 ? nil : before.time, frameBefore: Int(before.frame),
      isIdle: before.heardBefore != BeforeRepetition.isNoAnswer)
  }

  // MARK: - Forgetting

  /// The number of a connection, from 1, in the order in which they began.
  func number(_ index: Int) -> Int {
    index < numbers.count ? Int(numbers[index]) : latestNumber &+ index &- numbers.count &+ 1
  }

  /// Where the connection with a number stands; `nil` where it was forgotten, or there is none.
  func index(of number: Int) -> Int? {
    if number > latestNumber {
      let index = numbers.count + number - latestNumber - 1
      return index < records.count ? index : nil
    }
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < numbers.count && numbers[low] == number ? low : nil
  }

  /// How many connections began so far, those included that were forgotten.
  var begun: Int { latestNumber + records.count - numbers.count }

  /// Forgets connections; the others keep their order, and their numbers.
  ///
  /// - Parameter isGone: which are to be forgotten, by index.
  /// - Returns: the new index of each; -1 of one that is gone.
  mutating func forget(_ isGone: [Bool]) -> [Int32] {
    let begun = begun
    mostUsed = Swift.max(mostUsed, records.count)
    var places = [Int32](repeating: -1, count: records.count)
    var kept: [UInt32] = []
    var addresses: [LongAddresses] = []
    for index in records.indices where !isGone[index] {
      let place = kept.count
      places[index] = Int32(place)
      kept.append(UInt32(truncatingIfNeeded: number(index)))
      if place != index {
        records[place] = records[index]
        ends[place] = ends[index]
      }
      if records[place].traits.contains(.isIPv6) {
        addresses.append(longAddresses[Int(records[place].firstAddress)])
        records[place].firstAddress = UInt32(addresses.count - 1)
      }
    }
    records.removeLast(records.count - kept.count)
    ends.removeLast(ends.count - kept.count)
    longAddresses = addresses
    longAddresses.reserveCapacity(Self.reserved)
    (numbers, latestNumber) = (kept, begun)
    giveMemoryBack()
    putIn(count: Swift.max(1 << 12, (records.count * 4).nextPowerOfTwo))
    return places
  }

  /// Memory that a flood of connections took is the system's again, where most of it is unused.
  private mutating func giveMemoryBack() {
    guard mostUsed > 2 * records.count, mostUsed > Forgetting.fewest else { return }
    mostUsed = records.count
    records = records.copied(reserving: Self.reserved)
    ends = ends.copied(reserving: Self.reserved)
  }

  /// The addresses of a connection's two ends, the first side's first.
  func addresses(_ index: Int) -> (first: SocketAddress, second: SocketAddress) {
    let record = records[index]
    let addresses =
      record.traits.contains(.isIPv6)
      ? longAddresses[Int(record.firstAddress)]
      : (IPAddress(ipv4: record.firstAddress), IPAddress(ipv4: record.secondAddress))
    return (
      SocketAddress(address: addresses.0, port: record.firstPort),
      SocketAddress(address: addresses.1, port: record.secondPort)
    )
  }

  /// Which side of the record at `index` sent the segment; `nil` where it is another connection's.
  @inline(__always)
  func side(of segment: Segment, in index: Int) -> Side? {
    guard let side = Self.side(of: segment, records[index], longAddresses),
      !records[index].traits.contains(.isReplaced)
    else { return nil }
    if records[index].traits.contains(.isInOneNetwork), !records[index][side].isInNetwork(of: segment) { return nil }
    // What is only looked up, by its addresses, has no flags and no numbers.
    let isOfOtherLeg =
      records[index].traits.contains(.isInOneNumbering) && !segment.flags.isEmpty
      && records[index].hasFarNumber(segment, from: side)
    return isOfOtherLeg ? nil : side
  }

  /// The same by addresses and ports alone: what the short ways need, which take nothing where more is to be compared.

  @inline(__always)
  private static func side(
    of segment: Segment, _ record: Connection, _ longAddresses: [LongAddresses]
  ) -> Side? {
    // Differences, put together without a branch: which side sends next cannot be predicted.
    let portsFromFirst =
      (segment.sourcePort ^ record.firstPort) | (segment.destinationPort ^ record.secondPort)
    let portsFromSecond =
      (segment.sourcePort ^ record.secondPort) | (segment.destinationPort ^ record.firstPort)
    let fromFirst: UInt64
    let fromSecond: UInt64
    if record.traits.contains(.isIPv6) {
      let (first, second) = longAddresses[Int(record.firstAddress)]
      fromFirst = difference(segment.source, first) | difference(segment.destination, second) | UInt64(portsFromFirst)
      fromSecond = difference(segment.source, second) | difference(segment.destination, first) | UInt64(portsFromSecond)
    } else {
      guard segment.source.isIPv4 else { return nil }
      let source = UInt32(truncatingIfNeeded: segment.source.low)
      let destination = UInt32(truncatingIfNeeded: segment.destination.low)
      fromFirst = UInt64(
        (source ^ record.firstAddress) | (destination ^ record.secondAddress) | UInt32(portsFromFirst))
      fromSecond = UInt64(
        (source ^ record.secondAddress) | (destination ^ record.firstAddress) | UInt32(portsFromSecond))
    }
    guard min(fromFirst, fromSecond) == 0 else { return nil }
    return fromFirst == 0 ? .first : .second
  }

  @inline(__always)
  private static func difference(_ one: IPAddress, _ other: IPAddress) -> UInt64 {
    (one.high ^ other.high) | (one.low ^ other.low)
  }

  /// Makes room for eight times the connections, up to a million; then for twice as many.
  ///
  /// All must be put in again, which costs more than slots that stay free.
  private mutating func grow() {
    let count = max(slots.count * 2, min(slots.count * 8, 2 * Self.reserved))
    if count / 2 >= [Connection].countForHugePages {
      records.preferHugePages()
      ends.preferHugePages()
      longAddresses.preferHugePages()
    }
    putIn(count: count)
  }

  /// Puts all connections into so many slots.
  private mutating func putIn(count: Int) {
    mask = count - 1
    shift = 32 - UInt32(count.trailingZeroBitCount)
    slots = [Slot](expecting: count, of: .free)
    used = 0
    for index in records.indices where !records[index].traits.contains(.isReplaced) {
      let ends = addresses(index)
      let tag = hash.tag(ends.first.address, ends.first.port, ends.second.address, ends.second.port)
      var position = Int(tag &>> shift)
      while !slots[position].isFree { position = (position + 1) & mask }
      slots[position] = Slot(index, tag)
      used += 1
    }
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}

extension Array {
  /// The same elements in memory of their own, with room for so many.
  fileprivate func copied(reserving capacity: Int) -> [Element] {
    var copy: [Element] = []
    copy.reserveCapacity(capacity)
    copy.append(contentsOf: self)
    return copy
  }
}
