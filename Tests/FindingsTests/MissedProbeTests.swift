import Testing

@testable import Findings
@testable import KeepaliveAnalysis

/// A connection whose probes were answered, and stopped coming.
@Suite struct MissedProbeTests {
  /// Probes of a connection every ten seconds, three of them, in a capture that ends `seconds` after the last.
  private func report(captureEnds seconds: Double) throws -> ConnectionReport {
    var incident = Incident()
    incident.survives(40_001, silence: 10, times: 3)
    // The capture ends ten seconds after its last packet.
    incident.isClosedUnprobed(50_001, after: 20 + seconds)
    let connections = incident.connections
    return connections.report(1)
  }

  @Test("Where the next probe was due and a whole period more has passed, what became of the connection is unknown")
  func missed() throws {
    let report = try report(captureEnds: 60)
    let missed = try #require(report.missedProbe)
    #expect(report.verdict == .unknown && missed.side == .first && missed.periodIsKnown)
    #expect(abs(missed.period - 10) < 0.01)
    #expect(abs(Double(missed.due - (report.lastHeard ?? 0)) / 1e9 - 10) < 0.01)
    #expect(Notability.isVictim(report))
  }

  @Test("Before that the last answer counts: a timer may be late, or a probe lost")
  func answered() throws {
    let report = try report(captureEnds: 15)
    #expect(report.verdict == .answered && report.missedProbe == nil)
  }

  @Test("Such a connection is not folded among those that are well")
  func notSteady() {
    var incident = Incident()
    incident.survives(40_001, silence: 10, times: 3)
    incident.isClosedUnprobed(50_001, after: 80)
    #expect(incident.connections.steadyConnection(1) == nil)
  }
}
