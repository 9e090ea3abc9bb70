import KeepaliveAnalysis

extension Sequence<ConnectionReport> {
  /// In the order in which they are told: those that fared worst first, of these the earliest.
  public var worstFirst: [ConnectionReport] {
    sorted { (Notability.rank($0), $0.number) < (Notability.rank($1), $1.number) }
  }
}

/// Which connections are told of unasked, and in which order.
public enum Notability {
  /// A connection without a probe that was never silent for so many seconds is not listed unasked.
  public static let silence = 60.0

  /// Whether a connection is listed unasked.
  public static func isNotable(_ report: ConnectionReport) -> Bool {
    if report.isToItself || report.lost != nil { return true }
    return switch report.verdict {
    case .closed, .reset: !report.probers.isEmpty || report.silence ?? 0 >= silence
    case .notProbed: report.silence ?? 0 >= silence
    case .unknown: !report.probers.isEmpty || report.uncertain > 0
    default: true
    }
  }

  /// Whether a connection is drawn unasked: its end was lost, or may be.
  public static func isWrong(_ report: ConnectionReport) -> Bool {
    // Without its packets only probes can be drawn of a connection.
    report.verdict.rank <= Verdict.unanswered.rank && !report.probers.isEmpty
  }

  /// Whether something happened to a connection that its ends did not want, or seems to be happening.
  ///
  /// Its verdict alone does not tell: where data was sent into a long silence and nothing came back, nobody need have probed.
  public static func isVictim(_ report: ConnectionReport) -> Bool {
    report.verdict.rank <= Verdict.unanswered.rank || report.lost != nil || report.missedProbe != nil
  }

  /// A connection's place among those that are told: a victim's before all others', then by the verdict.
  public static func rank(_ report: ConnectionReport) -> Int {
    report.verdict.rank + (isVictim(report) ? 0 : Verdict.allCases.count)
  }
}
