import PacketObservation
import PacketWire
import Testing

/// The parts into which connections fall.
@Suite struct ConnectionShardTests {
  private static let pairs = (0..<4000).map { (number: UInt32) in
    SocketPair(
      SocketAddress(address: IPAddress(ipv4: 0x0a00_0000 + number / 100), port: UInt16(40_000 + number % 100)),
      SocketAddress(address: IPAddress(ipv4: 0x0a00_0908), port: 5432))
  }

  @Test("Each connection falls into one part, the same from either end", arguments: [1, 2, 3, 7, 16])
  func one(count: Int) throws {
    let shards = try (1...count).map { try #require(ConnectionShard($0, of: count)) }
    for pair in Self.pairs {
      let homes = shards.filter { $0.contains(pair) }.map(\.number)
      #expect(homes.count == 1 && homes == shards.filter { $0.contains(pair.reversed) }.map(\.number))
    }
  }

  @Test("Clients that count up fall evenly into the parts")
  func even() throws {
    for number in 1...16 {
      let shard = try #require(ConnectionShard(number, of: 16))
      // 250 are expected, with a deviation of 15.3.
      #expect((170...330).contains(Self.pairs.count(where: shard.contains)))
    }
  }

  @Test("The parts are those of every run: a connection's does not depend on the machine")
  func fixed() throws {
    let pair = Self.pairs[0]
    let homes = try (1...1000).filter { try #require(ConnectionShard($0, of: 1000)).contains(pair) }
    #expect(homes == [975])
  }

  @Test("There is no part 0, and none beyond the last")
  func bounds() {
    for (number, count) in [(0, 8), (9, 8), (1, 0), (-1, 8), (1, 100_000)] {
      #expect(ConnectionShard(number, of: count) == nil)
    }
  }
}
