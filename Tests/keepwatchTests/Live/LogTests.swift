import Foundation
import Testing

/// What programs say of themselves, joined to the packets.
@Suite(.enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct LogTests {
  /// The demo's halves by hand: the server goes deaf, the client logs its calls; `live` watches, and saves the packets.
  static let silentPeer = """
    touch app.jsonl
    $program live --json -w saved.pcap --log app.jsonl > out.jsonl &
    live=$!
    until grep -q '"capture"' out.jsonl; do sleep 0.05; done
    $program demo server --go-deaf > server.txt & server=$!
    listening
    $program demo client --json --idle 1 --interval 1 --count 2 >> app.jsonl
    sleep 0.6
    kill -INT $live; wait $live; status=$?
    kill -9 $server
    exit $status
    """

  /// The calls that have returned.
  func returned(_ lines: [[String: Any]]) -> [String] {
    lines.filter { $0["event"] as? String == "application" && !($0["result"] is NSNull) }.map { line in
      "\(line["call"] as? String ?? "") \(line["error"] as? String ?? "\(line["result"] as? Int ?? -2)")"
    }
  }

  func expectWholeStory(_ lines: [[String: Any]]) throws {
    #expect(
      returned(lines) == ["connect 0", "setsockopt 0", "send 19", "recv 24", "recv ETIMEDOUT", "send EPIPE"])
    let application = lines.filter { $0["event"] as? String == "application" }
    #expect(application.allSatisfy { $0["connection"] as? Int == 1 && $0["dst_port"] as? Int == 12345 })
    let told = try #require(application.first { $0["error"] as? String == "ETIMEDOUT" })
    let giveUp = try #require(lines.first { $0["event"] as? String == "give-up" })
    #expect(told["learned_of"] as? Int == giveUp["frame"] as? Int)
    let delay = try #require(told["learned_after"] as? Double)
    #expect(delay > -0.01 && delay < 0.5)
  }

  @Test("live joins a log while it grows, and replay joins the same log to the saved packets later")
  func growingLog() async throws {
    let story = try await Story.of(Self.silentPeer)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    try expectWholeStory(story.lines)
    let arguments = ["replay", "\(story.folder)/saved.pcap", "--log", "\(story.folder)/app.jsonl"]
    try expectWholeStory(try Program.run(arguments + ["--json"]).lines)

    let summary = try Program.run(arguments).output
    #expect(summary.contains("PROGRAMS") && summary.contains("recv() = -1 ETIMEDOUT, "), "\(summary)")
    let timeline = try Program.run(arguments + ["--connection", "1"]).output
    #expect(timeline.contains("client: recv() = -1 ETIMEDOUT, ") && timeline.contains(" after #"), "\(timeline)")
  }

  @Test("A log whose clock is five seconds behind is said at the end of live, which then tells no delays")
  func clockBehind() async throws {
    let shift = """
      --count 2 | python3 -u -c 'import re, sys
      for line in sys.stdin:
          print(re.sub(r"time.:(\\d+)", lambda found: "time\\":%d" % (int(found[1]) - 5 * 10**9), line), end="")'
      """
    let story = try await Story.of(Self.silentPeer.replacingOccurrences(of: "--count 2", with: shift))
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    #expect(
      story.errors.contains("app.jsonl: its clock is at least ") && story.errors.contains("behind the packets'"),
      "\(story.errors)")
    let calls = story.lines("application")
    #expect(calls.contains { $0["error"] as? String == "ETIMEDOUT" })
    #expect(calls.allSatisfy { $0["learned_after"] is NSNull }, "\(calls)")
  }

  @Test("Lines of a log that are no calls are named by file and line and skipped; the others are joined")
  func brokenLines() async throws {
    let story = try await Story.of(
      Self.silentPeer.replacingOccurrences(
        of: "exit $status", with: "sed -i '2i not a call' app.jsonl; echo '{}' >> app.jsonl"))
    defer { story.remove() }
    let result = try Program.run([
      "replay", "\(story.folder)/saved.pcap", "--json", "--log", "\(story.folder)/app.jsonl",
    ])
    #expect(result.status == 1)
    #expect(result.errors.contains("app.jsonl:2: ") && result.errors.contains("app.jsonl:10: "), "\(result.errors)")
    try expectWholeStory(result.lines)
  }

  @Test("A log that is not there is a mistake of the command line")
  func missingLog() throws {
    let result = try Program.run(["replay", "/dev/null", "--log", "/no/such/log"])
    #expect(result.status == 64 && result.errors.contains("/no/such/log cannot be opened: No such file or directory."))
  }

  @Test("live tells at once which sockets have keepalive armed, and when the first probe would come")
  func armedTimers() async throws {
    let story = try await Story.of(
      """
      $program demo server > server.txt & server=$!
      listening
      $program demo client --idle 7000 > client.txt & client=$!
      until ss -tno | grep -q keepalive; do sleep 0.05; done
      timeout -s INT 2 $program live --utc
      kill -9 $server $client
      """)
    defer { story.remove() }
    #expect(story.output.contains("1 socket of this host with keepalive armed:"), "\(story.output) \(story.errors)")
    #expect(story.output.contains("ESTAB, no probe before ") && story.output.contains("in 1h 56m"), "\(story.output)")
  }
}
