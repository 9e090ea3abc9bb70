import Foundation
import Testing

/// Connections that a capture has at two places, or under two names: recorded on a router's or a host's `any` interface, with
/// probes every second.
@Suite struct PlaceStoryTests {
  static let told = [
    StoryTests.Told(
      name: "connected-to-itself", verdicts: ["unknown"],
      says: [
        "Both ends are one socket, 127.0.0.1:40000, connected to itself",
        "keepalive probes and their answers cannot be told apart",
      ],
      never: [
        "◆ probe", "settings of the", "unanswered when", "no packet from", "misses packets", "TCP_KEEPINTVL",
        "no probe was seen there",
      ]),
    StoryTests.Told(
      name: "nat-seen-twice", verdicts: ["closed", "closed"],
      says: [
        "5 probes answered", "Connection 1 is the same one under other addresses: a NAT",
        "Connection 2 is the same one under other addresses: a NAT",
      ]),
    StoryTests.Told(
      name: "router-seen-twice", verdicts: ["answered"],
      says: [
        "5 of 5 probes answered",
        "captured more than once at places with routers between them, TTL 64 and 63, counted once", "1 TCP connection.",
      ],
      never: ["a box on the path", "the same one"]),
    StoryTests.Told(
      name: "both-ends-in-one-file", verdicts: ["answered"],
      says: ["5 of 5 probes answered", "at places with routers between them, TTL 64 and 59, counted once"],
      never: ["Answers stand before"]),
    StoryTests.Told(
      name: "answer-stamped-first", verdicts: ["answered"],
      says: [
        "8 of 8 probes answered",
        "Answers stand before their probes: the two directions were captured at two places, or stamped by two clocks",
      ],
      never: ["routers between"]),
    StoryTests.Told(
      name: "syn-proxy-seen-twice", verdicts: ["closed", "closed"],
      says: [
        "2 TCP connections", "5 probes answered",
        "Connection 1 is the same one in other numbers: a proxy that renumbers",
        "Connection 2 is the same one in other numbers",
      ],
      never: ["6.02 s 10", "0.01 s", "outside the window", "a box on the path"]),
    StoryTests.Told(
      name: "syn-proxy-on-the-server", verdicts: ["closed", "unknown"], says: ["5 probes answered"],
      never: ["unanswered when", "outside the window"]),
    StoryTests.Told(
      name: "redirect-to-a-sidecar", verdicts: ["unknown", "closed", "closed"],
      says: [
        "Whether the probes were answered cannot be seen",
        "Connection 2 is its other direction, under other addresses: a redirect on the capturing host",
        "the interval, or, where the probes were answered, the longer of idle time and interval 1 s",
      ],
      never: ["TCP_KEEPCNT", "no more can be seen. unknown"]),
  ]

  @Test("What is said of a connection that was captured at two places, and what is not", arguments: told)
  func story(_ told: StoryTests.Told) throws { try StoryTests().story(told) }

  @Test(
    "Wherever the capture begins, no connection has more probes than its client sent, and none is unanswered",
    arguments: ["nat-seen-twice", "router-seen-twice", "syn-proxy-seen-twice"])
  func begunLater(name: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(StoryTests.folder)/\(name).pcap"))
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    defer { try? FileManager.default.removeItem(atPath: path) }
    // pcap: a header of 24 octets, then packets, each behind 16 octets with its captured length, little-endian.
    var start = 24
    while start < whole.count {
      try (whole[..<24] + whole[start...]).write(to: URL(fileURLWithPath: path))
      let lines = try Program.run(["replay", "--json", path]).lines.filter { $0["event"] as? String == "connection" }
      #expect(lines.allSatisfy { $0["probes"] as? Int ?? 6 <= 5 && $0["unanswered"] as? Int == 0 }, "from \(start) on")
      let length = whole[(start + 8)..<(start + 12)].reversed().reduce(0) { $0 << 8 | Int($1) }
      start += 16 + length
    }
  }

  @Test("The JSON lines name the connection that is the same one")
  func sameAs() throws {
    for (name, expected) in [
      ("nat-seen-twice", [2, 1]), ("syn-proxy-seen-twice", [2, 1]), ("router-seen-twice", [nil]),
      ("redirect-to-a-sidecar", [2, 1, nil]),
    ] {
      let lines = try Program.run(["replay", "--json", "\(StoryTests.folder)/\(name).pcap"]).lines
      let same = lines.filter { $0["event"] as? String == "connection" }.map { $0["same_as"] as? Int }
      #expect(same == expected, "\(name)")
    }
  }
}
