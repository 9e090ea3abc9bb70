import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// A connection that is probed every minute, captured by a clock that may be set, between hosts that may be suspended.
struct ProbedConnection {
  private var segments: [Segment] = []
  /// Ticks a second of both ends' timestamps.
  let ticks: Double
  /// What the capture's clock shows beside the true time, in seconds.
  var clockAhead = 0.0
  /// How long each end slept, in seconds.
  var clientSlept = 0.0
  var serverSlept = 0.0

  init(ticks: Double = 1000) {
    self.ticks = ticks
    add(0, .first, .syn, 999, 0)
    add(0.001, .second, [.syn, .ack], 4999, 1000)
    add(0.002, .first, .ack, 1000, 5000)
    add(0.01, .first, .ack, 1000, 5000, length: 20)
    add(0.011, .second, .ack, 5000, 1020)
  }

  private mutating func add(
    _ time: Double, _ side: Side, _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgment: UInt32, length: UInt32 = 0
  ) {
    var segment = Segment()
    let ends: [(IPAddress, UInt16)] = [(IPAddress(ipv4: 0x0a00_0001), 40000), (IPAddress(ipv4: 0x0a00_0002), 5432)]
    (segment.source, segment.sourcePort) = ends[side.rawValue]
    (segment.destination, segment.destinationPort) = ends[side.peer.rawValue]
    segment.time = Int64(((1_700_000_000 + time + clockAhead) * 1e6).rounded()) * 1000
    segment.frame = segments.count + 1
    segment.flags = flags
    segment.sequence = SequenceNumber(sequence)
    segment.acknowledgment = SequenceNumber(acknowledgment)
    segment.payloadLength = length
    segment.window = 500
    segment.traits = .timestamps
    let awake = time - (side == .first ? clientSlept : serverSlept)
    segment.timestampValue = UInt32((awake * ticks).rounded(.down)) + 77
    // A probe's timestamp is below the window, and so never echoed.
    let heard = segments.last { $0.source != segment.source && (side == .first || $0.payloadLength > 0) }
    segment.timestampEcho = heard?.timestampValue ?? 0
    segments.append(segment)
  }

  /// A probe and its answer.
  mutating func probe(at time: Double) {
    add(time, .first, .ack, 1019, 5000)
    add(time + 0.001, .second, .ack, 5000, 1020)
  }

  func analysed() -> KeepaliveAnalyzer {
    var analyzer = KeepaliveAnalyzer()
    analyzer.captureStart = segments.first?.time
    analyzer.process(segments)
    analyzer.finish()
    return analyzer
  }
}

@Suite struct ClockStepTests {
  @Test(
    "A clock set forward is noticed by both ends' timestamps, whatever their tick, and is no silence",
    arguments: [1000.0, 250, 100, 1], [90.0, 3600, 259_200])
  func forward(ticks: Double, step: Double) throws {
    var connection = ProbedConnection(ticks: ticks)
    for minute in 1...5 { connection.probe(at: Double(minute) * 60) }
    connection.clockAhead = step
    for minute in 6...9 { connection.probe(at: Double(minute) * 60) }
    let connections = connection.analysed().connections
    let found = try #require(connections.clockSteps.first)
    #expect(connections.clockSteps.count == 1)
    #expect(found.frame.frame == 16)
    #expect(abs(Double(found.amount) / 1e9 - step) < 2)
    let report = connections.report(1)
    #expect(report.survived?.longest ?? .infinity < 62)
    #expect(report.probers.first?.period?.likely == 60)
  }

  @Test("A clock set back is noticed too")
  func back() throws {
    var connection = ProbedConnection()
    for minute in 1...5 { connection.probe(at: Double(minute) * 60) }
    connection.clockAhead = -7200
    for minute in 6...9 { connection.probe(at: Double(minute) * 60) }
    let found = try #require(connection.analysed().connections.clockSteps.first)
    #expect(found.frame.frame == 16)
    #expect(abs(Double(found.amount) / 1e9 + 7200) < 1)
  }

  @Test("Where one end's timestamps stood still that host was suspended: the silence was real")
  func suspended() throws {
    var connection = ProbedConnection()
    for minute in 1...5 { connection.probe(at: Double(minute) * 60) }
    connection.clientSlept = 3600
    for minute in 6...9 { connection.probe(at: Double(minute) * 60 + 3600) }
    let connections = connection.analysed().connections
    #expect(connections.clockSteps.isEmpty)
    let survived = try #require(connections.report(1).survived)
    #expect(survived.longest > 3600)
    // Its timers stood still with it.
    #expect(connections.report(1).probers.first?.period?.likely == 60)
  }

  @Test(
    "A long silence is none of the clock's, nor is one in which TSval wraps around",
    arguments: [3600.0, 86_400, 5_184_000])
  func silence(length: Double) {
    var connection = ProbedConnection(ticks: 250)
    for minute in 1...5 { connection.probe(at: Double(minute) * 60) }
    for minute in 1...3 { connection.probe(at: 300 + Double(minute) * length) }
    #expect(connection.analysed().connections.clockSteps.isEmpty)
  }
}
