import ApplicationLog
import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting
import TestSupport
import Testing

/// The time lines at the end of `run`.
@Suite struct ProgramStoriesTests {
  static let second: Int64 = 1_000_000_000
  static let start: Int64 = 1_700_000_000 * second

  /// One connection, whose program makes so many calls.
  static func stories(calls count: Int) -> ProgramStories {
    var segment = Segment()
    segment.source = IPAddress(ipv4: 0x7f00_0001)
    segment.destination = IPAddress(ipv4: 0x7f00_0001)
    segment.sourcePort = 40_000
    segment.destinationPort = 5432
    segment.time = start
    segment.frame = 1
    segment.flags = .syn
    var analyzer = KeepaliveAnalyzer()
    analyzer.traced = .all
    analyzer.process([segment])
    let calls = (0..<count).map { number in
      ApplicationCall(
        time: start + Int64(number) * 1000, process: "client[7]", call: number == count - 1 ? "close" : "send",
        text: "x",
        result: 0, local: "127.0.0.1:40000", remote: "127.0.0.1:5432")
    }
    let programs = ProgramFindings([calls], names: ["log"], with: analyzer.connections)
    return ProgramStories(
      programs, events: [], packets: analyzer.connections.trace, samples: [],
      style: TextStyle(hasColour: false, isASCII: false))
  }

  @Test("Of thousands of calls the first and the last are shown, and how many are not")
  func shortened() {
    let lines = Self.stories(calls: 3000).lines()
    #expect(lines.count < 500 && lines.contains { $0.contains("close(x) = 0") })
    #expect(lines.contains { $0.contains("without 2,600 calls between") }, "\(lines.suffix(5))")
  }

  @Test("Four times as many calls take some four times as long")
  func cost() {
    let times = [2000, 8000].map { count in
      let stories = Self.stories(calls: count)
      return processorTime { #expect(!stories.lines().isEmpty) }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }
}
