import FlyingFox
import FlyingSocks
import Foundation

/// Answers HTTP for a watch, which starts it (`keepwatch live --listen`): it asks the watch on standard output, and is told on
/// standard input.
@main
enum ListenerProgram {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    guard CommandLine.arguments.count == 2, let address = ListenAddress(CommandLine.arguments[1]),
      var configuration = address.configuration
    else {
      end(64, "give it one address with a port, as in 127.0.0.1:9110 or [::1]:9110. keepwatch live --listen starts it.")
    }
    Watch.endWithIt()
    var isKnown = false
    while true {
      let server = await makeServer(configuration)
      let running = Task { try await server.run() }
      do {
        try await server.waitUntilListening()
      } catch {
        // The reason stands in the server's error, not in that of waiting for it.
        if !isKnown { end(1, "\(address) cannot be listened at: \(reason(await running.result)).") }
      }
      if !isKnown {
        let bound = address.with(port: await port(of: server) ?? address.port)
        // Another time the same port, also where the kernel chose it.
        configuration = bound.configuration ?? configuration
        await Watch.shared.begin(at: bound)
        isKnown = true
      }
      // A server ends where no descriptor is left for another connection. Those it had are closed then, and the next one begins.
      _ = await running.result
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private static func makeServer(_ configuration: HTTPServer.Configuration) async -> HTTPServer {
    let server = HTTPServer(config: configuration)
    await server.appendRoute("GET /metrics") { request in await MetricsPage.answer(to: request) }
    await server.appendRoute("GET /-/healthy") { _ in await HealthPage.answer() }
    await server.appendRoute("GET /") { _ in HTTPResponse.plain(.ok, "keepwatch: /metrics, /-/healthy\n") }
    return server
  }

  /// The port that the kernel chose for port 0.
  private static func port(of server: HTTPServer) async -> UInt16? {
    switch await server.listeningAddress {
    case .ip4(_, let port)?, .ip6(_, let port)?: port
    case .unix?, nil: nil
    }
  }

  private static func reason(_ end: Result<Void, any Error>) -> String {
    guard case .failure(let error) = end else { return "it ended" }
    if case .failed(_, let number, _)? = error as? SocketError { return unsafe String(cString: strerror(number)) }
    return error.localizedDescription
  }

  private static func end(_ status: Int32, _ message: String) -> Never {
    FileHandle.standardError.write(Data("keepwatch-listener: \(message)\n".utf8))
    exit(status)
  }
}

extension HTTPResponse {
  /// A short text.
  static func plain(_ status: HTTPStatusCode, _ text: String) -> HTTPResponse {
    HTTPResponse(
      statusCode: status, headers: [.contentType: "text/plain; charset=utf-8"], body: Data(text.utf8))
  }
}
