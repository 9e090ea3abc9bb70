import Foundation
import Testing

/// Captures after public reports and real kernels, each with what must be said of it, and what must not.
@Suite struct StoryTests {
  /// One capture, and what its texts say.
  struct Told: CustomTestStringConvertible, Sendable {
    let name: String
    /// The connections' verdicts, in order.
    let verdicts: [String]
    /// Phrases of the summary and the time line, white space folded.
    let says: [String]
    var never: [String] = []
    /// The time line that is read too.
    var connection = 1

    var testDescription: String { name }
  }

  static let folder = (Bundle.module.resourcePath ?? ".") + "/Cases"

  static let told = [
    Told(
      name: "reset-outside-window", verdicts: ["answered"],
      says: [
        "5 of 5 probes answered", "#10 is a reset outside the window. It was ignored, as Linux drops it",
        "RST outside the window: ignored",
      ],
      never: ["in the name of"]),
    Told(
      name: "reset-with-sequence-0", verdicts: ["unanswered"],
      says: [
        "1 probe of the client unanswered", "#9 is a reset outside the window. It was ignored, as Linux drops it",
        "the connection goes on", "Probe #8 caused it", "TTL is 255, where its sender's other packets have 64",
        "RST outside the window: ignored",
      ],
      never: ["does not know the connection"]),
    Told(
      name: "stray-syn", verdicts: ["answered"],
      says: [
        "4 of 4 probes answered", "#10 is a SYN on a connection that stands. It was ignored",
        "SYN on a standing connection",
      ]),
    Told(
      name: "window-closed-over-data", verdicts: ["blocked"],
      says: ["The server's window is 0", "over data in flight", "as long as it is answered"],
      never: ["gives up", "keepalive is off"]),
    Told(
      name: "even-window-probes", verdicts: ["blocked"],
      says: ["The server's window is 0", "it cannot be told which. Both have the same octets"],
      never: [
        "7 of "
          + "7", "these are no keepalives",
      ]),
    Told(
      name: "answers-dropped-at-the-prober", verdicts: ["dead"],
      says: [
        "10.9.0.2 gave up (RST #19)", "4 probes unanswered",
        "10.9.0.2 did not accept the answers in this capture (#11 #13 #15",
        "They were dropped on its own host, lost behind the capture point, or rejected",
        "Its TSecr stays 1025575885, though they brought newer TSvals",
        "TCP_USER_TIMEOUT is 6.08 s to 7.10 s; "
          + "packets cannot tell which",
        "settings of the client", "settings of the server", "not accepted",
      ],
      never: ["idle timeout", "keepalive cannot prevent it", "does not know the connection", "of 6 probes answered"]),
    Told(
      name: "answers-lost-one-way",
      verdicts: ["dead", "dead", "dead", "dead", "unanswered", "dead", "dead", "dead"],
      says: [
        "10.9.0.1 gave up (RST #162)", "10.9.0.1 did not accept the answers", "settings of the client",
        "settings of the server",
      ],
      never: ["idle timeout", "keepalive cannot prevent it", "does not know the connection"]),
    Told(
      name: "round-trip-longer-than-interval", verdicts: ["answered"],
      says: ["9 of 9 probes answered after 3.00 s", "answer after 3.00 s"]),
    Told(
      name: "higher-port-is-the-server", verdicts: ["not-probed", "not-probed", "dead", "dead"],
      says: [
        "10.0.0.2:50051, 4 connections", "Silences up to 5m 01s were survived (2 times, 2 connections)",
        "no answer to the next packet was captured (3, 4)", "AWS Network Firewall (5m 50s)",
        "Only if their reset was lost: AWS NLB (5m 50s), AWS NAT gateway (5m 50s).",
        "Not: Azure Load Balancer (4m 00s)", "(client, assumed: 4 connections share the other end)",
      ],
      never: ["higher port", "keepalive is off."]),
    Told(
      name: "a-box-answers", verdicts: ["answered"],
      says: [
        "10 of 10 probes answered. The answers have TTL 254 and no timestamps, where the server's other packets have "
          + "TTL 52 and timestamps.", "A box on the path may have answered, and the server may be gone.",
      ],
      never: ["A kernel answers"]),
    Told(
      name: "fin-then-reset", verdicts: ["reset"],
      says: ["(#21)", "The server had sent its FIN #8, 1m 00s before", "leaks the socket", "CLOSE-WAIT"],
      never: ["does not know the connection"]),
    Told(
      name: "icmp-admin-prohibited", verdicts: ["dead"],
      says: [
        "ICMP type 3 code 13 (communication administratively prohibited) from 10.9.0.1 quotes a probe of the client",
        "quotes an acknowledgment of the client (#20). Its error, EHOSTUNREACH, may replace ETIMEDOUT",
        "Its program sees ETIMEDOUT, or EHOSTUNREACH because of ICMP #20",
        "ICMP type 3 code 13 from 10.9.0.1 quotes an acknowledgment of the client 20",
      ]),
    Told(
      name: "reset-by-a-box-after-350s",
      verdicts: ["not-probed", "not-probed", "reset", "reset", "reset", "reset"],
      says: [
        "It answers #58, which was sent after 6m 00s of silence.",
        "Its TTL is 255, where the server's packets before have 60. A box on the path may have sent it.",
        "Silences up to 5m 45s were survived (7 times, 4 connections).",
        "After 5m 52s and more a reset refused the next packet (3, 4, 5, 6).",
        "By their defaults fit: AWS NLB (5m 50s), AWS NAT gateway (5m 50s).", "so its host was not down",
        "TCP_KEEPIDLE and TCP_KEEPINTVL of 300 s or less, to be below 5m 45s.",
        "Switched on alone it would not help", "Only the port, 5432, tells which program the server may be.",
        "keepalives=1 keepalives_idle=60",
      ],
      never: ["AWS Network Firewall", "AWS GWLB", "nothing got through"]),
    Told(
      name: "refused-after-400s", verdicts: ["reset", "reset", "reset"],
      says: [
        "Its TTL is 64, where the server's packets before have 50.", "a reset refused the next packet (1, 2, 3)",
        "A reset came back, so that something there answers.", "to be below 5m 00s",
      ],
      never: ["may have been down", "none was silent", "nor a silence of 60 s"]),
    Told(
      name: "reset-in-both-names-after-240s", verdicts: ["reset", "reset", "reset"],
      says: [
        "Another reset came in the name of the client.",
        "Connections 1, 2, 3 were reset in the names of both ends after 4m 00s without a packet.",
        "By their defaults fit: Azure Load Balancer with TCP reset (4m 00s).",
        "TCP_KEEPIDLE and TCP_KEEPINTVL of 180 s or less, to be below 4m 00s.",
      ],
      never: ["may have been down", "keepalive cannot prevent it"]),
    Told(
      name: "host-cut-off-with-13-clients",
      verdicts: ["dead", "dead", "stalled", "unknown"] + [String](repeating: "dead", count: 10) + [
        "closed", "unknown",
      ],
      says: [
        "Everything from 10.9.0.1 stopped at 16:36:33. 14 connections hang or died since (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
          + "12, 13, 14).", "On 4 a probe of that host was due at 16:36:36, and did not come.",
        "1 later attempt to connect to it drew no answer either (SYN).",
        "The server's next probe was due at 16:36:36, and none came in the 1m 09s",
        "It was due later if TCP_KEEPINTVL is longer than the idle time of 6.00 s.",
        "Sent data waits for its acknowledgment, so no probes are sent.", "3 s / 1 s / 4", "3 s / 1 s / 10",
      ],
      never: ["A guess", "forgets a connection"]),
  ]

