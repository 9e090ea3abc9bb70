import Findings
import KeepaliveAnalysis
import Testing

@testable import Presenting

/// Steady connections are told together without their reports.
@Suite struct FoldedConnectionsTests {
  private let summary = CaptureSummaryText(
    style: TextStyle(hasColour: false, isASCII: false), zone: .utc, isReplay: true)

  /// Six servers: of each kind of connection many, few, or one among others.
  private static func makeConnections() -> Connections {
    var capture = ManyConnections()
    for number in 0..<12 {
      for server in 1...6 as ClosedRange<UInt32> {
        let client = 0x0a00_0001 + UInt32(number % 5)
        switch (server, number) {
        case (1, _): capture.add(client, to: 0x0a09_0001, period: number % 3 == 0 ? 60.3 : 75.001)
        case (2, ..<3): capture.add(client, to: 0x0a09_0002, period: 45)
        case (3, ..<2): capture.add(client, to: 0x0a09_0003, period: 45, .probedByBoth)
        case (3, ..<8): capture.add(client, to: 0x0a09_0003, period: 30)
        case (4, 0): capture.add(client, to: 0x0a09_0004, period: 400, rounds: 1, .lost)
        case (4, 7): capture.add(client, to: 0x0a09_0004, period: 20, .blocked)
        case (4, _): capture.add(client, to: 0x0a09_0004, period: 100 + Double(number))
        case (5, ..<6): capture.add(client, to: 0x0a09_0005, period: 50, .closed)
        case (5, _): capture.add(client, to: 0x0a09_0005, period: 35, rounds: 1)
        case (6, ..<2): capture.add(client, to: 0x0a09_0006, period: 45, .probedByBoth)
        case (6, ..<3): capture.add(client, to: 0x0a09_0006, period: 45)
        default: break
        }
      }
    }
    return capture.connections
  }

  private let connections: Connections
  private let folded: ConnectionFindings
  private let reported: ConnectionFindings

  init() {
    connections = Self.makeConnections()
    folded = ConnectionFindings(connections, .folded) { _ in }
    reported = ConnectionFindings(connections, .notable) { _ in }
  }

  @Test("The summary is the same, to the last letter, as one made of a report of each connection")
  func sameText() {
    #expect(summary.connections(folded) == summary.connections(reported))
    #expect(!folded.evidence.explanations(by: PathBox.known).isEmpty)
    #expect(Verdict.allCases.allSatisfy { folded.verdicts[$0] == reported.verdicts[$0] })
  }

  @Test("Of a server's steady connections only the first three have a report, and others all have one")
  func reports() {
    let steady = (1...connections.count).compactMap(connections.steadyConnection)
    #expect(reported.notable.count == reported.total && folded.folded.count == 22)
    #expect(steady.count == 22 + 3 * 5 + 1)
    #expect(folded.notable.count + folded.folded.count == folded.total)
  }

  @Test("What is steady is answered by its report, of which it has the ends, probes, silences and the likely period")
  func sameFacts() throws {
    for number in 1...connections.count {
      guard let steady = connections.steadyConnection(number) else { continue }
      let report = connections.report(number)
      let prober = try #require(report.probers.first)
      #expect(report.verdict == .answered && report.probers.count == 1 && prober.unanswered == 0)
      #expect(steady.client == report.clientAddress && steady.server == report.serverAddress)
      #expect(steady.probes == prober.probes && steady.longestSilenceSurvived == report.silence)
      #expect(steady.survived?.longest == report.survived?.longest && steady.survived?.count == report.survived?.count)
      #expect(report.lost == nil && steady.likelyPeriod == prober.period?.likely)
    }
  }

  @Test("A row tells how many connections there are of how many clients, which have the most, and their periods")
  func row() {
    let lines = summary.connections(folded)
    let start = lines.firstIndex { $0.hasPrefix("10.9.0.1:443, 12 connections") } ?? 0
    let text = lines[start...].prefix(4).joined(separator: "\n")
    #expect(text.contains("12 of 5 clients") && text.contains("period 60 s to 75 s"))
    #expect(text.contains("3 of 10.0.0.1, 3 of 10.0.0.2, 2 of 10.0.0.3 and 2 more hosts"))
  }

  @Test("Servers whose worst connections fared alike come in the order captured")
  func order() {
    let servers = summary.connections(folded).filter { $0.contains(":443, ") }.map { $0.prefix(8) }
    #expect(servers == ["10.9.0.4", "10.9.0.5", "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.6"])
  }
}
