import PacketWire

/// A part of all connections, so that several processes divide a capture's connections between them.
///
/// Which part a connection falls into is told by its two ends alone, whichever is named first: the same in every run, on every
/// machine.
public struct ConnectionShard: Sendable {
  /// Which part, from 1.
  public let number: Int
  /// How many parts there are.
  public let count: Int

  /// Part `number` of `count`; `nil` where there is no such part.
  public init?(_ number: Int, of count: Int) {
    guard (1...65_536).contains(count), (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// Whether a connection between two ends falls into it.
  @inline(never)
  public func contains(_ ends: SocketPair) -> Bool {
    let ordered = ends.unordered
    var hash: UInt64 = 0
    for end in [ordered.one, ordered.other] {
      for word in [end.address.high, end.address.low, UInt64(end.port)] { hash = Self.mixed(hash ^ word) }
    }
    return Int(hash % UInt64(count)) == number - 1
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014): each bit of the
  /// input changes half of the output's.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var word = value &+ 0x9e37_79b9_7f4a_7c15
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}
