import Findings
import KeepaliveAnalysis
import PacketObservation
import PacketWire
import TestSupport

/// A capture of many connections to several servers, each with its own probes.
struct ManyConnections {
  enum Ending { case open, closed, lost, dead, refused, probedByBoth, blocked }

  private var segments: [Segment] = []
  private var opened: UInt16 = 0
  /// The connections that live, with their periods and the times of their last answers: they are probed to the capture's end.
  private var living: [(client: SocketAddress, server: SocketAddress, period: Double, time: Double)] = []

  /// Opens a connection, whose client probes it: each so many seconds after the answer to the last.
  mutating func add(_ client: UInt32, to server: UInt32, period: Double, rounds: Int = 3, _ ending: Ending = .open) {
    opened += 1
    let client = SocketAddress(address: IPAddress(ipv4: client), port: 40_000 + opened)
    let server = SocketAddress(address: IPAddress(ipv4: server), port: 443)
    var time = Double(opened) / 100
    send(client, server, time, .syn, 100, 0)
    send(server, client, time + 0.001, [.syn, .ack], 500, 101)
    send(client, server, time + 0.002, [.ack, .psh], 101, 501, octets: 10)
    send(server, client, time + 0.003, .ack, 501, 111)
    time += 0.003
    for _ in 0..<rounds {
      time += period
      send(client, server, time, .ack, 110, 501)
      time += 0.001
      send(server, client, time, .ack, 501, 111, window: ending == .blocked ? 0 : 500)
    }
    switch ending {
    case .open: living.append((client, server, period, time))
    case .closed:
      send(client, server, time + 1, [.fin, .ack], 111, 501)
      send(server, client, time + 1.001, [.fin, .ack], 501, 112)
    case .lost: for step in 1...4 { send(client, server, time + period + 10 * Double(step), .ack, 110, 501) }
    case .dead:
      for step in 1...4 { send(client, server, time + period + 10 * Double(step), .ack, 110, 501) }
      send(client, server, time + period + 50, [.rst, .ack], 111, 501)
    case .refused:
      send(client, server, time + period, [.ack, .psh], 111, 501, octets: 10)
      send(server, client, time + period + 0.001, .rst, 501, 0)
    case .probedByBoth:
      send(server, client, time + period / 2, .ack, 500, 111)
      send(client, server, time + period / 2 + 0.001, .ack, 111, 501)
      living.append((client, server, period, time + period / 2))
    case .blocked: for step in [1.0, 3, 7, 15, 31] { send(client, server, time + step, .ack, 110, 501) }
    }
  }

  private mutating func send(
    _ source: SocketAddress, _ destination: SocketAddress, _ seconds: Double, _ flags: TCPFlags, _ sequence: UInt32,
    _ acknowledgment: UInt32, octets: UInt32 = 0, window: UInt16 = 500
  ) {
    var segment = Segment()
    (segment.source, segment.sourcePort) = (source.address, source.port)
    (segment.destination, segment.destinationPort) = (destination.address, destination.port)
    segment.time = 1_700_000_000_000_000_000 + Int64((seconds * 1e9).rounded())
    segment.flags = flags
    segment.sequence = SequenceNumber(sequence)
    segment.acknowledgment = SequenceNumber(acknowledgment)
    segment.payloadLength = octets
    segment.window = window
    segment.timeToLive = 64
    segments.append(segment)
  }

  /// What the analysis makes of it.
  var connections: Connections { observer.analyzer.connections }

  /// What came of it, as saved in files with these names.
  func findings(names: [String] = ["many.pcap"], _ detail: ConnectionFindings.Detail = .folded) -> CaptureFindings {
    let observer = self.observer
    let programs = ProgramFindings([], names: [], with: observer.analyzer.connections)
    return CaptureFindings(
      of: observer, SourceFacts(names: names), programs, events: [], ConnectionFindings(detail), asked: nil
    ) { _ in }
  }

  /// The same with every report kept, and with what was told before.
  var told: (findings: CaptureFindings, events: [KeepaliveEvent], packets: [Segment]) {
    (findings(.all), observer.analyzer.events, whole.inOrder)
  }

  /// Probes the connections that live until the capture ends.
  private mutating func goOn() {
    let end = Double((segments.map(\.time).max() ?? 0) - 1_700_000_000_000_000_000) / 1e9
    for connection in living {
      var time = connection.time + connection.period
      while time < end {
        send(connection.client, connection.server, time, .ack, 110, 501)
        send(connection.server, connection.client, time + 0.001, .ack, 501, 111)
        time += connection.period + 0.001
      }
    }
  }

  /// With the probes of the connections that live until the capture ends.
  private var whole: ManyConnections {
    var whole = self
    whole.goOn()
    return whole
  }

  private var inOrder: [Segment] {
    segments.sorted { $0.time < $1.time }.enumerated().map { index, segment in
      var segment = segment
      segment.frame = index + 1
      return segment
    }
  }

  private var observer: PacketObserver {
    var observer = PacketObserver()
    for segment in whole.inOrder { observer.analyzer.process([segment]) }
    observer.finish()
    return observer
  }
}
