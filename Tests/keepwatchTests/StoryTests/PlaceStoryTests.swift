import Testing

/// Connections that a capture has at two places, or under two names: recorded on a router's or a host's `any` interface, with
/// probes every second.
@Suite struct PlaceStoryTests {
  static let told = [
    StoryTests.Told(
      name: "connected-to-itself", verdicts: ["unknown"],
      says: [
        "both ends are one socket, 127.0.0.1:40000, connected to itself",
        "keepalive probes and their answers cannot be told apart",
      ],
      never: ["unanswered when", "no packet from", "misses packets", "TCP_KEEPINTVL", "no probe was seen there"]),
  ]

  @Test("What is said of a connection that was captured at two places, and what is not", arguments: told)
  func story(_ told: StoryTests.Told) throws { try StoryTests().story(told) }
}
