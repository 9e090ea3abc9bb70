import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// Which connections are told to be one, seen twice, and which are not.
@Suite struct SamePacketsTests {
  /// An exchange and two answered probes, as seen at one place.
  private struct Seen {
    var client: UInt32 = 0xc000_020a
    var port: UInt16 = 40000
    var server: UInt32 = 0xc633_6414
    var identification: UInt16 = 100
    var timestamp: UInt32 = 5000
    var clientNumber: UInt32 = 1000
    var serverNumber: UInt32 = 900_000_000
    var delay: Double = 0

    func segments() -> [Segment] {
      let exchange: [(Double, Bool, TCPFlags, UInt32, UInt32, UInt32)] = [
        (0, true, .syn, 0, 0, 0), (0.001, false, [.syn, .ack], 0, 1, 0), (0.002, true, .ack, 1, 1, 0),
        (0.01, true, [.psh, .ack], 1, 1, 10), (0.011, false, [.psh, .ack], 1, 11, 10), (0.012, true, .ack, 11, 11, 0),
        (10, true, .ack, 10, 11, 0), (10.001, false, .ack, 11, 11, 0),
        (20, true, .ack, 10, 11, 0), (20.001, false, .ack, 11, 11, 0),
      ]
      return exchange.enumerated().map { index, packet in
        let (time, isClients, flags, sequence, acknowledgment, length) = packet
        var segment = Segment()
        let ends = [(IPAddress(ipv4: client), port), (IPAddress(ipv4: server), 7777)]
        (segment.source, segment.sourcePort) = ends[isClients ? 0 : 1]
        (segment.destination, segment.destinationPort) = ends[isClients ? 1 : 0]
        segment.time = 1_700_000_000_000_000_000 + Int64(((time + delay) * 1e6).rounded()) * 1000
        segment.flags = flags
        segment.sequence = SequenceNumber((isClients ? clientNumber : serverNumber) &+ sequence)
        if flags.contains(.ack) {
          segment.acknowledgment = SequenceNumber((isClients ? serverNumber : clientNumber) &+ acknowledgment)
        }
        segment.payloadLength = length
        segment.window = 500
        segment.timeToLive = 64
        if identification > 0, !flags.contains(.syn) {
          segment.identification = identification &+ UInt16(index) &+ (isClients ? 0 : 7000)
        }
        if timestamp > 0 {
          segment.traits.insert(.timestamps)
          segment.timestampValue = timestamp &+ UInt32(time * 1000) &+ (isClients ? 0 : 70_000)
        }
        return segment
      }
    }
  }

  private func same(_ places: [Seen]) -> [SameConnection.How?] {
    var segments = places.flatMap { $0.segments() }.sorted { $0.time < $1.time }
    for index in segments.indices { segments[index].frame = index + 1 }
    var analyzer = KeepaliveAnalyzer()
    analyzer.captureStart = segments.first?.time
    analyzer.process(segments)
    analyzer.finish()
    let connections = analyzer.connections
    return (1...connections.count).map { connections.report($0).sameConnection?.how }
  }

  @Test(
    "Before and after a NAT a connection is one, also without timestamps, or where the NAT gives new identifications")
  func translated() {
    let (before, after) = (Seen(), Seen(client: 0xc633_6401, port: 50000, delay: 0.00002))
    #expect(same([before, after]) == [.otherAddresses, .otherAddresses])
    var (one, other) = (before, after)
    (one.timestamp, other.timestamp) = (0, 0)
    #expect(same([one, other]) == [.otherAddresses, .otherAddresses])
    (one, other) = (before, after)
    other.identification = 31_000
    #expect(same([one, other]) == [.otherAddresses, .otherAddresses])
  }

  @Test("Connections that are alike by chance, or made alike, are not one")
  func alike() {
    let nobody: [SameConnection.How?] = [nil, nil]
    let one = Seen()
    #expect(same([one, Seen(port: 40001, delay: 0.00002)]) == nobody, "another port alone")
    #expect(
      same([
        Seen(identification: 0, timestamp: 0),
        Seen(client: 0xc000_020b, identification: 0, timestamp: 0, delay: 0.00002),
      ]) == nobody, "the same numbers, and nothing else to compare")
    #expect(
      same([one, Seen(client: 0xc000_020b, identification: 31_000, timestamp: 81_000, delay: 0.00002)]) == nobody,
      "the same numbers, other identifications and timestamps")
    #expect(
      same([one, Seen(client: 0xc000_020b, serverNumber: 5, delay: 0.00002)]) == nobody, "the server's numbers differ")
    #expect(same([one, Seen(client: 0xc000_020b, delay: 3)]) == nobody, "three seconds later")
  }
}
