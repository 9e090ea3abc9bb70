import Foundation
import Testing

/// What many machines run: the textfile of an audit, metrics of a watch, units and alerts (docs/fleet.md), beside the real
/// Prometheus (FleetPrograms/, each in a network namespace of its own).
@Suite(
  .enabled(
    if: geteuid() == 0 && Harness.isThere, "these make network namespaces by unshare(1), and need Python: be root"))
struct FleetTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FleetPrograms")
  private static let listener = Repository.folder + "/.build/listener/debug/keepwatch-listener"

  /// Where a program lies: on this machine, or unpacked by scripts/install-requirements.
  private static func file(_ program: String) -> String? {
    ["", Repository.folder + "/.build/tools"].map { "\($0)/usr/bin/\(program)" }
      .first(where: FileManager.default.isExecutableFile)
  }

  /// Debian's python3-prometheus-client, whose parsers judge what is written.
  private static let hasParser =
    (try? Program.run(["-c", "import prometheus_client"], executable: "/usr/bin/python3").status) == 0

  private func run(_ name: String) async throws {
    let parts = try ["common", name].map { part in
      try String(contentsOf: Self.folder.appendingPathComponent("\(part).py"), encoding: .utf8)
    }
    try await Harness.run(parts.joined(separator: "\n"), capturing: true, words: [Repository.folder])
  }

  @Test(
    "An audit's textfile is what the node exporter reads, is replaced whole, and needs the unit's capabilities alone",
    .enabled(if: hasParser, "python3-prometheus-client is not installed"))
  func textfile() async throws { try await run("textfile") }

  @Test(
    "A real Prometheus scrapes a watch, answers a query and fires the alert; who answers it may nothing else",
    .enabled(
      if: hasParser && file("prometheus") != nil, "prometheus or python3-prometheus-client is not installed"),
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: listener),
      "keepwatch-listener is not built: scripts/test builds it"))
  func listen() async throws { try await run("listen") }

  @Test(
    "systemd finds nothing wrong with the units",
    .enabled(if: file("systemd-analyze") != nil, "there is no systemd here"))
  func units() async throws { try await run("units") }

  @Test(
    "promtool finds nothing wrong with the alerts", .enabled(if: file("promtool") != nil, "prometheus is not installed")
  )
  func alerts() throws {
    let folder = Repository.folder + "/docs/fleet"
    for words in [["check", "rules", folder + "/alerts.yml"], ["test", "rules", folder + "/alerts-test.yml"]] {
      let result = try Program.run(words, executable: try #require(Self.file("promtool")))
      #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
  }
}
