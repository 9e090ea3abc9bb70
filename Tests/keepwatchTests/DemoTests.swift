import Foundation
import Testing

/// Whether a private network can be had here: as root, or where user namespaces are allowed.
private let hasPrivateNetwork = (try? Program.run(["demo", "--check-private-network"]))?.status == 0

/// Each demo run for real: real processes, the real kernel, in a network of its own.
@Suite(
  .enabled(if: hasPrivateNetwork, "no private network namespace can be had here: be root, or allow user namespaces"))
struct DemoTests {
  func run(_ arguments: [String]) throws -> [[String: Any]] {
    let result = try Program.run(["demo"] + arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return result.lines
  }

  func count(_ lines: [[String: Any]], _ event: String) -> Int {
    lines.filter { $0["event"] as? String == event }.count
  }

  func verdict(_ lines: [[String: Any]]) -> String? {
    lines.first { $0["event"] as? String == "connection" }?["verdict"] as? String
  }

  /// The errors that the client's calls gave, in order.
  func clientErrors(_ lines: [[String: Any]]) -> [String] {
    lines.filter { $0["process"] as? String == "client" }.compactMap { line in
      (line["error"] as? String).map { "\(line["call"] as? String ?? "") \($0)" }
    }
  }

  func expectKernelAgrees(_ lines: [[String: Any]]) throws {
    let kernel = try #require(lines.first { $0["event"] as? String == "kernel" })
    #expect(kernel["probes"] as? Int == count(lines, "probe"))
    #expect(kernel["aborts_on_timeout"] as? Int == count(lines, "give-up"))
  }

  @Test("A silent peer: as many probes as the count, a reset, ETIMEDOUT, and the kernel counted the same")
  func silentPeer() throws {
    let lines = try run(["silent-peer", "--idle", "1", "--interval", "1", "--count", "2"])
    #expect(count(lines, "probe") == 2 && count(lines, "give-up") == 1 && count(lines, "answer") == 0)
    #expect(verdict(lines) == "dead")
    #expect(clientErrors(lines) == ["recv ETIMEDOUT", "send EPIPE"])
    try expectKernelAgrees(lines)
  }

  @Test("A healthy connection: each probe is answered by an ACK, and no call learns of any")
  func healthy() throws {
    let lines = try run(["healthy", "--idle", "1", "--interval", "1", "--count", "2"])
    #expect(count(lines, "probe") >= 3 && count(lines, "probe") == count(lines, "answer"))
    #expect(verdict(lines) == "answered" && clientErrors(lines).isEmpty)
    try expectKernelAgrees(lines)
  }

  @Test("A killed server: a FIN, no probe, and EPIPE only on the second send")
  func killedServer() throws {
    let lines = try run(["killed-server"])
    #expect(count(lines, "probe") == 0 && verdict(lines) == "closed")
    #expect(clientErrors(lines) == ["send EPIPE"])
    #expect(lines.contains { $0["call"] as? String == "recv" && $0["result"] as? Int == 0 })
    try expectKernelAgrees(lines)
  }

  @Test("TCP_USER_TIMEOUT ends it sooner than the count, and both readings are named")
  func userTimeout() throws {
    let lines = try run([
      "silent-peer", "--idle", "1", "--interval", "1", "--count", "9", "--user-timeout", "2500",
    ])
    #expect(count(lines, "probe") == 2 && count(lines, "give-up") == 1)
    let prober = try #require(lines.first { $0["event"] as? String == "prober" })
    let low = try #require(prober["user_timeout_low"] as? Double)
    let high = try #require(prober["user_timeout_high"] as? Double)
    #expect(low <= 2.5 && 2.5 <= high)
    try expectKernelAgrees(lines)
  }

  @Test("The text tells the probes, the reset, the error and the kernel's count")
  func text() throws {
    let result = try Program.run(["demo", "silent-peer", "--idle", "1", "--count", "2"])
    for phrase in [
      "probe 2 of 2", "no answer", "gives the connection up", "recv() = -1 ETIMEDOUT", "DEAD after",
      "TcpExtTCPKeepAlive +2, TcpExtTCPAbortOnTimeout +1; captured: 2 and 1.",
    ] {
      #expect(result.output.contains(phrase), "\(phrase) is missing in:\n\(result.output)")
    }
  }

  @Test("Its packets, saved and replayed, give the same probes")
  func savedPackets() throws {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let lines = try run(["silent-peer", "--idle", "1", "--count", "2", "-w", path])
    let replayed = try Program.run(["replay", "--json", path]).lines
    for event in ["probe", "give-up", "answer"] { #expect(count(replayed, event) == count(lines, event)) }
    #expect(verdict(replayed) == "dead")
  }
}
