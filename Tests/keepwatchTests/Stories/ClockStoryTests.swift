import Foundation
import Testing

/// Other stacks' timers and clocks: what is said of captures with early timers, doubling gaps, a clock that was set, no times.
@Suite struct ClockStoryTests {
  static let folder = (Bundle.module.resourcePath ?? ".") + "/Cases"

  /// A story, and what must and must not be said of it.
  struct Told: CustomTestStringConvertible, Sendable {
    let name: String
    let said: [String]
    let notSaid: [String]

    var testDescription: String { name }
  }

  static let told = [
    Told(
      name: "early-timer-45s.pcap",
      said: [
        "45 s / ? / ?", "settings of the client", "TCP_KEEPIDLE 45 s (", "TCP_KEEPINTVL is not longer than that; more",
      ],
      notSaid: ["44 s", "≈", "the longer of idle time and interval"]),
    Told(
      name: "doubling-gaps.pcap",
      said: [
        "dead", "7,200 s / doubling / ?", "double, from 0.40 s to 1m 00s, as illumos' and Solaris' do",
        "8m 42s have passed since the first",
      ],
      notSaid: ["× interval", "Windows", "TCP_KEEPCNT is", "TCP_USER_TIMEOUT is"]),
    Told(
      name: "clock-steps-forward.pcap",
      said: [
        "clock was set forward by about 3d 1h before frame 16", "Silences up to 30.6 s were survived",
        "After 6m 48s and more no answer to the next packet was captured (2, 3)", "30 s / ? / ?", "400 s / 30 s / 4",
      ],
      notSaid: ["survived silences as long", "3d 1h before the last packet", "264,"]),
    Told(
      name: "no-times.pcapng", said: ["no packet has a time", "nothing can be said of silences", "1 unknown"],
      notSaid: ["1970", "of silence:", "keepalive is off", "0 ns"]),
  ]

  private func flat(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  @Test("What is said of a capture with another stack's timers or clock, and what is not", arguments: told)
  func story(told: Told) throws {
    let text = flat(try Program.run(["replay", "--utc", "\(Self.folder)/\(told.name)"]).output)
    for phrase in told.said { #expect(text.contains(phrase), "\(phrase)\n\(text)") }
    for phrase in told.notSaid { #expect(!text.contains(phrase), "\(phrase)\n\(text)") }
  }

  @Test("No guess of Windows where the gaps double, and the interval is none")
  func doubling() throws {
    let lines = try Program.run(["replay", "--json", "\(Self.folder)/doubling-gaps.pcap"]).lines
    let prober = try #require(lines.first { $0["event"] as? String == "prober" })
    #expect(prober["stack_guesses"] as? [String] == ["illumos or Solaris"])
    #expect(prober["interval"] is NSNull && prober["count"] is NSNull && prober["user_timeout_high"] is NSNull)
  }

  @Test("Where the clock was set stands in the JSON lines, and no silence spans it")
  func clockStep() throws {
    let lines = try Program.run(["replay", "--json", "\(Self.folder)/clock-steps-forward.pcap"]).lines
    let step = try #require(lines.first { $0["event"] as? String == "clock-step" })
    #expect(step["frame"] as? Int == 16)
    let seconds = try #require(step["seconds"] as? Double)
    #expect((264_380...264_390).contains(seconds))
    for line in lines {
      for key in ["silence", "silence_survived", "period_high"] { #expect(line[key] as? Double ?? 0 < 1000, "\(line)") }
    }
    let timeline = flat(
      try Program.run(["replay", "\(Self.folder)/clock-steps-forward.pcap", "--connection", "1"]).output)
    #expect(timeline.contains("TCP_KEEPIDLE 30 s (28.50 to 30.60 s by 1 gap)"))
  }

  @Test(
    "Without times a time line, the reasons of a frame and a picture show none",
    arguments: [["--connection", "1"], ["--why", "9"], ["--all"]])
  func noTimeIsShown(options: [String]) throws {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    let files = ["\(folder).svg", "\(folder).html"]
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    var text = try Program.run(["replay", "--utc", "\(Self.folder)/no-times.pcapng"] + options).output
    _ = try Program.run(["replay", "\(Self.folder)/no-times.pcapng", "--svg", files[0], "--html", files[1]])
    for file in files { text += try String(contentsOfFile: file, encoding: .utf8) }
    for never in ["1970", "00:00", "0 ns", "0 s  "] { #expect(!text.contains(never), "\(never)\n\(text)") }
    if options[0] == "--connection" { #expect(flat(text).contains("no times silence client 10.0.0.1:40000")) }
  }

  @Test("Without times no line has one, and nothing is claimed")
  func withoutTimes() throws {
    let lines = try Program.run(["replay", "--json", "\(Self.folder)/no-times.pcapng"]).lines
    #expect(lines.compactMap { $0["event"] as? String } == ["capture", "connection", "summary"])
    #expect(lines.allSatisfy { $0["time"] as? String == nil && $0["first_time"] as? String == nil })
    #expect(lines.last?["without_time"] as? Int == 15)
  }
}
