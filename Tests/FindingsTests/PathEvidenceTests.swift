import PacketWire
import TestSupport
import Testing

@testable import Findings
@testable import KeepaliveAnalysis

/// Connections of clients to one server, made of whole lives: an exchange, then probes that are answered, or are not.
struct Incident {
  private var segments: [Segment] = []
  private static let server = SocketAddress(address: IPAddress(ipv4: 0x0a00_0908), port: 5432)
  static let second: Int64 = 1_000_000_000

  private mutating func add(
    _ seconds: Double, _ client: UInt16, isClient: Bool, _ flags: TCPFlags, _ sequence: UInt32,
    _ acknowledgment: UInt32,
    length: UInt32 = 0
  ) {
    var segment = Segment()
    let end = SocketAddress(address: IPAddress(ipv4: 0x0a00_0005), port: client)
    segment.source = isClient ? end.address : Self.server.address
    segment.sourcePort = isClient ? end.port : Self.server.port
    segment.destination = isClient ? Self.server.address : end.address
    segment.destinationPort = isClient ? Self.server.port : end.port
    segment.time = Int64(1_700_000_000) * Self.second + Int64((seconds * 1e9).rounded())
    segment.frame = segments.count + 1
    segment.flags = flags
    segment.sequence = SequenceNumber(sequence)
    segment.acknowledgment = SequenceNumber(acknowledgment)
    segment.payloadLength = length
    segment.window = 500
    segment.timeToLive = 64
    segments.append(segment)
  }

  private mutating func exchange(_ client: UInt16, at start: Double) {
    add(start, client, isClient: true, .syn, 100, 0)
    add(start + 0.001, client, isClient: false, [.syn, .ack], 500, 101)
    add(start + 0.002, client, isClient: true, [.ack, .psh], 101, 501, length: 10)
    add(start + 0.003, client, isClient: false, [.ack, .psh], 501, 111, length: 10)
    add(start + 0.004, client, isClient: true, .ack, 111, 511)
  }

  /// A connection whose probes, each so many seconds after the last packet, are all answered.
  mutating func survives(_ client: UInt16, silence: Double, times: Int) {
    exchange(client, at: 0)
    for step in 1...times {
      let time = 0.004 + silence * Double(step)
      add(time, client, isClient: true, .ack, 110, 511)
      add(time + 0.001, client, isClient: false, .ack, 511, 111)
    }
  }

  /// A connection whose first probe after a silence, and three more, 10 s apart, are not answered.
  mutating func isLost(_ client: UInt16, silence: Double) {
    exchange(client, at: 0)
    for step in 0..<4 { add(0.004 + silence + 10 * Double(step), client, isClient: true, .ack, 110, 511) }
    add(0.004 + silence + 40, client, isClient: true, [.rst, .ack], 111, 511)
  }

  /// A connection that is quiet for long and then refused by a reset.
  mutating func isRefused(_ client: UInt16, silence: Double) {
    exchange(client, at: 0)
    add(silence, client, isClient: true, .ack, 110, 511)
    add(silence + 0.02, client, isClient: false, .rst, 511, 0)
  }

  /// Answered probes, and then a FIN of the server.
  mutating func isClosed(_ client: UInt16, after silence: Double) {
    exchange(client, at: 0)
    for time in stride(from: 20, to: silence, by: 20) {
      add(time, client, isClient: true, .ack, 110, 511)
      add(time + 0.001, client, isClient: false, .ack, 511, 111)
    }
    add(silence, client, isClient: false, [.fin, .ack], 511, 111)
    add(silence + 0.001, client, isClient: true, .ack, 111, 512)
  }

  /// The explanations for what happened.
  var explanations: [PathExplanation] {
    var evidence = PathEvidence()
    evidence.noteAll(of: connections)
    return evidence.explanations
  }

  /// What the analysis of all its packets came to.
  var connections: Connections {
    var analyzer = KeepaliveAnalyzer()
    let ordered = segments.sorted { $0.time < $1.time }
    analyzer.captureStart = ordered.first?.time
    analyzer.process(ordered)
    analyzer.finish(at: (ordered.last?.time ?? 0) + 10 * Self.second)
    return analyzer.connections
  }
}

