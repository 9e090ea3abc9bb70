import Foundation
import Testing

/// `keepwatch run` with programs that people have (RunPrograms/, each in network namespaces of its own): who died, when the kernel
/// knew it, and when the program learned.
@Suite(
  .enabled(
    if: geteuid() == 0 && Harness.isThere, "these make network namespaces by unshare(1), and need Python: be root"),
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"))
struct RunProgramsTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("RunPrograms")

  private func run(_ name: String) async throws {
    let parts = try ["common", name].map { part in
      try String(contentsOf: Self.folder.appendingPathComponent("\(part).py"), encoding: .utf8)
    }
    let output = try await Harness.run(parts.joined(separator: "\n"), capturing: true)
    if !output.isEmpty { print(output, terminator: "") }
  }

  @Test("psql, whose host drops the answers: dead, and the answers that were captured were never accepted")
  func psql() async throws { try await run("psql") }

  @Test("redis-cli, whose link goes down: dead, as its call and its socket tell, and no packet")
  func redis() async throws { try await run("redis") }

  @Test("curl behind an nginx that gives its upstream up: probes are answered, and curl closes")
  func curl() async throws { try await run("curl") }

  @Test("Node, whose server is cut off: its event loop is told of the end, and then read()")
  func node() async throws { try await run("node") }

  @Test("nginx, whose upstream is killed: both connections, with the settings that one has from its listener")
  func nginx() async throws { try await run("nginx") }

  @Test("A program that runs already: its socket tells what no packet does, and its calls only if they are asked for")
  func attached() async throws { try await run("attached") }

  @Test("keepwatch is killed: its program goes on, and nothing is left in TMPDIR")
  func killed() async throws { try await run("killed") }
}
