import ApplicationLog
import KeepaliveAnalysis
import PacketWire
import Reporting
import TestSupport
import Testing
import Timeline

/// The time lines at the end of `run`.
@Suite struct ProgramStoriesTests {
  static let second: Int64 = 1_000_000_000
  static let start: Int64 = 1_700_000_000 * second

  /// One connection, whose program makes so many calls.
  static func stories(calls count: Int) -> (stories: ProgramStories, connections: Connections) {
    var segment = Segment()
    segment.source = IPAddress(ipv4: 0x7f00_0001)
    segment.destination = IPAddress(ipv4: 0x7f00_0001)
    segment.sourcePort = 40_000
    segment.destinationPort = 5432
    segment.time = start
    segment.frame = 1
    segment.flags = .syn
    var analyzer = KeepaliveAnalyzer()
    analyzer.process([segment])
    let calls = (0..<count).map { number in
      ApplicationCall(
        time: start + Int64(number) * 1000, process: "client[7]", call: number == count - 1 ? "close" : "send",
        text: "x",
        result: 0, local: "127.0.0.1:40000", remote: "127.0.0.1:5432")
    }
    let joined = LoggedCalls(calls, with: analyzer.connections).calls
    let style = TextStyle(hasColour: false, isASCII: false)
    return (
      ProgramStories(style: style, calls: joined, segments: [segment], events: [], samples: []), analyzer.connections
    )
  }

  @Test("Of thousands of calls the first and the last are shown, and how many are not")
  func shortened() {
    let (stories, connections) = Self.stories(calls: 3000)
    let lines = stories.lines(connections)
    #expect(lines.count < 500 && lines.contains { $0.contains("close(x) = 0") })
    #expect(lines.contains { $0.contains("without 2,600 calls between") }, "\(lines.suffix(5))")
  }

  @Test("Four times as many calls take some four times as long")
  func cost() {
    let times = [2000, 8000].map { count in
      let (stories, connections) = Self.stories(calls: count)
      return processorTime { #expect(!stories.lines(connections).isEmpty) }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }
}
