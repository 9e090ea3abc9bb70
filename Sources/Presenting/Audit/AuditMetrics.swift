import ApplicationLog
import Findings

/// An audit in Prometheus' text format, for the node exporter's textfile collector.
public enum AuditMetrics {
  /// The lines: gauges, one a group where groups are told apart.
  public static func lines(_ audit: Audit) -> [String] {
    var lines = gauge("keepwatch_connections", "TCP connections that programs have.", audit.connections.count)
    lines += gauge("keepwatch_settings_read", "Connections whose settings were read.", audit.read)
    lines += gauge("keepwatch_hanging", "Connections on which something is unanswered.", audit.hanging.count)
    let groups = AuditGroup.groups(audit.connections)
    lines += series(
      "keepwatch_never_noticed", "Connections whose kernel never notices a dead peer while nothing is sent.",
      groups.filter { $0.notice == .never }
    ) { alike in alike.reduce(0) { $0 + $1.connections.count }.description }
    lines += series(
      "keepwatch_noticed_after_seconds", "Seconds until a dead peer is noticed while nothing is sent.",
      groups.filter { seconds($0) != nil }
    ) { alike in DurationText.fixed(alike.compactMap(seconds).max() ?? 0, 0) }
    return lines
  }

  private static func seconds(_ group: AuditGroup) -> Double? {
    guard case .after(let seconds) = group.notice else { return nil }
    return seconds
  }

  private static func gauge(_ name: String, _ help: String, _ value: Int) -> [String] {
    head(name, help) + ["\(name) \(value)"]
  }

  private static func head(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
  }

  /// A value a program and service, of all groups that differ only in what is no label.
  private static func series(
    _ name: String, _ help: String, _ groups: [AuditGroup], value: ([AuditGroup]) -> String
  ) -> [String] {
    let alike = Dictionary(grouping: groups, by: labels)
    return head(name, help) + alike.keys.sorted().map { "\(name){\($0)} \(value(alike[$0] ?? []))" }
  }

  private static func labels(_ group: AuditGroup) -> String {
    let key = group.key
    let direction = key.isIncoming ? "in" : "out"
    let container = key.container.map { ",container=\"\($0)\"" } ?? ""
    return
      "process=\"\(escaped(key.program ?? ""))\",uid=\"\(key.user)\",service=\"\(key.service)\",direction=\"\(direction)\","
      + "netns=\"\(key.namespace.number)\"\(container)"
  }

  private static func escaped(_ text: String) -> String {
    // By scalars: a quotation mark with a combining one behind it is a single character, and no quotation mark.
    String(
      text.printable.unicodeScalars.reduce(into: String.UnicodeScalarView()) { escaped, scalar in
        if scalar == "\\" || scalar == "\"" { escaped.append("\\") }
        escaped.append(scalar)
      })
  }
}
