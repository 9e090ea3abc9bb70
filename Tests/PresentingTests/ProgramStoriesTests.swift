import ApplicationLog
import Findings
import KeepaliveAnalysis
import PacketObservation
import PacketWire
import Presenting
import TestSupport
import Testing

/// The time lines at the end of `run`.
@Suite struct ProgramStoriesTests {
  static let second: Int64 = 1_000_000_000
  static let start: Int64 = 1_700_000_000 * second
  static let local = SocketAddress(address: IPAddress(ipv4: 0x7f00_0001), port: 40_000)
  static let remote = SocketAddress(address: IPAddress(ipv4: 0x7f00_0001), port: 5432)

  static func segment(_ frame: Int, _ flags: TCPFlags, fromServer: Bool = false) -> Segment {
    var segment = Segment()
    let (source, destination) = fromServer ? (remote, local) : (local, remote)
    (segment.source, segment.sourcePort) = (source.address, source.port)
    (segment.destination, segment.destinationPort) = (destination.address, destination.port)
    (segment.time, segment.frame, segment.flags) = (start + Int64(frame) * 1000, frame, flags)
    return segment
  }

  static func call(_ number: Int, _ name: String, result: Int = 0, error: String? = nil) -> JoinedCall {
    let call = ApplicationCall(
      time: start + Int64(number) * 1_000_000, process: "client[7]", call: name, text: "x", result: result,
      error: error, local: "\(local)", remote: "\(remote)")
    return JoinedCall(call: call, connection: 1, local: local, remote: remote)
  }

  /// The lines about one connection, on which these calls were made while it was watched.
  static func lines(_ calls: [JoinedCall]) -> [String] {
    let style = TextStyle(hasColour: false, isASCII: false)
    var stories = ProgramStories(style: style)
    var observer = PacketObserver()
    let packets = [segment(1, .syn), segment(2, [.fin, .ack], fromServer: true)]
    observer.analyzer.process(packets)
    for packet in packets { stories.take(packet, of: 1) }
    for (number, call) in calls.enumerated() {
      stories.take(call)
      if number % 1000 == 0 { stories.settle(at: call.call.time) }
    }
    let programs = ProgramFindings([], names: [], with: observer.analyzer.connections, reporting: stories.connections)
    let findings = CaptureFindings(
      of: observer, SourceFacts(names: ["any"]), programs, events: [], ConnectionFindings(.folded), asked: nil
    ) { _ in }
    return stories.lines(findings, isTraced: true)
  }

  @Test("Of calls in a row the first and the last are shown, and how many lie between; what failed for good is shown")
  func folded() {
    var calls = (0..<3000).map { Self.call($0, "send", result: 1) }
    calls[1000] = Self.call(1000, "recv", result: -1, error: "EAGAIN")
    calls[2000] = Self.call(2000, "send", result: -1, error: "ECONNRESET")
    let lines = Self.lines(calls)
    #expect(lines.count < 30, "\(lines)")
    #expect(lines.contains { $0.contains("send(\"x\") = -1 ECONNRESET") })
    #expect(lines.contains { $0.contains("send ×1,994, recv ×1, 1 failed for now") }, "\(lines)")
    #expect(lines.contains { $0.contains("send ×995") })
    #expect(lines.contains { $0.contains("← FIN,ACK") })
  }

  @Test("A call that fails for good again and again is shown once, and counted")
  func failsAgain() {
    let lines = Self.lines((0..<5000).map { Self.call($0, "send", result: -1, error: "EPIPE") })
    #expect(lines.count < 30 && lines.contains { $0.contains("send ×4,995") }, "\(lines)")
  }

  @Test("Four times as many calls take some four times as long")
  func cost() {
    let times = [5000, 20_000].map { count in
      let calls = (0..<count).map { Self.call($0, "send", result: 1) }
      return processorTime { #expect(!Self.lines(calls).isEmpty) }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }
}
