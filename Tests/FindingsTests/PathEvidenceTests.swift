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

  /// An exchange, a silence, and a FIN of the server.
  mutating func isClosedUnprobed(_ client: UInt16, after silence: Double) {
    exchange(client, at: 0)
    add(0.004 + silence, client, isClient: false, [.fin, .ack], 511, 111)
    add(0.005 + silence, client, isClient: true, .ack, 111, 512)
  }

  /// An exchange, a silence, and resets in the names of both ends.
  mutating func isResetInBothNames(_ client: UInt16, after silence: Double) {
    exchange(client, at: 0)
    add(0.004 + silence, client, isClient: false, [.rst, .ack], 511, 111)
    add(0.004 + silence, client, isClient: true, [.rst, .ack], 111, 511)
  }

  /// A SYN that nobody answers, sent twice.
  mutating func isAskedForInVain(_ client: UInt16, at time: Double) {
    for later in [0.0, 1] { add(time + later, client, isClient: true, .syn, 100, 0) }
  }

  /// What it all tells of paths.
  var evidence: PathEvidence {
    var evidence = PathEvidence()
    evidence.noteAll(of: connections)
    return evidence
  }

  /// The explanations for what happened.
  var explanations: [PathExplanation] {
    evidence.explanations(by: PathBox.known)
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
      note(connections.heardEnds(number))
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
    #expect(explanation.lost.isEmpty && explanation.ended(.inSpiteOfProbes).count == 1)
    #expect(explanation.ended.first?.fits.map(\.name) == ["AWS ALB", "AWS CLB"])
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
        let explanation = evidence.explanations(by: PathBox.known).first
        #expect(explanation?.lost.count == count && explanation?.othersHeard == count)
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  @Test("A box fits from just above what was survived up to what was lost, and never where it closes instead")
  func bounds() {
    let boxes = PathBox.known
    #expect(
      boxes.forgetting(after: 350 * .second - 1, upTo: 350 * .second, wasRefused: false).map(\.timeout)
        == [Int64](repeating: 350 * .second, count: 5))
    #expect(boxes.forgetting(after: 350 * .second, upTo: 599 * .second, wasRefused: false).isEmpty)
    #expect(boxes.forgetting(after: 30 * .second, upTo: 100 * .second, wasRefused: false).isEmpty)
    #expect(
      boxes.ending(after: 59 * .second, by: .closes).isEmpty && boxes.ending(after: 63 * .second, by: .closes).isEmpty)
  }

  @Test("Where a reset refused the next packet, only boxes fit that reset it; where nothing came back, both do")
  func refusedBox() {
    let refused = PathBox.known.forgetting(after: 345 * .second, upTo: 352 * .second, wasRefused: true)
    #expect(refused.map(\.name) == ["AWS NLB", "AWS NAT gateway"])
    let silent = PathBox.known.forgetting(after: 345 * .second, upTo: 352 * .second, wasRefused: false)
    #expect(silent.count == 5)
  }

  @Test(
    "Connections without a probe that end after silences that are alike were ended by a timer; one alone was not")
  func closedUnprobed() throws {
    var incident = Incident()
    for client in 1...3 { incident.isClosedUnprobed(UInt16(40_000 + client), after: 75) }
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.ended(.closed).count == 3 && explanation.ended.first?.fits.isEmpty == true)
    var one = Incident()
    one.isClosedUnprobed(40_001, after: 75)
    #expect(one.explanations.isEmpty)
    var fitting = Incident()
    fitting.isClosedUnprobed(40_001, after: 60.1)
    #expect(fitting.explanations.first?.ended.first?.fits.map(\.name) == ["AWS ALB", "AWS CLB"])
  }

  @Test("Resets in both names after four minutes without a packet fit a box that resets both ends, and no other")
  func resetInBothNames() throws {
    var incident = Incident()
    incident.isResetInBothNames(40_001, after: 240)
    let explanation = try #require(incident.explanations.first)
    #expect(explanation.ended(.resetInBothNames).map(\.number) == [1])
    #expect(explanation.ended.first?.fits.map(\.name) == ["Azure Load Balancer with TCP reset"])
  }

  @Test("A host from which everything stops at one moment explains all that hangs since, and is no box's doing")
  func silentHost() throws {
    var incident = Incident()
    for client in 1...3 { incident.isLost(UInt16(40_000 + client), silence: Double(4 + client)) }
    incident.isAskedForInVain(41_000, at: 20)
    let evidence = incident.evidence
    let host = try #require(evidence.silentHosts.first)
    #expect(host.connections == [1, 2, 3] && host.unansweredOpenings == 1)
    #expect(host.host.description == "10.0.9.8")
    #expect(evidence.explanations(by: PathBox.known).isEmpty)
    incident.survives(42_000, silence: 5, times: 12)
    #expect(incident.evidence.silentHosts.isEmpty, "it is heard while the others hang")
  }

  @Test(
    "Connections that are lost one by one after long silences show no silent host: a box may have forgotten each")
  func noSilentHost() {
    var incident = Incident()
    for client in 1...3 { incident.isLost(UInt16(40_000 + client), silence: 606 + Double(client)) }
    #expect(incident.evidence.silentHosts.isEmpty)
  }

  @Test(
    "A box that is asked for explains what was lost in its way, and is not where longer silences were survived")
  func asked() throws {
    var incident = Incident()
    incident.survives(40_001, silence: 301.6, times: 2)
    incident.isLost(50_001, silence: 610)
    incident.isLost(50_002, silence: 61)
    let evidence = incident.evidence
    let network = evidence.answer(try #require(PathThreshold(named: "aws-network-firewall")))
    #expect(network.explains == [2] && network.leavesOpen == [3] && network.survivors.isEmpty)
    #expect(evidence.answer(PathThreshold(seconds: 240)).survivors.count == 1)
    #expect(evidence.answer(try #require(PathThreshold(named: "aws-alb"))).explains.isEmpty)
  }

  @Test("No box known forgets or closes a connection before twice the silence from which on silences are looked at")
  func tellingSilence() {
    let shortest = PathBox.known.map(\.timeout).min()
    #expect(shortest == 2 * NetworkPath.tellingSilence)
  }
}