  /// Text without its folds.
  private func flat(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  @Test("What is said of a capture, and what is not", arguments: told)
  func story(_ told: Told) throws {
    let path = "\(Self.folder)/\(told.name).pcap"
    let lines = try Program.run(["replay", "--json", path]).lines
    #expect(lines.compactMap { $0["verdict"] as? String } == told.verdicts)
    let summary = try Program.run(["replay", "--all", "--utc", path]).output
    let timeline = try Program.run(["replay", "--connection", "\(told.connection)", path]).output
    let text = flat(summary) + " " + flat(timeline)
    for phrase in told.says { #expect(text.contains(phrase), "\(phrase)\n\(summary)\(timeline)") }
    for phrase in told.never { #expect(!text.contains(phrase), "\(phrase)\n\(summary)\(timeline)") }
  }

  @Test("Both ends' settings are told where the answers to one of them were lost")
  func settings() throws {
    let lines = try Program.run(["replay", "--json", Self.folder + "/answers-lost-one-way.pcap"]).lines
    let probers = lines.filter { $0["event"] as? String == "prober" }
    let servers = probers.filter { $0["role"] as? String == "server" }
    #expect(probers.count == 16 && servers.count == 8)
    for server in servers {
      #expect(((server["idle_low"] as? Double) ?? 0) <= 9 && ((server["idle_high"] as? Double) ?? 0) >= 9)
      #expect(server["count_low"] as? Int == 3)
    }
  }

  @Test("An ICMP error has its type, code, sender and what it quotes in --why and in JSON")
  func errors() throws {
    let path = Self.folder + "/icmp-admin-prohibited.pcap"
    let errors = try Program.run(["replay", "--json", path]).lines.filter { $0["event"] as? String == "icmp-error" }
    #expect(
      errors.compactMap { $0["quotes"] as? String } == ["probe", "probe", "probe", "probe", "acknowledgment", "reset"])
    #expect(errors.allSatisfy { $0["icmp_type"] as? Int == 3 && $0["icmp_code"] as? Int == 13 })
    let why = try flat(Program.run(["replay", path, "--why", "20"]).output)
    #expect(why.contains("ICMP type 3 code 13 (communication administratively prohibited) from 10.9.0.1"))
    #expect(why.contains("quotes an acknowledgment of 10.9.0.2:36174. Its error, EHOSTUNREACH"))
  }

  @Test("--why of what was not accepted gives the reason, and none against")
  func ignored() throws {
    for (name, frame, reason) in [
      ("stray-syn", 10, "for its peer goes on in the connection that stands"),
      ("reset-with-sequence-0", 9, "for SEG.SEQ is 0, RCV.NXT is 900031: outside the window"),
      ("even-window-probes", 3, "for its peer's window is 0"),
    ] {
      let why = try flat(Program.run(["replay", "\(Self.folder)/\(name).pcap", "--why", "\(frame)"]).output)
      #expect(why.contains(reason), "\(why)")
      #expect(!why.contains("against"), "\(why)")
    }
  }

  @Test(
    "A FIN four seconds after the give-up changes nothing that is said of it",
    arguments: ["ethernet", "linux-cooked-v1", "linux-cooked-v2"])
  func afterTheGiveUp(name: String) throws {
    let path = SituationTests.folder + "/\(name).pcap"
    let lines = try Program.run(["replay", "--json", path]).lines
    let connection = try #require(lines.first { $0["event"] as? String == "connection" })
    #expect(connection["verdict"] as? String == "dead" && connection["unanswered"] as? Int == 3)
    let prober = try #require(lines.first { $0["event"] as? String == "prober" })
    #expect(prober["unanswered"] as? Int == 3 && prober["count"] as? Int == 3)
    #expect((3...3.1).contains(prober["user_timeout_low"] as? Double ?? 0))
    #expect((4.0...4.2).contains(prober["user_timeout_high"] as? Double ?? 0))
    for arguments in [["replay", path], ["replay", path, "--connection", "1"]] {
      let text = flat(try Program.run(arguments).output)
      #expect(
        text.contains("3 probes unanswered") && text.contains("TCP_KEEPCNT is 3, or TCP_USER_TIMEOUT is 3.0"))
    }
  }

  @Test("A host from which everything stopped has a line among the JSON lines, which fit the schema")
  func silentHost() throws {
    let lines = try Program.run(["replay", "--json", Self.folder + "/host-cut-off-with-13-clients.pcap"]).lines
    let host = try #require(lines.first { $0["event"] as? String == "silent-host" })
    #expect(host["host"] as? String == "10.9.0.1" && host["lost"] as? [Int] == Array(1...14))
    #expect((host["last_heard"] as? String)?.hasPrefix("2026-11-25T16:36:33.") == true)
    #expect(host["missed_probes"] as? [Int] == [4] && host["stalled"] as? [Int] == [3])
    SchemaTests().expectSchema(lines)
  }

  @Test("Servers whose connections fared alike stand in the order of their first connections, the same in each run")
  func orderOfServers() throws {
    let path = Self.folder + "/host-cut-off-with-13-clients.pcap"
    let text = try Program.run(["replay", "--utc", "--all", path]).output
    let servers = text.split(separator: "\n\n").map { $0.split(separator: "\n").map { $0.split(separator: " ") } }
    // A row: its number, its client, its verdict.
    let firsts = servers.compactMap { rows in rows.first { $0.count > 2 && $0[2] == "dead" }.flatMap { Int($0[0]) } }
    #expect(firsts.count > 3)
    #expect(firsts == firsts.sorted(), "\(firsts)")
  }

  @Test("Where both ends gave up, both give-ups are told")
  func bothDeaf() throws {
    let text = flat(try Program.run(["replay", SituationTests.folder + "/both-deaf.pcap"]).output)
    #expect(text.contains("The client gave up (RST #13)") && text.contains("The server gave up on it too (RST #18)"))
  }
}
