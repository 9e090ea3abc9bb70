import Foundation
import Testing

/// Whether a private network can be had here: as root, or where user namespaces are allowed.
let hasPrivateNetwork = (try? Program.run(["demo", "--check-private-network"]))?.status == 0

/// What a scenario is known to end with on Linux: the book is keepalive-facts, measured on kernels.
struct DemoExpectation: CustomTestStringConvertible, Sendable {
  let scenario: String
  let verdict: String
  /// Those of the other clients' connections; they may be captured in any order.
  var others: [String] = []
  /// What the client's calls told of the end, in order.
  var told: [String] = []
  /// Where that differs over IPv6.
  var toldOverIPv6: [String]?
  var probes: ClosedRange<Int> = 0...0
  /// Probes that an acknowledgment answered; `nil`: all of them.
  var answered: ClosedRange<Int>?
  var giveUps = 0
  var windowProbes: ClosedRange<Int> = 0...0
  /// What the kernel counted more than was captured: probes that never left, give-ups without a reset.
  var unseenProbes = 0
  var silentGiveUps = 0

  var testDescription: String { scenario }

  /// With idle and interval of 1 s and a count of 2.
  static let all = [
    DemoExpectation(scenario: "healthy", verdict: "answered", probes: 3...4),
    DemoExpectation(
      scenario: "silent-peer", verdict: "dead", told: ["recv ETIMEDOUT", "send EPIPE"], probes: 2...2, answered: 0...0,
      giveUps: 1),
    DemoExpectation(scenario: "silent-then-back", verdict: "answered", probes: 3...5, answered: 2...4),
    DemoExpectation(
      scenario: "forgetful-box", verdict: "dead", others: ["answered"], told: ["recv ETIMEDOUT", "send EPIPE"],
      probes: 4...9, answered: 2...7, giveUps: 1),
    DemoExpectation(scenario: "killed-server", verdict: "closed", told: ["recv 0", "send EPIPE"]),
    DemoExpectation(scenario: "killed-with-unread-data", verdict: "reset", told: ["recv ECONNRESET", "send EPIPE"]),
    DemoExpectation(
      scenario: "zombie-kernel", verdict: "reset", told: ["send EPIPE"], probes: 3...5, answered: 2...4),
    DemoExpectation(
      scenario: "lost-state", verdict: "reset", told: ["recv ECONNRESET", "send EPIPE"], probes: 1...1, answered: 0...0),
    DemoExpectation(scenario: "frozen-server", verdict: "answered", probes: 3...4),
    DemoExpectation(
      scenario: "data-in-flight", verdict: "stalled", told: ["recv ETIMEDOUT", "send EPIPE"], silentGiveUps: 1),
    DemoExpectation(scenario: "zero-window", verdict: "blocked", windowProbes: 5...6),
    DemoExpectation(scenario: "keepalive-into-zero-window", verdict: "answered", probes: 3...4),
    DemoExpectation(
      scenario: "user-timeout", verdict: "dead", told: ["recv ETIMEDOUT", "send EPIPE"], probes: 2...2, answered: 0...0,
      giveUps: 1),
    DemoExpectation(
      scenario: "user-timeout-longer", verdict: "dead", told: ["recv ETIMEDOUT", "send EPIPE"], probes: 5...5,
      answered: 0...0, giveUps: 1),
    DemoExpectation(scenario: "both-ends", verdict: "answered", probes: 6...8),
    DemoExpectation(scenario: "half-closed", verdict: "closed", told: ["recv 0"], probes: 3...4),
    DemoExpectation(
      scenario: "no-route", verdict: "not-probed", told: ["recv ETIMEDOUT", "send EPIPE"],
      toldOverIPv6: ["recv ENETUNREACH", "send EPIPE"], unseenProbes: 2,
      silentGiveUps: 1),
    DemoExpectation(scenario: "no-keepalive", verdict: "not-probed"),
    DemoExpectation(scenario: "defaults", verdict: "not-probed"),
    DemoExpectation(scenario: "system-wide", verdict: "not-probed", probes: 4...8),
  ]
}

/// Each demo run for real: real processes, the real kernel, in a network of its own.
@Suite(
  .enabled(if: hasPrivateNetwork, "no private network namespace can be had here: be root, or allow user namespaces"))
