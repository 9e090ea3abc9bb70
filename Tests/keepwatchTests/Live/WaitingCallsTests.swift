import ApplicationLog
import KeepaliveAnalysis
import PacketWire
import SystemCalls
import Testing

@testable import keepwatch

/// Calls of programs that wait for their packets.
@Suite struct WaitingCallsTests {
  private static let second: Int64 = 1_000_000_000

  /// A call that the program made on the connection, and one that names no other end.
  private static func calls() -> WaitingCalls {
    var calls = WaitingCalls(settlingTime: WaitingCalls.settlingTime)
    let send = ApplicationCall(
      time: currentTime(), process: "client", call: "send", result: 5, local: "10.0.0.1:4000", remote: "10.0.0.2:80")
    let exit = ApplicationCall(time: currentTime(), process: "client", call: "exit", result: 0)
    calls.take([SourcedCall(call: send), SourcedCall(call: exit)])
    return calls
  }

  private static func analyzer() -> KeepaliveAnalyzer {
    var analyzer = KeepaliveAnalyzer()
    var segment = Segment()
    (segment.source, segment.sourcePort) = (IPAddress(ipv4: 0x0a00_0001), 4000)
    (segment.destination, segment.destinationPort) = (IPAddress(ipv4: 0x0a00_0002), 80)
    segment.time = currentTime()
    segment.flags = .syn
    analyzer.process([segment])
    return analyzer
  }

  @Test("A call whose packets come late waits for them, and what follows it waits behind it")
  func late() {
    var calls = Self.calls()
    let now = currentTime()
    #expect(calls.due(at: now + Self.second, KeepaliveAnalyzer().connections).isEmpty)
    let due = calls.due(at: now + Self.second, Self.analyzer().connections)
    #expect(due.map(\.connection) == [1, nil] && due.map(\.call.call) == ["send", "exit"])
  }

  @Test("A call whose packets never come is told after a while, and at the end at once")
  func never() {
    for time in [currentTime() + 4 * Self.second, .max] {
      var calls = Self.calls()
      let due = calls.due(at: time, KeepaliveAnalyzer().connections)
      #expect(due.map(\.connection) == [nil, nil])
    }
  }

  @Test("Nothing is told before packets had the time to come")
  func soon() {
    var calls = Self.calls()
    #expect(calls.due(at: currentTime(), Self.analyzer().connections).isEmpty)
  }
}
