import PacketWire

/// How a derived capture is made of a whole one, and so how its claims stand to the whole one's.
enum Relation: String, CaseIterable {
  case begunLater = "begun later"
  case frameRemoved = "one frame removed"
  case joinedToItself = "joined to itself"
  case shiftedBy20Microseconds = "one direction shifted by 20 µs"
  case shiftedBy100Microseconds = "one direction shifted by 100 µs"
  case otherConnectionRemoved = "another connection removed"
  case splitInTwo = "split into two files"

  /// Whether nothing that tells of a frame is missing, so that each claim must still be there.
  var keepsEveryClaim: Bool { self == .otherConnectionRemoved || self == .splitInTwo }
}

/// A capture made of a whole one's packets.
struct DerivedCapture {
  /// One of its packets.
  struct Packet {
    /// Which of the whole's, from 0.
    var origin: Int
    /// When; `nil` where the whole's has no time.
    var time: Int64?
    /// Which file it stands in, from 0.
    var file = 0
    /// Whether it stood in the capture before.
    var isSecondCopy = false
  }

  var relation: Relation
  /// What was done, in words.
  var change: String
  var packets: [Packet]

  /// Every capture derived from `whole`.
  static func all(of whole: SavedCapture) -> [DerivedCapture] {
    let packets = whole.packets.indices.map { Packet(origin: $0, time: whole.packets[$0].time) }
    return begunLater(packets) + frameRemoved(packets) + joined(packets) + shifted(packets, whole)
      + otherConnectionRemoved(packets, whole) + split(packets)
  }

  private static func begunLater(_ packets: [Packet]) -> [DerivedCapture] {
    packets.indices.dropFirst().map {
      DerivedCapture(relation: .begunLater, change: "begun at #\($0 + 1)", packets: Array(packets[$0...]))
    }
  }

  private static func frameRemoved(_ packets: [Packet]) -> [DerivedCapture] {
    packets.indices.map { index in
      var rest = packets
      rest.remove(at: index)
      return DerivedCapture(relation: .frameRemoved, change: "without #\(index + 1)", packets: rest)
    }
  }

  /// Whole, and then again from each packet on.
  private static func joined(_ packets: [Packet]) -> [DerivedCapture] {
    packets.indices.map { index in
      let again = packets[index...].map { Packet(origin: $0.origin, time: $0.time, isSecondCopy: true) }
      return DerivedCapture(
        relation: .joinedToItself, change: "and again from #\(index + 1)", packets: packets + again)
    }
  }

  /// As where the two directions of a tap come from two interfaces, whose clocks differ.
  private static func shifted(_ packets: [Packet], _ whole: SavedCapture) -> [DerivedCapture] {
    guard packets.allSatisfy({ $0.time != nil }) else { return [] }
    let shifts: [(Relation, [Int64])] = [
      (.shiftedBy20Microseconds, [-20, 20]), (.shiftedBy100Microseconds, [-100, 100]),
    ]
    return shifts.flatMap { relation, microseconds in
      microseconds.flatMap { shift in
        [true, false].map { fromHigherPort in
          let moved = packets.map { packet in
            var packet = packet
            if whole.segments[packet.origin]?.isFromHigherPort == fromHigherPort { packet.time? += shift * 1000 }
            return packet
          }
          return DerivedCapture(
            relation: relation,
            change: "what comes from the \(fromHigherPort ? "higher" : "lower") port \(shift) µs later",
            packets: moved.enumerated().sorted { ($0.element.time ?? 0, $0.offset) < ($1.element.time ?? 0, $1.offset) }
              .map(\.element))
        }
      }
    }
  }

  private static func otherConnectionRemoved(_ packets: [Packet], _ whole: SavedCapture) -> [DerivedCapture] {
    let connections = Set(whole.segments.compactMap(\.?.ends))
    guard connections.count > 1 else { return [] }
    return connections.map { ends in
      let rest = packets.filter { whole.segments[$0.origin]?.ends != ends }
      let names = ends.map(\.description).sorted().joined(separator: " and ")
      return DerivedCapture(relation: .otherConnectionRemoved, change: "without that of \(names)", packets: rest)
    }
  }

  /// The parts are read together, the packet with the earlier time first.
  private static func split(_ packets: [Packet]) -> [DerivedCapture] {
    guard packets.allSatisfy({ $0.time != nil }) else { return [] }
    return packets.indices.dropFirst().map { index in
      var first = packets[..<index]
      var second = packets[index...]
      var merged: [Packet] = []
      while let packet = first.first, let other = second.first {
        let isFirst = (packet.time ?? 0) <= (other.time ?? 0)
        merged.append(isFirst ? first.removeFirst() : second.removeFirst())
      }
      merged += first + second
      for place in merged.indices where merged[place].origin >= index { merged[place].file = 1 }
      return DerivedCapture(relation: .splitInTwo, change: "split before #\(index + 1)", packets: merged)
    }
  }
}
