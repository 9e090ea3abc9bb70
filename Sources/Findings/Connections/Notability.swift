import KeepaliveAnalysis

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
}