struct DemoTests {
  func run(_ arguments: [String]) async throws -> [[String: Any]] {
    let result = try await Program.runWaiting(["demo"] + arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return result.lines
  }

  func lines(_ lines: [[String: Any]], _ event: String) -> [[String: Any]] {
    lines.filter { $0["event"] as? String == event }
  }

  func count(_ lines: [[String: Any]], _ event: String) -> Int { self.lines(lines, event).count }

  /// What the calls of the clients told of the connection's end, in order.
  func told(_ lines: [[String: Any]]) -> [String] {
    self.lines(lines, "application").compactMap { line in
      guard line["process"] as? String != "server", let call = line["call"] as? String else { return nil }
      if let error = line["error"] as? String { return "\(call) \(error)" }
      return call == "recv" && line["result"] as? Int == 0 ? "recv 0" : nil
    }
  }

  func check(_ expected: DemoExpectation, _ options: [String]) async throws {
    let lines = try await run([expected.scenario, "--idle", "1", "--interval", "1"] + options)
    let verdicts = self.lines(lines, "connection").compactMap { $0["verdict"] as? String }
    if expected.scenario == "system-wide" {
      #expect(verdicts.sorted() == ["answered", "answered", "not-probed", "not-probed"])
    } else {
      #expect(verdicts.sorted() == ([expected.verdict] + expected.others).sorted())
    }
    let isIPv6 = options.contains("--ipv6")
    #expect(told(lines) == (isIPv6 ? expected.toldOverIPv6 ?? expected.told : expected.told))
    let probes = count(lines, "probe")
    #expect(expected.probes.contains(probes))
    let answers = self.lines(lines, "answer").filter { $0["by"] as? String == "ack" }.count
    #expect(expected.answered?.contains(answers) ?? (answers == probes))
    #expect(count(lines, "give-up") == expected.giveUps)
    #expect(expected.windowProbes.contains(count(lines, "window-probe")))
    let kernel = try #require(self.lines(lines, "kernel").first)
    #expect(kernel["probes"] as? Int == probes + expected.unseenProbes)
    #expect(kernel["window_probes"] as? Int == count(lines, "window-probe"))
    #expect(kernel["aborts_on_timeout"] as? Int == expected.giveUps + expected.silentGiveUps)
  }

  @Test(
    "A scenario's packets, what its program saw and what the kernel counted are those of this failure",
    arguments: DemoExpectation.all)
  func scenario(_ expected: DemoExpectation) async throws {
    // The scenarios about TCP_USER_TIMEOUT bring a count of their own.
    try await check(expected, expected.scenario.hasPrefix("user-timeout") ? [] : ["--count", "2"])
  }

  @Test("Over IPv6 they are the same", arguments: DemoExpectation.all)
  func ipv6(_ expected: DemoExpectation) async throws {
    try await check(expected, ["--ipv6"] + (expected.scenario.hasPrefix("user-timeout") ? [] : ["--count", "2"]))
  }

  @Test("A program learns of the give-up within two milliseconds of the reset, or a little later where all are busy")
  func learned() async throws {
    let lines = try await run(["silent-peer", "--idle", "1", "--count", "1"])
    let call = try #require(self.lines(lines, "application").first { $0["error"] as? String == "ETIMEDOUT" })
    let giveUp = try #require(self.lines(lines, "give-up").first)
    #expect(call["learned_of"] as? Int == giveUp["frame"] as? Int)
    let delay = try #require(call["learned_after"] as? Double)
    #expect(delay > -0.001 && delay < 0.5)
    #expect(call["connection"] as? Int == 1 && call["dst_port"] as? Int == 12345)
  }

  @Test("The kernel's timer is shown: two hours by default, and the retransmission's while data is in flight")
  func timers() async throws {
    let defaults = lines(try await run(["defaults"]), "socket").compactMap { $0["expires_in"] as? Double }
    #expect(defaults.count >= 4 && defaults.allSatisfy { $0 > 7190 && $0 <= 7200 })
    #expect(zip(defaults, defaults.dropFirst()).allSatisfy(>))
    let stalled = lines(try await run(["data-in-flight", "--idle", "1", "--count", "2"]), "socket")
    #expect(stalled.contains { $0["timer"] as? String == "retransmission timer" })
  }

  @Test("System-wide settings reach the socket that turns keepalive on after the change, and not the one before")
  func systemWide() async throws {
    let lines = try await run(["system-wide", "--idle", "1"])
    let names = Dictionary(
      self.lines(lines, "application").filter { $0["call"] as? String == "connect" }.compactMap { line in
        (line["src_port"] as? Int).map { ($0, line["process"] as? String ?? "") }
      }, uniquingKeysWith: { first, _ in first })
    let probers = Set(self.lines(lines, "probe").compactMap { $0["src_port"] as? Int }.map { names[$0] ?? "?" })
    #expect(probers == ["after", "own"])
  }

  @Test("TCP_USER_TIMEOUT ends it sooner than the count, and both readings are named")
  func userTimeout() async throws {
    let lines = try await run([
      "silent-peer", "--idle", "1", "--interval", "1", "--count", "9", "--user-timeout", "2500",
    ])
    #expect(count(lines, "probe") == 2 && count(lines, "give-up") == 1)
    let prober = try #require(self.lines(lines, "prober").first)
    let low = try #require(prober["user_timeout_low"] as? Double)
    let high = try #require(prober["user_timeout_high"] as? Double)
    #expect(low <= 2.5 && 2.5 <= high)
  }

  @Test("The text tells the probes, the reset, the error and the kernel's count")
  func text() async throws {
    let result = try await Program.runWaiting(["demo", "silent-peer", "--idle", "1", "--count", "2"])
    for phrase in [
      "probe 2 of 2", "no answer", "gives the connection up", "recv() = -1 ETIMEDOUT", "after the reset", "DEAD after",
      "recv raises TimeoutError (ETIMEDOUT); then send raises BrokenPipeError (EPIPE).",
      "TcpExtTCPKeepAlive +2, TcpExtTCPAbortOnTimeout +1; captured: 2 and 1.",
    ] {
      #expect(result.output.contains(phrase), "\(phrase) is missing in:\n\(result.output)")
    }
  }

  @Test("A box that forgets between two idle times costs the longer one its connection, and says so in the story")
  func forgetfulBox() async throws {
    let result = try await Program.runWaiting(["demo", "forgetful-box", "--idle", "1", "--count", "2"])
    for phrase in [
      "the box forgets the connection of idle-4", "idle-1, answered.", "idle-4, dead.", "another probe",
      "forgets after 2 s",
    ] {
      #expect(result.output.contains(phrase), "\(phrase) is missing in:\n\(result.output)")
    }
    #expect(!result.output.contains("the box forgets the connection of idle-1"))
  }

  @Test(
    "With --pause the question comes first, then the story at a line's end, or the input's, then the answer")
  func pause() throws {
    for input in ["\n\n", ""] {
      let result = try Program.run(
        ["demo", "killed-server", "--pause", "--idle", "1"], input: Data(input.utf8))
      let parts = ["Does keepalive tell", "Enter lets it happen.", "recv() = 0", "Enter tells the answer.", "To learn"]
      let places = parts.compactMap { result.output.range(of: $0)?.lowerBound }
      #expect(result.status == 0 && places.count == parts.count && places == places.sorted(), "\(result.output)")
    }
    #expect(try Program.run(["demo", "--pause", "--json"]).status == 64)
    #expect(try Program.run(["demo", "all", "--pause"]).status == 64)
  }

  @Test("Where every probe is answered the count is told once")
  func anotherProbe() async throws {
    let result = try await Program.runWaiting(["demo", "healthy", "--idle", "1"])
    let count = result.output.components(separatedBy: "probe 1 of 3").count - 1
    #expect(count == 1 && result.output.contains("another probe"), "\(result.output)")
  }

  @Test("A probe that only the next one tells from a window probe is named when that comes")
  func lateProbe() async throws {
    let result = try await Program.runWaiting(["demo", "keepalive-into-zero-window", "--idle", "1"])
    #expect(result.output.contains(" was a probe: #"), "\(result.output)")
  }

  @Test("demo all runs every scenario, each to its usual end, and ends with a table of them")
  func all() async throws {
    let result = try await Program.runWaiting(["demo", "all", "--idle", "1", "--count", "2"])
    #expect(result.status == 0)
    let table = result.output.split(separator: "\n").suffix(DemoExpectation.all.count)
    for (row, expected) in zip(table, DemoExpectation.all) {
      #expect(row.hasPrefix(expected.scenario + " ") && row.contains(" \(expected.verdict) "), "\(row)")
    }
  }

  @Test(
    "Its packets, saved in the format that the file's name tells, and replayed, give the same probes",
    arguments: ["pcap", "pcapng"])
  func savedPackets(format: String) async throws {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).\(format)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let lines = try await run(["silent-peer", "--idle", "1", "--count", "2", "-w", path])
    #expect(lines[0]["interface"] as? String == "lo" && lines[0]["host"] as? String == ProcessInfo.processInfo.hostName)
    let replayed = try Program.run(["replay", "--json", path]).lines
    #expect(replayed[0]["kind"] as? String == format && replayed[0]["interface"] is NSNull)
    for event in ["probe", "give-up", "answer"] { #expect(count(replayed, event) == count(lines, event)) }
    #expect(self.lines(replayed, "connection").compactMap { $0["verdict"] as? String } == ["dead"])
  }
}
