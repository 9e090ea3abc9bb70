import PacketWire

/// How many connections have each end: where no SYN was captured, the end that several share is a server's.
///
/// All ends are counted at once, when a connection without a SYN is first asked about: packets cost nothing for it.
final class SharedEnds {
  /// By end; those that one connection alone has may be missing.
  private var counts: [UInt64: UInt32]?

  /// How many connections have the ends of the connection at `index`.
  func counts(_ index: Int, in table: ConnectionTable) -> (first: Int, second: Int) {
    let counts = counts ?? count(table)
    let keys = Self.keys(index, in: table)
    return (Int(counts[keys.first] ?? 1), Int(counts[keys.second] ?? 1))
  }

  private func count(_ table: ConnectionTable) -> [UInt64: UInt32] {
    // Nearly every client's end is met once: it needs no count.
    var met = RepeatedKeys(expecting: 2 * table.records.count)
    for index in table.records.indices {
      let keys = Self.keys(index, in: table)
      met.note(keys.first)
      met.note(keys.second)
    }
    var counts: [UInt64: UInt32] = [:]
    for index in table.records.indices {
      let keys = Self.keys(index, in: table)
      if met.mayBeRepeated(keys.first) { counts[keys.first, default: 0] += 1 }
      if met.mayBeRepeated(keys.second) { counts[keys.second, default: 0] += 1 }
    }
    self.counts = counts
    return counts
  }

  /// An end in 64 bits: IPv4's address and port, or a hash of IPv6's.
  private static func keys(_ index: Int, in table: ConnectionTable) -> (first: UInt64, second: UInt64) {
    let record = table.records[index]
    guard record.traits.contains(.isIPv6) else {
      return (
        UInt64(record.firstAddress) << 16 | UInt64(record.firstPort),
        UInt64(record.secondAddress) << 16 | UInt64(record.secondPort)
      )
    }
    let ends = table.addresses(index)
    return (UInt64(bitPattern: Int64(ends.first.hashValue)), UInt64(bitPattern: Int64(ends.second.hashValue)))
  }
}
