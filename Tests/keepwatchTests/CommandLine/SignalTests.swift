import Foundation
import Testing

/// The rows of docs/signals.md that need no capture.
@Suite(.enabled(if: Harness.isThere, "no python3 is installed"))
struct SignalTests {
  @Test(
    "A replay of files ends at once, by the signal, without a word",
    arguments: ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
  func replay(signal: String) async throws {
    try await Harness.run(
      """
      os.mkfifo("pipe")
      running = Running("replay", "pipe")
      with open("pipe", "wb") as pipe:
          pipe.write(open(capture, "rb").read())
          pipe.flush()
          running.send(signal.\(signal))
          check(running.end() == -signal.\(signal), "by the signal", running.process.returncode)
      check(text("err") == "" and text("out") == "", "without a word")
      """)
  }

  @Test("What was ignored when it began stays ignored: nohup")
  func nohup() async throws {
    try await Harness.run(
      """
      os.mkfifo("pipe")
      running = Running("replay", "pipe", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
      with open("pipe", "wb") as pipe:
          running.send(signal.SIGHUP)
          pipe.write(open(capture, "rb").read())
      check(running.end() == 0 and "1 connection" in text("out"), text("out"), text("err"))
      """)
  }

  @Test(
    "A replay of a stream takes what its writer still hands over, and ends with the summary; it says nothing of a cut",
    arguments: ["SIGINT", "SIGTERM", "SIGHUP"])
  func stream(signal: String) async throws {
    try await Harness.run(
      """
      octets = open(capture, "rb").read()
      running = Running("replay", "-", "--json", stdin=subprocess.PIPE)
      running.process.stdin.write(octets[:-200])
      running.process.stdin.flush()
      until(lambda: "probe" in text("out"), "the first packets are analysed")
      running.send(signal.\(signal))
      running.process.stdin.write(octets[-200:-3])
      running.process.stdin.flush()
      check(running.end() == 0, text("err"))
      check('"event":"summary"' in text("out") and text("err") == "", text("out"), text("err"))
      check('"packets":10' in text("out"), "the last whole packet is in it", text("out"))
      """)
  }

  @Test(
    "Where the reader of the output does not read, the first signal ends it at once",
    arguments: ["replay --json", "replay", "live -D", "demo --list"], ["SIGINT", "SIGTERM", "SIGHUP"])
  func stalledReader(verb: String, signal: String) async throws {
    try await Harness.run(
      """
      reader, writer = full_pipe()
      words = "\(verb)".split()
      running = Running(*words, *([capture] if words[0] == "replay" else []), out=writer)
      until(running.is_writing, "it waits for its reader")
      running.send(signal.\(signal))
      check(running.end() == -signal.\(signal), "by the signal", running.process.returncode)
      """)
  }

  @Test(
    "Where the reader of the output has gone, it ends by SIGPIPE, without a word, also where SIGPIPE was ignored",
    arguments: ["replay --json", "replay", "replay --connection 1", "live -D", "demo --list", "--help"],
    [true, false])
  func closedReader(words: String, isIgnored: Bool) async throws {
    try await Harness.run(
      """
      reader, writer = os.pipe()
      os.close(reader)
      words = "\(words)".split()
      running = Running(*words, *([capture] if words[0] == "replay" else []), out=writer, restore_signals=\(isIgnored ? "False" : "True"))
      check(running.end() == -signal.SIGPIPE and text("err") == "", running.process.returncode, text("err"))
      """)
  }
}
