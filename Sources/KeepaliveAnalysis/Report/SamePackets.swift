import PacketWire

/// Which connections are one that was captured at two places: under other addresses, or in other numbers.
///
/// Only connections with a prober or remarks, or with one end that was not heard, are compared, all at once, when one is first
/// asked about: of the others nothing is told that could be told twice, and packets cost nothing for it.
final class SamePackets {
  /// By what both would have in common: the connections, no more than `mostAlike` each.
  private var alike: [UInt64: [Int]]?

  /// More connections in the same numbers are made ones.
  private static let mostAlike = 4

  /// The connection that the one at `index` is too; `nil` where there is none.
  func other(_ index: Int, in table: ConnectionTable) -> SameConnection? {
    guard Self.isCompared(table.records[index]) else { return nil }
    let alike = alike ?? collect(table)
    var same: SameConnection?
    Self.forEachKey(index, in: table) { key in
      for other in alike[key] ?? [] where other != index && same == nil {
        same = Self.how(index, other, in: table).map { SameConnection(number: table.number(other), how: $0) }
      }
    }
    return same
  }

  private static func isCompared(_ record: Connection) -> Bool {
    record.prober > 0 || record.traits.contains(.hasRemarks)
      || !record.first.knowledge.intersection(record.second.knowledge).contains(.heard)
  }

  private func collect(_ table: ConnectionTable) -> [UInt64: [Int]] {
    // Nearly every key is met once: those that are not are found first.
    var met = RepeatedKeys(expecting: table.records.count)
    for index in table.records.indices where Self.isCompared(table.records[index]) {
      Self.forEachKey(index, in: table) { met.note($0) }
    }
    var alike: [UInt64: [Int]] = [:]
    if met.hasRepeated {
      for index in table.records.indices where Self.isCompared(table.records[index]) {
        Self.forEachKey(index, in: table) { key in
          guard met.mayBeRepeated(key), alike[key]?.count ?? 0 < Self.mostAlike else { return }
          alike[key, default: []].append(index)
        }
      }
    }
    self.alike = alike
    return alike
  }

  /// Both ends' SND.NXT, whichever comes first; and of one leg of a proxy that renumbers, both ends.
  private static func forEachKey(_ index: Int, in table: ConnectionTable, _ take: (UInt64) -> Void) {
    let record = table.records[index]
    if record.first.knowledge.intersection(record.second.knowledge).contains(.nextToSend) {
      take(UInt64(record.first.nextToSend.value ^ record.second.nextToSend.value))
    }
    if record.traits.contains(.isInOneNumbering) {
      let ends = table.addresses(index)
      take(1 << 63 | UInt64(bitPattern: Int64(ends.first.hashValue ^ ends.second.hashValue)))
    }
  }

  /// How two connections are one: by at least 48 bits that have no other reason to be alike, at the same times.
  private static func how(_ one: Int, _ other: Int, in table: ConnectionTable) -> SameConnection.How? {
    let (a, b) = (table.records[one], table.records[other])
    let isAtOnce = { (time: Int64, other: Int64) in
      (time &- other).magnitude <= CapturePlaces.delayBehindRouters.magnitude
    }
    guard isAtOnce(a.lastTime, b.lastTime) else { return nil }
    // Where no SYN was captured, the capture may have begun between a packet and its copy.
    let areWhole = table.ends[one].initialSequence.value != 0 && table.ends[other].initialSequence.value != 0
    guard !areWhole || isAtOnce(table.ends[one].firstTime, table.ends[other].firstTime) else { return nil }
    for side in [Side.first, .second] {
      let (first, second) = (b[side], b[side.peer])
      let numbers = (a.first.nextToSend == first.nextToSend, a.second.nextToSend == second.nextToSend)
      let packets = (isSamePacket(a.first, first), isSamePacket(a.second, second))
      if numbers.0, numbers.1, isTranslated(one, other, side, in: table) {
        if packets.0 || packets.1 { return .otherAddresses }
        let heard = [a.first, first, a.second, second].map { $0.knowledge.contains(.heard) }
        if heard == [true, false, false, true] || heard == [false, true, true, false] { return .otherDirection }
      } else if a.traits.contains(.isInOneNumbering), b.traits.contains(.isInOneNumbering),
        !isTranslated(one, other, side, in: table),
        numbers.0 && packets.0 || numbers.1 && packets.1
      {
        return .otherNumbers
      }
    }
    return nil
  }

  /// Whether an address differs, where the other's `side` is the first of the one: no NAT changes a port alone, and made captures
  /// have many connections that are alike but for a port.
  private static func isTranslated(_ one: Int, _ other: Int, _ side: Side, in table: ConnectionTable) -> Bool {
    let (a, b) = (table.addresses(one), table.addresses(other))
    let (first, second) = side == .first ? (b.first, b.second) : (b.second, b.first)
    return a.first.address != first.address || a.second.address != second.address
  }

  /// Whether an end's latest packet is the same: neither a router nor a NAT gives it another identification or timestamp.
  private static func isSamePacket(_ one: Endpoint, _ other: Endpoint) -> Bool {
    guard one.knowledge.intersection(other.knowledge).contains(.heard) else { return false }
    return one.identification != 0 && one.identification == other.identification
      || one.knowledge.intersection(other.knowledge).contains(.timestamps)
        && one.timestampValue == other.timestampValue
  }
}

/// Another connection of the capture that is the same one.
public struct SameConnection: Sendable {
  /// How the two differ.
  public enum How: Sendable {
    /// Its addresses or ports were translated between the two places.
    case otherAddresses
    /// The same, and each has one direction only.
    case otherDirection
    /// One end's numbers were.
    case otherNumbers
  }
  /// The other's number, from 1.
  public var number: Int
  /// How the two differ.
  public var how: How
}
