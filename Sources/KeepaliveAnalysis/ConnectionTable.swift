import PacketWire

/// Finds a connection's record by its 4-tuple: an open-addressed table of small slots beside the records.
///
/// A slot is 8 octets, so that a million connections' slots take 16 MiB; the key stands in the record itself. The table
/// is bounded by `maximumConnections`: beyond, new connections are counted and not tracked.
struct ConnectionTable {
  /// A record takes 120 octets, so this many take about a gigabyte.
  static let maximumConnections = 8_000_000

  private struct Slot {
    var tag: UInt32 = 0
    /// The record's index + 1; 0 where the slot is free.
    var entry: UInt32 = 0
  }

  var records: [Connection] = []
  private var slots = [Slot](repeating: Slot(), count: 1 << 12)
  private var mask = (1 << 12) - 1
  private var used = 0
  /// The address pairs of IPv6 connections, which do not fit a record.
  private var longAddresses: [(first: IPAddress, second: IPAddress)] = []
  /// New connections that were not tracked because the table was full.
  private(set) var untracked = 0

  /// A hash of the 4-tuple that is the same for both directions.
  @inline(__always)
  static func hash(_ segment: Segment) -> UInt64 {
    let source = endHash(segment.source, segment.sourcePort)
    let destination = endHash(segment.destination, segment.destinationPort)
    var mixed = (source &+ destination) &* 0x9e37_79b9_7f4a_7c15
    mixed ^= mixed >> 32
    return mixed &* 0xd6e8_feb8_6659_fd93
  }

  @inline(__always)
  private static func endHash(_ address: IPAddress, _ port: UInt16) -> UInt64 {
    var mixed = (address.low ^ (address.high &* 0xff51_afd7_ed55_8ccd)) &+ (UInt64(port) << 40)
    mixed = mixed &* 0xbf58_476d_1ce4_e5b9
    return mixed ^ (mixed >> 29)
  }

  /// Touches the slot of `hash`, so that it is in the cache when it is needed.
  ///
  /// - Returns: the index of the record it may lead to, or -1.
  @inline(__always)
  func prefetch(_ hash: UInt64) -> Int {
    Int(slots[Int(truncatingIfNeeded: hash) & mask].entry) &- 1
  }

  /// The record of `segment`'s connection, and which side sent it; `nil` where there is none yet.
  @inline(__always)
  func find(_ segment: Segment, _ hash: UInt64) -> (index: Int, side: Side)? {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    var position = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[position]
      if slot.entry == 0 { return nil }
      if slot.tag == tag {
        let index = Int(slot.entry) &- 1
        if let side = side(of: segment, in: index) { return (index, side) }
      }
      position = (position &+ 1) & mask
    }
  }

  /// Adds a record for `segment`'s connection, its sender the first side; takes over the 4-tuple's slot if there is one.
  ///
  /// - Returns: its index; `nil` where the table is full.
  mutating func add(_ segment: Segment, _ hash: UInt64) -> Int? {
    guard records.count < Self.maximumConnections else {
      untracked += 1
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
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    var position = Int(truncatingIfNeeded: hash) & mask
    while slots[position].entry != 0 {
      let earlier = Int(slots[position].entry) - 1
      if slots[position].tag == tag, side(of: segment, in: earlier) != nil {
        records[earlier].traits.insert(.isReplaced)
        slots[position].entry = UInt32(index + 1)
        records.append(record)
        return index
      }
      position = (position + 1) & mask
    }
    slots[position] = Slot(tag: tag, entry: UInt32(index + 1))
    records.append(record)
    used += 1
    if used * 2 > slots.count { grow() }
    return index
  }

  /// The two ends of a connection, the first side's first.
  func ends(_ index: Int) -> (first: SocketAddress, second: SocketAddress) {
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

  @inline(__always)
  private func side(of segment: Segment, in index: Int) -> Side? {
    let ports = (records[index].firstPort, records[index].secondPort)
    if records[index].traits.contains(.isIPv6) {
      let pair = longAddresses[Int(records[index].firstAddress)]
      if (segment.sourcePort, segment.destinationPort) == ports, segment.source == pair.first,
        segment.destination == pair.second
      {
        return .first
      }
      if (segment.destinationPort, segment.sourcePort) == ports, segment.destination == pair.first,
        segment.source == pair.second
      {
        return .second
      }
      return nil
    }
    guard segment.source.isIPv4 else { return nil }
    let source = UInt32(truncatingIfNeeded: segment.source.low)
    let destination = UInt32(truncatingIfNeeded: segment.destination.low)
    let addresses = (records[index].firstAddress, records[index].secondAddress)
    if (segment.sourcePort, segment.destinationPort) == ports, (source, destination) == addresses { return .first }
    if (segment.destinationPort, segment.sourcePort) == ports, (destination, source) == addresses { return .second }
    return nil
  }

  /// Doubles the slots.
  ///
  /// A slot keeps only 32 bits of its hash and its old place the rest that is needed, so the hashes
  /// are computed anew from the records.
  private mutating func grow() {
    let old = slots
    mask = old.count * 2 - 1
    slots = [Slot](repeating: Slot(), count: old.count * 2)
    for slot in old where slot.entry != 0 {
      let index = Int(slot.entry) - 1
      let ends = ends(index)
      var segment = Segment()
      segment.source = ends.first.address
      segment.sourcePort = ends.first.port
      segment.destination = ends.second.address
      segment.destinationPort = ends.second.port
      var position = Int(truncatingIfNeeded: Self.hash(segment)) & mask
      while slots[position].entry != 0 { position = (position + 1) & mask }
      slots[position] = slot
    }
  }
}
