import ApplicationLog
import Foundation
import PacketWire
import Testing

/// The names of connections against those of another program.
@Suite struct CommunityIDReferenceTests {
  /// Two hundred connections at random, with the names that Python's communityid 1.5.0 (PyPI) gave them: addresses, ports, name.
  private static let named = URL(fileURLWithPath: #filePath + "/../community-ids.txt").standardizedFileURL

  @Test("Connections over IPv4 and IPv6, some with one address at both ends, have the names of PyPI's communityid")
  func reference() throws {
    let lines = try String(contentsOf: Self.named, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 200)
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let ends = try [0, 1].map { place in
        let address = words[place].contains(":") ? "[\(words[place])]" : words[place]
        return try #require(SocketAddress(text: "\(address):\(words[place + 2])"))
      }
      #expect(SocketPair(ends[0], ends[1]).communityID == words[4], "\(line)")
    }
  }
}
