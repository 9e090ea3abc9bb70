import Foundation
import Testing

/// `keepwatch audit`, beside programs whose sockets are known (AuditPrograms/, each in a network namespace of its own).
@Suite(
  .enabled(
    if: geteuid() == 0 && Harness.isThere, "these make network namespaces by unshare(1), and need Python: be root"))
struct AuditTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("AuditPrograms")

  private func run(_ name: String) async throws {
    let parts = try ["common", name].map { part in
      try String(contentsOf: Self.folder.appendingPathComponent("\(part).py"), encoding: .utf8)
    }
    let output = try await Harness.run(parts.joined(separator: "\n"), capturing: true)
    if !output.isEmpty { print(output, terminator: "") }
  }

  @Test("Every option of every socket is found again: several processes, users and namespaces, both families")
  func settings() async throws { try await run("settings") }

  @Test("Without root one's own are read, others' timers tell whether keepalive is on, and what is missing is said")
  func plainUser() async throws { try await run("plain_user") }

  @Test("No option changes, no descriptor stays, no FIN is late, and no event comes of what was closed")
  func untouched() async throws { try await run("untouched") }

  @Test("What hangs is told with when its kernel gives up, and the kernel then does")
  func hanging() async throws { try await run("hanging") }

  @Test("Connections of real programs show what their configuration says; those that are not installed are named")
  func programs() async throws { try await run("programs") }

  @Test("What is advised is pasted into real programs, and they have it then")
  func advice() async throws { try await run("advice") }

  @Test(
    "The process that reads settings has two capabilities, its own session, and is missed when it is stopped or killed")
  func helper() async throws { try await run("helper") }

  @Test("A redirected connection is told by its proxy, and judged by the proxy's own connection")
  func redirected() async throws { try await run("redirected") }

  @Test("Exit statuses and limits: --fail-on, --max-noticed-after, --check, mistakes on the command line")
  func statuses() async throws { try await run("statuses") }

  @Test("The lines fit the schema")
  func schema() throws {
    SchemaTests().expectSchema(try Program.run(["audit", "--json", "--through", "aws-nlb"]).lines)
  }
}
