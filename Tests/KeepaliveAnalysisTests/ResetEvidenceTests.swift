import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// What speaks for who sent a reset.
@Suite struct ResetEvidenceTests {
  /// A connection whose client repeats its acknowledgment after four seconds, as MPTCP's fast close does, and is answered by a
  /// reset.
  private static func segments() -> [Segment] {
    let exchange: [(Double, Bool, TCPFlags, UInt32, UInt32, UInt32)] = [
      (0, true, .syn, 0, 0, 0), (0.001, false, [.syn, .ack], 0, 1, 0), (0.002, true, .ack, 1, 1, 0),
      (1, false, [.psh, .ack], 1, 1, 10), (1.001, true, .ack, 1, 11, 0), (5, true, .ack, 1, 11, 0),
      (5.0001, false, [.rst, .ack], 11, 1, 0),
    ]
    return exchange.enumerated().map { index, packet in
      let (time, isClients, flags, sequence, acknowledgment, length) = packet
      var segment = Segment()
      let ends = [(IPAddress(ipv4: 0xc000_020a), UInt16(40_000)), (IPAddress(ipv4: 0xc633_6414), UInt16(443))]
      (segment.source, segment.sourcePort) = ends[isClients ? 0 : 1]
      (segment.destination, segment.destinationPort) = ends[isClients ? 1 : 0]
      segment.time = 1_700_000_000_000_000_000 + Int64(time * 1e6) * 1000
      segment.frame = index + 1
      segment.flags = flags
      segment.sequence = SequenceNumber((isClients ? 1000 : 9000) + sequence)
      if flags.contains(.ack) { segment.acknowledgment = SequenceNumber((isClients ? 9000 : 1000) + acknowledgment) }
      segment.payloadLength = length
      segment.window = 500
      segment.timeToLive = isClients ? 63 : 64
      segment.identification = UInt16((isClients ? 100 : 500) + index)
      return segment
    }
  }

  @Test("What a reset after an idle repetition tells of its sender is the same whichever way its packets went")
  func afterRepetition() {
    var evidence: [String] = []
    for (usesShortWays, isTogether) in [(true, true), (true, false), (false, true)] {
      var analyzer = KeepaliveAnalyzer()
      analyzer.usesShortWays = usesShortWays
      if isTogether {
        analyzer.process(Self.segments())
      } else {
        for one in Self.segments() { analyzer.process([one]) }
      }
      analyzer.finish()
      let reset = analyzer.connections.report(1).reset
      #expect(reset?.timeToLive == 64 && reset?.usualTimeToLive == 64 && reset?.continuesIdentification == true)
      evidence.append("\(String(describing: reset))")
    }
    #expect(Set(evidence).count == 1, "\(evidence)")
  }
}
