import Diagnosis
import KeepaliveAnalysis

/// What a capture's connections came to: the reports that are worth a line, counts of the rest, and what explains them.
public struct CaptureFindings: Sendable {
  /// The connections that are told one by one.
  public private(set) var notable: [ConnectionReport] = []
  /// The verdicts of the others.
  public private(set) var others = VerdictTally()
  /// How many connections there were.
  public private(set) var total = 0
  /// What the connections tell of the paths to their servers.
  public private(set) var evidence = PathEvidence()

  /// Takes each connection of `analyzer` in turn.
  ///
  /// - Parameters:
  ///   - analyzer: the analysis of a capture that has ended.
  ///   - keepsAll: whether every connection is told, also those with nothing to tell.
  ///   - take: is handed each report, for output that is written one by one.
  public init(_ analyzer: KeepaliveAnalyzer, keepsAll: Bool, take: (ConnectionReport) -> Void) {
    total = analyzer.connectionCount
    for number in stride(from: 1, through: total, by: 1) {
      let report = analyzer.report(number)
      take(report)
      evidence.note(report)
      if keepsAll || CaptureSummaryText.isNotable(report) {
        notable.append(report)
      } else {
        others.count(report.verdict)
      }
    }
  }
}
