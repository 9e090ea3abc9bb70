import Findings

/// An audit as the one line of a monitoring plugin (the Monitoring Plugins' guidelines: status, text, performance data).
public enum AuditCheckLine {
  private static let words = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]

  /// The line.
  ///
  /// - Parameters:
  ///   - audit: what was found.
  ///   - status: 0 to 3.
  ///   - limit: seconds within which a dead peer should be noticed; `nil` where no limit was given.
  /// - Returns: the line, without its end.
  public static func text(_ audit: Audit, status: Int32, limit: Double?) -> String {
    let hanging = audit.hanging.count
    let never = audit.neverNoticed.count
    var parts = [
      "\(counted(audit.connections.count, "connection"))", "\(grouped(hanging)) hanging",
      "\(grouped(never)) would never notice a dead peer",
    ]
    var data = "connections=\(audit.connections.count) hanging=\(hanging) never_noticed=\(never)"
    if let limit {
      let slow = audit.slower(than: limit).count
      parts.append("\(grouped(slow)) later than \(DurationText.text(limit)), or never")
      data += " late=\(slow)"
    }
    if let failure = audit.reach.helperFailure { parts.append(failure) }
    return "KEEPWATCH \(words[Int(status)]) - \(parts.joined(separator: ", ")) | \(data)"
  }
}
