import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// The hash of 4-tuples beside a table in which each connection has a place by chance.
@Suite struct ConnectionHashTests {
  typealias Ends = (one: SocketAddress, other: SocketAddress)

  /// Connections that somebody might choose because they could fall on one place.
  struct Choice: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let ends: @Sendable (UInt32) -> Ends

    init(_ name: String, _ ends: @escaping @Sendable (UInt32) -> Ends) {
      testDescription = name
      self.ends = ends
    }
  }

  static func ipv4(_ address: UInt32, _ port: UInt32 = 0) -> SocketAddress {
    SocketAddress(address: IPAddress(ipv4: address), port: UInt16(truncatingIfNeeded: port))
  }

  static func ipv6(_ high: UInt64, _ low: UInt64, _ port: UInt32 = 0) -> SocketAddress {
    SocketAddress(address: IPAddress(high: high, low: low), port: UInt16(truncatingIfNeeded: port))
  }

  static let network: UInt64 = 0x2001_0db8_0000_0000

  static let choices: [Choice] = [
    Choice("A+i and A−i, ports 0") { (ipv4(0x0a40_0000 + $0), ipv4(0x0a40_0000 - $0)) },
    Choice("A+i and B−i: one sum") { (ipv4(0x0a00_0000 + $0, 443), ipv4(0xc0a8_ffff - $0, 443)) },
    Choice("A^i and B^i: one exclusive-or") { (ipv4(0x0a00_0000 ^ $0, 80), ipv4(0xc0a8_0000 ^ $0, 80)) },
    Choice("ports p+i and q−i, addresses A+i and B−i") {
      (ipv4(0x0a00_0000 + $0, $0), ipv4(0xc0a8_ffff - $0, 0 &- $0))
    },
    Choice("one address, all ports equal") { (ipv4(0x0a00_0001, $0), ipv4(0x0a00_0002, $0)) },
    Choice("one address, ports that count up") { (ipv4(0x0a00_0001, $0), ipv4(0x0a00_0002, 443)) },
    Choice("two addresses that exchange their ports") {
      (ipv4(0x0a00_0001 + $0 % 2, $0 / 2), ipv4(0x0a00_0002 - $0 % 2, 443))
    },
    Choice("addresses that differ in the upper half") { (ipv4($0 << 16, 5), ipv4(0x0a00_0002, 443)) },
    Choice("both addresses the same") { (ipv4($0, 1), ipv4($0, 2)) },
    Choice("a square of addresses") { (ipv4($0 >> 8, 443), ipv4(0x1000 + ($0 & 0xff), 443)) },
    Choice("IPv6, low halves A+i and A−i") {
      (ipv6(network, 1 << 40 + UInt64($0)), ipv6(network, 1 << 40 - UInt64($0)))
    },
    Choice("IPv6, high halves A+i and A−i") { (ipv6(network + UInt64($0), 1), ipv6(network - UInt64($0), 1)) },
    Choice("IPv6, high and low that make one sum") {
      (ipv6(network + UInt64($0), 1 << 40 - UInt64($0)), ipv6(network, 1))
    },
    Choice("IPv6, high and low that make one exclusive-or") {
      (ipv6(network ^ UInt64($0), UInt64($0)), ipv6(network ^ UInt64($0), UInt64($0), 443))
    },
    Choice("IPv6, the upper 32 bits of the low half") { (ipv6(network, UInt64($0) << 32), ipv6(network, 1)) },
    Choice("IPv6, the upper 32 bits of the high half") { (ipv6(UInt64($0) << 32, 1), ipv6(network, 1)) },
    Choice("IPv6, ports that count up") { (ipv6(network, 1, $0), ipv6(network, 1, 443)) },
    Choice("IPv6 with the octets of IPv4 below") { (ipv6(0, UInt64($0)), ipv6(0, UInt64($0) << 16)) },
  ]

  /// How many slots are looked at until each of `places` has one of its own, and how many have the same one at most.
  static func load(_ places: [Int], slots: Int) -> (walked: Int, largestPile: Int) {
    var isTaken = [Bool](repeating: false, count: slots)
    var piles = [Int](repeating: 0, count: slots)
    var walked = 0
    for place in places {
      piles[place] += 1
      var slot = place
      walked += 1
      while isTaken[slot] {
        slot = (slot + 1) % slots
        walked += 1
      }
      isTaken[slot] = true
    }
    return (walked, piles.max() ?? 0)
  }

  /// Places the connections by their tags, as the table does, and at random; the table half full, as full as it gets.
  static func expectAsGoodAsRandom(_ name: String, bits: Int, _ ends: (UInt32) -> Ends) {
    let (hash, slots) = (ConnectionHash(), 1 << bits)
    let places = (0..<UInt32(slots / 2)).map { number in
      let (one, other) = ends(number)
      return Int(hash.tag(one.address, one.port, other.address, other.port) >> UInt32(32 - bits))
    }
    let chosen = load(places, slots: slots)
    let random = load(places.map { _ in Int.random(in: 0..<slots) }, slots: slots)
    #expect(chosen.walked <= random.walked * 2, "\(name)")
    #expect(chosen.largestPile <= random.largestPile * 2, "\(name)")
  }

  @Test("Connections chosen to meet take at most twice the steps of a table filled at random", arguments: choices)
  func chosen(_ choice: Choice) {
    Self.expectAsGoodAsRandom(choice.testDescription, bits: 16, choice.ends)
  }

  @Test("No set that a random search finds, of addresses and ports in steps, does worse")
  func search() {
    for _ in 0..<100 {
      // A step of a single bit as often as of many.
      let step = { Bool.random() ? UInt64(1) << UInt64.random(in: 0..<64) : UInt64.random(in: 0...UInt64.max) }
      let (starts, steps) = ((0..<6).map { _ in UInt64.random(in: 0...UInt64.max) }, (0..<6).map { _ in step() })
      let isIPv6 = Bool.random()
      let isMoving = (0..<6).map { _ in Bool.random() }
      // Of the addresses' lower halves one moves in each set, by a step whose lowest bit stands low enough to tell them apart.
      let value = { (part: Int, number: UInt32) -> UInt64 in
        if part == 0 { return starts[0] &+ (steps[0] | 1) &* UInt64(number) }
        return isMoving[part] ? starts[part] &+ steps[part] &* UInt64(number) : starts[part]
      }
      Self.expectAsGoodAsRandom("\(isIPv6) \(starts) \(steps) \(isMoving)", bits: 11) { number in
        let ports = (UInt32(truncatingIfNeeded: value(4, number)), UInt32(truncatingIfNeeded: value(5, number)))
        guard isIPv6 else {
          return (
            Self.ipv4(UInt32(truncatingIfNeeded: value(0, number)), ports.0),
            Self.ipv4(UInt32(truncatingIfNeeded: value(1, number)), ports.1)
          )
        }
        return (
          Self.ipv6(value(2, number), value(0, number), ports.0), Self.ipv6(value(3, number), value(1, number), ports.1)
        )
      }
    }
  }

  @Test(
    "A connection has one tag for both directions, whatever its two ends have in common, and in another table another one"
  )
  func tags() {
    let (hash, other) = (ConnectionHash(), ConnectionHash())
    let ends = [
      Self.ipv4(0), Self.ipv4(0, 1), Self.ipv4(1), Self.ipv4(0xffff_ffff, 0xffff), Self.ipv4(0x0001_0000, 7),
      Self.ipv6(0, 0), Self.ipv6(0, 1), Self.ipv6(1, 0), Self.ipv6(1, 0, 1), Self.ipv6(1, 1), Self.ipv6(1 << 63, 1, 7),
      Self.ipv6(.max, .max, 0xffff), Self.ipv6(0, .max), Self.ipv6(.max, 0, 7),
    ]
    var tags: Set<UInt32> = []
    var equal = 0
    for (number, one) in ends.enumerated() {
      for another in ends[number...] {
        let tag = hash.tag(one.address, one.port, another.address, another.port)
        #expect(tag == hash.tag(another.address, another.port, one.address, one.port), "\(one) \(another)")
        tags.insert(tag)
        if tag == other.tag(one.address, one.port, another.address, another.port) { equal += 1 }
      }
    }
    // That two of the 105 meet by chance happens once in 800,000 runs.
    #expect(tags.count >= ends.count * (ends.count + 1) / 2 - 1 && equal <= 1)
  }

  @Test("Two connections that differ in one bit, wherever it stands, have tags of which half the bits differ")
  func everyBit() {
    let one = Self.ipv6(0x2001_0db8_1234_5678, 0x9abc_def0_1122_3344, 0x1234)
    let other = Self.ipv6(0x2001_0db8_8765_4321, 0x0fed_cba9_4433_2211, 0x4321)
    for bit in 0..<144 {
      let high: UInt64 = bit < 64 ? 1 << UInt64(bit) : 0
      let low: UInt64 = 64..<128 ~= bit ? 1 << UInt64(bit - 64) : 0
      let port: UInt16 = bit >= 128 ? 1 << UInt16(bit - 128) : 0
      let address = IPAddress(high: one.address.high ^ high, low: one.address.low ^ low)
      let differing = (0..<64).reduce(0) { sum, _ in
        let hash = ConnectionHash()
        let tag = hash.tag(one.address, one.port, other.address, other.port)
        return sum + (tag ^ hash.tag(address, one.port ^ port, other.address, other.port)).nonzeroBitCount
      }
      // 1,024 of 2,048 on average, with a deviation of 23.
      #expect(850...1200 ~= differing, "bit \(bit): \(differing)")
    }
  }
}
