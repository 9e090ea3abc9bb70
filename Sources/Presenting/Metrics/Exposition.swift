import ApplicationLog

/// How families are written for a monitoring system.
public enum Exposition: Sendable {
  /// Prometheus' text format, version 0.0.4; also what the node exporter's textfile collector reads.
  case text
  /// OpenMetrics, version 1.0.0.
  case openMetrics

  /// The last line of OpenMetrics, and of no other format.
  public static let end = "# EOF"

  /// The families' lines.
  public func lines(_ families: [MetricFamily]) -> [String] {
    families.flatMap(lines) + (self == .openMetrics ? [Self.end] : [])
  }

  private func lines(_ family: MetricFamily) -> [String] {
    let total = family.kind == .counter ? "_total" : ""
    // OpenMetrics names the family, the older format each of its series.
    let named = self == .openMetrics ? family.name : family.name + total
    return ["# HELP \(named) \(family.help)", "# TYPE \(named) \(family.kind.rawValue)"]
      + family.samples.map { "\(family.name)\(total)\($0.suffix)\(Self.labels($0.labels)) \($0.value)" }
  }

  private static func labels(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{\(labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ","))}"
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
