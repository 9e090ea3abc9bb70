import KeepaliveAnalysis
import PacketWire
import Testing

/// What comes after the frame that decided a connection's fate changes nothing that was decided.
@Suite struct DecidedTests {
  /// A frame that ends a connection.
  private struct End {
    var frame: Int
    var connection: Int
    /// The end whose probing it ended; `nil` for both.
    var prober: SocketAddress?
  }

  @Test(
    "Cut after a give-up or a reset, a capture tells of that connection what the whole one tells",
    arguments: SavedCapture.all)
  func decided(whole: SavedCapture) {
    let analyzer = whole.beginning().observe(whole).analyzer
    var violations: [String] = []
    for end in Self.ends(analyzer) where end.frame < whole.packets.count {
      let cut = whole.beginning(end.frame).observe(whole).analyzer.connections
      guard end.connection <= cut.count else { continue }
      let later = Self.decisions(analyzer.connections.report(end.connection), of: end.prober)
      for (name, value) in Self.decisions(cut.report(end.connection), of: end.prober) where later[name] != value {
        violations.append(
          "connection \(end.connection), #\(end.frame): \(name) is \(value), and later \(later[name] ?? "not told")")
      }
    }
    Broken.expect(violations.sorted(), of: "decided", in: whole)
  }

  /// The first frame that ends each connection: a give-up, a reset that answers a probe, or what the verdict rests on.
  private static func ends(_ analyzer: KeepaliveAnalyzer) -> [End] {
    var ends: [Int: End] = [:]
    for event in analyzer.events {
      guard let claim = Claim(event), claim.isCertain, ends[event.connection] == nil else { continue }
      let prober: SocketAddress
      switch claim.kind {
      case .giveUp: prober = event.source
      case .reset: prober = event.destination
      default: continue
      }
      ends[event.connection] = End(frame: event.frame, connection: event.connection, prober: prober)
    }
    let connections = analyzer.connections
    for number in 0..<connections.count where ends[number + 1] == nil {
      let report = connections.report(number + 1)
      guard report.verdict == .dead || report.verdict == .reset else { continue }
      ends[number + 1] = End(frame: report.deciding.frame, connection: number + 1)
    }
    return ends.values.sorted { $0.frame < $1.frame }
  }

  /// The verdict, and a prober's settings and counts; both probers' where none is named.
  private static func decisions(_ report: ConnectionReport, of prober: SocketAddress?) -> [String: String] {
    var decisions = [
      "verdict": report.verdict.rawValue, "subject": report.role(report.subject),
      "deciding": "#\(report.deciding.frame)",
    ]
    for found in report.probers where prober == nil || report.address(found.side) == prober {
      for child in Mirror(reflecting: found).children {
        guard let name = child.label, name != "side" else { continue }
        decisions["\(report.role(found.side))'s \(name)"] = "\(child.value)"
      }
    }
    return decisions
  }
}