extension PathEvidence {
  /// Takes what each connection tells.
  mutating func noteAll(of connections: Connections) {
    for number in 1...connections.count {
      note(connections.report(number))
      guard let heard = connections.serverHeard(number) else { continue }
      note(heard: number, server: heard.server.address, client: heard.client.address, at: heard.time)
    }
  }
}

@Suite struct PathEvidenceTests {
  @Test("Between the longest silence that was survived and the shortest that was not lie the boxes that fit")
  func bracket() throws {
    var incident = Incident()
    for client in 1...5 { incident.survives(UInt16(40_000 + client), silence: 301.6, times: 4) }
    for client in 1...3 { incident.isLost(UInt16(50_000 + client), silence: 606 + Double(client)) }
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.lost.count == 3 && explanation.unexplained.isEmpty)
    #expect(abs(explanation.longestSurvived - 301_600_000_000) < 10_000_000 && explanation.survived == 20)
    #expect(explanation.connectionsThatSurvived == 5)
    #expect(explanation.othersHeard == 5 && explanation.othersOfSameClients == 5)
    let names = explanation.fits.map(\.name)
    #expect(names.contains("AWS NLB") && names.contains("AWS NAT gateway") && names.contains("Google Cloud"))
    #expect(!names.contains("Azure Load Balancer") && !names.contains("Cisco ASA, FTD"))
    #expect(explanation.survivedBeyond.map(\.name).contains("Azure Load Balancer"))
  }

  @Test("A loss after a silence that others survived is not explained by a box")
  func shorterThanSurvived() throws {
    var incident = Incident()
    incident.survives(40_001, silence: 301.6, times: 2)
    incident.isLost(50_001, silence: 61)
    incident.isLost(50_002, silence: 610)
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.lost.count == 1 && explanation.unexplained.count == 1)
    #expect(abs((explanation.unexplained.first?.silence ?? 0) - 61 * .second) < 10_000_000)
  }

  @Test("A reset after a long silence counts as a loss, by refusal")
  func refused() throws {
    var incident = Incident()
    incident.isRefused(50_001, silence: 360)
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.lost.map(\.wasRefused) == [true])
    #expect(explanation.fits.map(\.name).contains("AWS NAT gateway"))
  }

  @Test("Where every probe was answered there is nothing to explain")
  func nothingToExplain() {
    var incident = Incident()
    incident.survives(40_001, silence: 120, times: 3)
    #expect(incident.explanations.isEmpty)
  }

  @Test("A server that closes after 60 s without data, in spite of answered probes, fits boxes that count only data")
  func closedInSpiteOfProbes() throws {
    var incident = Incident()
    incident.isClosed(40_001, after: 60.2)
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.lost.isEmpty && explanation.closed.count == 1)
    #expect(explanation.closed.first?.fits.map(\.name) == ["AWS ALB", "AWS CLB"])
  }

  @Test("Four times as many dead connections to one server take some four times as long to explain")
  func cost() {
    let times = [500, 2000].map { count in
      var incident = Incident()
      for client in 0..<count { incident.isLost(UInt16(10_000 + client), silence: 606) }
      for client in 0..<count { incident.survives(UInt16(20_000 + client), silence: 301.6, times: 4) }
      let connections = incident.connections
      return processorTime {
        var evidence = PathEvidence()
        evidence.noteAll(of: connections)
        #expect(evidence.explanations.first?.lost.count == count && evidence.explanations.first?.othersHeard == count)
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  @Test("A box fits from just above what was survived up to what was lost, and never where it closes instead")
  func bounds() {
    #expect(
      PathBox.forgetting(after: 350 * .second - 1, upTo: 350 * .second).map(\.timeout)
        == [Int64](repeating: 350 * .second, count: 5))
    #expect(PathBox.forgetting(after: 350 * .second, upTo: 599 * .second).isEmpty)
    #expect(PathBox.forgetting(after: 30 * .second, upTo: 100 * .second).isEmpty)
    #expect(PathBox.closing(after: 59 * .second).isEmpty && PathBox.closing(after: 63 * .second).isEmpty)
  }

  @Test("No box known forgets or closes a connection before twice the silence from which on silences are looked at")
  func tellingSilence() {
    let shortest = PathBox.known.map(\.timeout).min()
    #expect(shortest == 2 * NetworkPath.tellingSilence)
  }
}
