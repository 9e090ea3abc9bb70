import ApplicationLog
import Findings
import KeepaliveAnalysis
import PacketWire
import Testing

/// Whether a log's clock disagrees with the packets': lateness of whoever logged the calls is none.
@Suite struct ClockCheckTests {
  static let start: Int64 = 1_700_000_000_000_000_000
  static let millisecond: Int64 = 1_000_000
  static let (local, remote) = ("127.0.0.1:40000", "127.0.0.1:5432")

  /// The disagreement, in milliseconds, of a log of calls that began and returned so long after a connection's SYN.
  static func disagreement(_ calls: [(name: String, began: Int64, returned: Int64)]) -> Int64? {
    var analyzer = KeepaliveAnalyzer()
    var syn = Segment()
    (syn.source, syn.sourcePort) = (IPAddress(ipv4: 0x7f00_0001), 40_000)
    (syn.destination, syn.destinationPort) = (IPAddress(ipv4: 0x7f00_0001), 5432)
    (syn.time, syn.frame, syn.flags) = (start, 1, .syn)
    analyzer.process([syn])
    let log = calls.map { call in
      ApplicationCall(
        time: start + call.returned * millisecond, began: start + call.began * millisecond, process: "p",
        call: call.name,
        result: 0, local: local, remote: remote)
    }
    return LoggedCalls(log, with: analyzer.connections).clockDisagreement.map { $0.ahead / millisecond }
  }

  @Test("A call told early is no disagreement, as strace looks up sockets before it lets a call go on; the next one is")
  func early() {
    #expect(Self.disagreement([("connect", -41, -40), ("send", 1, 2)]) == nil)
    #expect(Self.disagreement([("connect", -141, -140), ("send", -100, -99)]) == -100)
  }

  @Test("Calls told late are none either, unless a connect() began seconds after its own SYN")
  func late() {
    #expect(Self.disagreement([("connect", 400, 500), ("send", 600, 700)]) == nil)
    #expect(Self.disagreement([("connect", 5000, 5001), ("send", 5002, 5003)]) == 5000)
    // The second of two connect()s on one socket asks how the first has fared.
    #expect(Self.disagreement([("connect", -1, 0), ("connect", 5000, 5001)]) == nil)
  }
}
