import Foundation

/// What a client accepts (RFC 9110 §12.5.1), as far as it decides between Prometheus' text format and OpenMetrics.
struct Accept {
  /// Whether OpenMetrics 1.0.0 is wanted at least as much as text, and is named.
  let prefersOpenMetrics: Bool

  init(_ header: String) {
    var openMetrics = 0.0
    var text = 0.0
    for range in header.split(separator: ",") {
      let parts = range.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      let quality = parts.first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      let version = parts.first { $0.hasPrefix("version=") }?.dropFirst("version=".count)
      switch parts.first {
      case "application/openmetrics-text" where version == nil || version == "1.0.0":
        openMetrics = max(openMetrics, quality)
      case "text/plain", "text/*", "*/*": text = max(text, quality)
      default: break
      }
    }
    prefersOpenMetrics = openMetrics > 0 && openMetrics >= text
  }
}
