import FlyingFox
import Foundation

/// /metrics: the watch's figures, in the format that is asked for.
enum MetricsPage {
  /// The media types, as Prometheus and OpenMetrics have them.
  private static let text = "text/plain; version=0.0.4; charset=utf-8"
  private static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"

  static func answer(to request: HTTPRequest) async -> HTTPResponse {
    let wantsOpenMetrics = Accept(request.headers[HTTPHeader("Accept")] ?? "").prefersOpenMetrics
    guard let answer = try? await Watch.shared.ask(wantsOpenMetrics ? "openmetrics" : "text") else {
      return .plain(.serviceUnavailable, "The watch does not answer.\n")
    }
    // Only OpenMetrics has a last line of its own.
    let octets = wantsOpenMetrics ? answer : answer.dropLast("# EOF\n".utf8.count)
    return HTTPResponse(
      statusCode: .ok, headers: [.contentType: wantsOpenMetrics ? openMetrics : text], body: Data(octets))
  }
}

/// /-/healthy: whether the watch goes on.
enum HealthPage {
  static func answer() async -> HTTPResponse {
    guard (try? await Watch.shared.ask("healthy")) != nil else {
      return .plain(.serviceUnavailable, "The watch does not answer.\n")
    }
    return .plain(.ok, "keepwatch is healthy.\n")
  }
}
