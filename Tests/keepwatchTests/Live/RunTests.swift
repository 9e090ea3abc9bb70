import Foundation
import Testing

/// The Python that the system has: not a version manager's, which is a shell script.
private let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// Programs as people write them, in Python, run under `keepwatch run` in a network of their own.
@Suite(
  .enabled(if: geteuid() == 0, "run captures packets in a network namespace made by unshare(1): be root"),
  .enabled(if: python != nil, "no python3 is installed"),
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"))
struct RunTests {
  /// A server that answers each message, until its client has gone.
  static let server = """
    import socket
    listener = socket.create_server(("127.0.0.1", 12345))
    connection, _ = listener.accept()
    while connection.recv(1024):
        connection.sendall(b"an answer")
    """

  /// A client that asks so many times, then sleeps; it tells the exception that ended it.
  static let client = """
    import socket, sys, time
    connection = socket.create_connection(("127.0.0.1", 12345))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
        connection.setsockopt(socket.IPPROTO_TCP, option, 1)
    try:
        for number in range(int(sys.argv[1])):
            connection.sendall(b"a question")
            connection.recv(1024)
            time.sleep(0.2)
        time.sleep(float(sys.argv[2]))
        connection.sendall(b"are you there?")
    except OSError as error:
        print(type(error).__name__)
        sys.exit(3)
    """

  /// `$keepwatch` is `keepwatch run --json -o out.jsonl`, server.py and client.py are the programs above.
  func story(_ script: String) async throws -> Story {
    let prelude = """
      cat > server.py <<'END'
      \(Self.server)
      END
      cat > client.py <<'END'
      \(Self.client)
      END
      python=\(python ?? "python3")
      keepwatch="$program run --json -o out.jsonl"

      """
    return try await Story.of(prelude + script)
  }

  @Test("A server that dies while messages flow: a FIN and a failing send, no probe, and the program's own status")
  func diesWhileMessagesFlow() async throws {
    let story = try await story(
      """
      $python server.py & server=$!; listening
      (until grep -qs '"call":"send"' out.jsonl; do sleep 0.05; done; sleep 0.7; kill -9 $server) &
      $keepwatch -- $python client.py 50 0
      """)
    defer { story.remove() }
    #expect(story.status == 3 && story.output == "BrokenPipeError\n", "\(story.errors)")
    #expect(story.verdicts == ["closed"] && story.lines("probe").isEmpty)
    #expect(story.calls(["send"]).last == "send EPIPE" && story.calls(["recv"]).last == "recv 0")
    #expect(story.lines("application").allSatisfy { $0["connection"] as? Int == 1 || $0["dst_port"] is NSNull })
  }

  @Test("A server that dies after the last message: its kernel goes on answering probes, and the client learns nothing")
  func diesAfterTheLastMessage() async throws {
    let story = try await story(
      """
      echo 3 > /proc/sys/net/ipv4/tcp_fin_timeout
      $python server.py & server=$!; listening
      (until ss -Htn state established '( sport = :12345 )' | grep -q .; do sleep 0.05; done; sleep 0.7; kill -9 $server) &
      $keepwatch -- $python client.py 1 7
      """)
    defer { story.remove() }
    #expect(story.status == 3 && story.output == "BrokenPipeError\n", "\(story.errors)")
    #expect(story.verdicts == ["reset"])
    let answers = story.lines("answer").compactMap { $0["by"] as? String }
    #expect(answers.filter { $0 == "ack" }.count >= 2 && answers.last == "reset")
    #expect(story.calls(["recv"]) == ["recv 9"])
    let kernel = try #require(story.lines("kernel").first)
    #expect(kernel["probes"] as? Int == story.lines("probe").count)
  }

  @Test("A forked program with threads, ended by a signal: every call stands on its own connection")
  func threadsAndForks() async throws {
    let story = try await story(
      """
      cat > both.py <<'END'
      import os, signal, socket, threading
      listener = socket.create_server(("127.0.0.1", 12345))
      if os.fork() == 0:
          def talk(number):
              connection = socket.create_connection(("127.0.0.1", 12345))
              connection.sendall(b"thread %d" % number)
              connection.recv(100)
          threads = [threading.Thread(target=talk, args=(number,)) for number in range(3)]
          [thread.start() for thread in threads]
          [thread.join() for thread in threads]
          os._exit(0)
      for _ in range(3):
          connection, _ = listener.accept()
          connection.sendall(connection.recv(100))
      os.wait()
      os.kill(os.getpid(), signal.SIGTERM)
      END
      $keepwatch -- $python both.py
      """)
    defer { story.remove() }
    #expect(story.status == 128 + 15, "\(story.errors)")
    #expect(story.verdicts.count == 3)
    let sends = story.lines("application").filter { $0["call"] as? String == "send" }
    #expect(sends.count == 6 && Set(sends.compactMap { $0["connection"] as? Int }).count == 3)
    for number in 0..<3 {
      let own = sends.filter { $0["text"] as? String == "thread \(number)" }
      #expect(own.count == 2 && Set(own.compactMap { $0["connection"] as? Int }).count == 1)
    }
    #expect(
      story.lines("application").contains { $0["call"] as? String == "killed" && $0["text"] as? String == "SIGTERM" })
  }

  @Test(
    "Its packets and its calls, saved and joined later, give the same; a clock that disagrees and a broken line are said"
  )
  func joinedLater() async throws {
    let story = try await story(
      """
      $python server.py & server=$!; listening
      (until grep -qs '"call":"send"' out.jsonl; do sleep 0.05; done; sleep 0.7; kill -9 $server) &
      $keepwatch -w saved.pcap --save-strace saved.strace -- $python client.py 50 0
      """)
    defer { story.remove() }
    let replay = { (log: String) in
      try Program.run(["replay", "\(story.folder)/saved.pcap", "--json", "--strace", log])
    }
    let saved = try replay("\(story.folder)/saved.strace")
    let replayed = Story(status: saved.status, lines: saved.lines, output: "", errors: "", folder: "")
    #expect(saved.status == 0 && saved.errors.isEmpty, "\(saved.errors)")
    #expect(replayed.calls(["connect", "send", "recv", "close"]) == story.calls(["connect", "send", "recv", "close"]))
    #expect(replayed.lines("application").contains { $0["learned_of"] as? Int != nil })

    // The same log, five seconds early, and a line that strace does not write.
    let text = try String(contentsOfFile: "\(story.folder)/saved.strace", encoding: .utf8)
    let shifted = text.split(separator: "\n").map { line in
      var words = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3, let time = Double(words[1]) else { return String(line) }
      words[1] = String(format: "%.6f", time - 5)
      return words.joined(separator: " ")
    }
    try (["no line of strace"] + shifted).joined(separator: "\n").write(
      toFile: "\(story.folder)/shifted.strace", atomically: true, encoding: .utf8)
    let early = try replay("\(story.folder)/shifted.strace")
    #expect(early.status == 1)
    #expect(early.errors.contains("shifted.strace:1: "), "\(early.errors)")
    // The connection's first packet came while connect() ran: what the log proves is five seconds less what it took until the
    // program made its next call.
    let calls = saved.lines.filter { $0["event"] as? String == "application" }
    let connect = try #require(calls.firstIndex { $0["call"] as? String == "connect" && $0["result"] as? Int == 0 })
    let opened = try #require(saved.lines.first { $0["event"] as? String == "connection" }?["first_time"])
    let returned = try Self.seconds(calls[connect + 1]["began"]) - Self.seconds(opened)
    let behind = try #require(early.errors.firstMatch(of: /its clock is at least ([0-9.]+) s behind the packets'/))
    #expect(abs(try #require(Double(behind.1)) - (5 - returned)) < 0.006 && returned < 1, "\(early.errors)")
    let earlyStory = Story(status: 1, lines: early.lines, output: "", errors: "", folder: "")
    #expect(earlyStory.calls(["send"]) == story.calls(["send"]))
    #expect(earlyStory.lines("application").allSatisfy { $0["learned_of"] is NSNull })
  }

  /// The seconds of a JSON line's time within its hour.
  private static func seconds(_ time: Any?) throws -> Double {
    let match = try #require((time as? String)?.firstMatch(of: /:(\d\d):([0-9.]+)Z$/))
    return try #require(Double(match.1)) * 60 + #require(Double(match.2))
  }

  @Test("Exit statuses: the program's own, 128 + n by a signal, 127 not found, 126 not to be run, 125 keepwatch's own")
  func statuses() async throws {
    for (command, status) in [
      ("$keepwatch -- sh -c 'exit 7'", 7), ("$keepwatch -- sh -c 'kill -TERM $$'", 143),
      ("$keepwatch -- no-such-program", 127),
      ("$keepwatch -- /etc/passwd", 126), ("$keepwatch -i no-such-interface -- true", 125),
    ] as [(String, Int32)] {
      let story = try await story(command)
      #expect(story.status == status, "\(command): \(story.errors)")
      story.remove()
    }
  }

  @Test("Under sudo the program runs as the user who called it, with his home; its input and output are its own")
  func invokingUser() async throws {
    let story = try await story(
      "chmod 777 .; echo a line | SUDO_UID=65534 SUDO_GID=65534 $keepwatch -- sh -c 'id -u; echo $USER; cat'")
    defer { story.remove() }
    #expect(story.status == 0 && story.output == "65534\nnobody\na line\n", "\(story.errors)")
  }
}
