// What decoding a packet and tracking a segment cost, beside adding up a packet's octets: nanoseconds, medians of runs.
import Glibc
import KeepaliveAnalysis
import PacketWire

/// An IPv4 or IPv6 packet with an empty TCP segment, behind an Ethernet header and VLAN tags; UDP where `isTCP` is not set.
func packet(isIPv6: Bool = false, tags: Int = 0, isTCP: Bool = true) -> [UInt8] {
  var bytes = [UInt8](repeating: 2, count: 12)
  for _ in 0..<tags { bytes += [0x81, 0x00, 0x00, 0x07] }
  let next: UInt8 = isTCP ? 6 : 17
  if isIPv6 {
    bytes += [0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, next, 64] + [UInt8](repeating: 1, count: 32)
  } else {
    bytes += [0x08, 0x00, 0x45, 0, 0, 52, 0, 1, 0x40, 0, 64, next, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
  }
  bytes += [0x9c, 0x40, 0x1e, 0x61, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x10, 2, 0, 0, 0, 0, 0]
  return bytes + [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1]
}

/// The median of seven runs, in nanoseconds for each of `count` steps.
func median(of count: Int, _ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  let times = (0..<7).map { _ in
    let time = clock.measure(body)
    return Double(time.components.seconds) * 1e9 + Double(time.components.attoseconds) / 1e9
  }
  return times.sorted()[3] / Double(count)
}

func report(_ name: String, _ nanoseconds: Double, _ standard: Double) {
  let tenths = Int((nanoseconds * 10).rounded())
  let hundredths = Int((nanoseconds / standard * 100).rounded())
  let ratio = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  print(name + String(repeating: " ", count: 48 - name.count) + "\(tenths / 10).\(tenths % 10) ns  \(ratio)")
}

/// Keeps what is measured from being optimised away.
nonisolated(unsafe) var kept: UInt64 = 0

let rounds = 1_000_000
let plain = packet()
let standard = median(of: rounds) {
  for _ in 0..<rounds { for octet in plain { kept &+= UInt64(octet) } }
}
print("what, nanoseconds, ratio to adding up the 66 octets of a packet\n")
report("adding up 66 octets", standard, standard)
for (name, bytes) in [
  ("decode IPv4, TCP", plain), ("decode IPv6, TCP", packet(isIPv6: true)),
  ("decode two VLAN tags, IPv4, TCP", packet(tags: 2)), ("decode IPv4, UDP: not TCP", packet(isTCP: false)),
] {
  var decoder = PacketDecoder()
  var segment = Segment()
  let time = median(of: rounds) {
    for _ in 0..<rounds {
      let result = decoder.decode(
        bytes.span, in: 0..<bytes.count, originalLength: bytes.count, linkType: .ethernet, interface: 0, into: &segment)
      if result == .segment { kept &+= UInt64(segment.sequence.value) }
    }
  }
  report(name, time, standard)
}

/// Data one way and its acknowledgment the other, over so many connections in turn.
func exchange(_ connections: Int) -> [Segment] {
  (0..<rounds).map { index in
    let connection = UInt32(index / 2 % connections)
    let round = UInt32(index / 2 / connections)
    var segment = Segment()
    segment.time = Int64(index) * 1000
    segment.frame = index + 1
    segment.flags = .ack
    segment.window = 512
    let (client, server) = (IPAddress(ipv4: 0x0a00_0000 + connection / 50_000), IPAddress(ipv4: 0x0a01_0001))
    let port = UInt16(10_000 + connection % 50_000)
    if index % 2 == 0 {
      (segment.source, segment.sourcePort, segment.destination, segment.destinationPort) = (client, port, server, 5432)
      (segment.sequence, segment.acknowledgment) = (SequenceNumber(round &* 100), SequenceNumber(1))
      segment.payloadLength = 100
    } else {
      (segment.source, segment.sourcePort, segment.destination, segment.destinationPort) = (server, 5432, client, port)
      (segment.sequence, segment.acknowledgment) = (SequenceNumber(1), SequenceNumber(round &* 100 &+ 100))
    }
    return segment
  }
}

for connections in [1, 10_000, 500_000] {
  let segments = exchange(connections)
  let time = median(of: rounds) {
    var analyzer = KeepaliveAnalyzer()
    analyzer.process(segments)
    kept &+= UInt64(analyzer.connectionCount)
  }
  report("track a segment, \(connections) connections", time, standard)
}
print("\n(\(kept % 10))")
