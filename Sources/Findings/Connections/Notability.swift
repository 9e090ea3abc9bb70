import KeepaliveAnalysis

extension Sequence<ConnectionReport> {
  /// In the order in which they are told: those that fared worst first, of these the earliest.
  public var worstFirst: [ConnectionReport] {
    sorted { ($0.verdict.rank, $0.number) < ($1.verdict.rank, $1.number) }
  }
}

/// Which connections are told of unasked.
public enum Notability {
  /// A connection without a probe that was never silent for so many seconds is not listed unasked.
  public static let silence = 60.0

  /// Whether a connection is listed unasked.
  public static func isNotable(_ report: ConnectionReport) -> Bool {
    if report.isToItself { return true }
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
}
