import Findings
import Presenting
import SystemCalls

/// What an audit writes.
extension AuditVerb {
  func write(_ audit: Audit, _ through: [PathThreshold], time: Int64, to output: Output) {
    if check { return output.line(AuditCheckLine.text(audit, status: checkStatus(audit), limit: maxNoticedAfter)) }
    if json { return writeJSON(audit, through, time: time, to: output) }
    if metrics {
      for line in metricLines(audit) { output.line(line) }
      return
    }
    var style = TextStyle.of()
    if ascii { style.isASCII = true }
    let text = AuditText(style: style, listsAll: all)
    let lines = text.lines(
      audit, host: HostName.own, time: ClockTime(time, utc ? .utc : .local), thresholds: through, advises: advice,
      draws: picture)
    for line in lines { output.line(line) }
  }

  private func writeJSON(_ audit: Audit, _ through: [PathThreshold], time: Int64, to output: Output) {
    let report = JSONReport(files: [HostName.own])
    for connection in audit.connections {
      let boxes = through.filter { $0.effect(on: connection) == .forgotten }.map(\.label)
      output.lines { report.socket(connection, forgottenBy: boxes, time: time, to: &$0) }
    }
    output.lines { report.audit(audit, time: time, to: &$0) }
  }

  /// The gauges, in Prometheus' text format.
  func metricLines(_ audit: Audit) -> [String] {
    Exposition.text.lines(AuditMetrics.families(audit, version: Keepwatch.configuration.version))
  }
}
