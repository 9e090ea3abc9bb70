import Foundation
import Testing

/// The rows of docs/signals.md for what captures packets.
@Suite(
  .enabled(if: Harness.isThere, "no python3 is installed"),
  .enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct LiveSignalTests {
  /// `traffic()` opens connections and closes them until a condition holds.
  private static let traffic =
    Harness.connecting + """
      def traffic(condition, *words):
          until(lambda: connect() or condition(), *words)

      def check_saved(file):
          for words in (["tcpdump", "-nr", file], [program, "replay", file]):
              result = subprocess.run(words, capture_output=True, text=True)
              check(result.returncode == 0 and "truncated" not in result.stderr, file, result.stderr)

      """

  private func run(_ script: String) async throws { try await Harness.run(Self.traffic + script, capturing: true) }

  @Test(
    "live: the first signal ends the watch, with the summary and status 0",
    arguments: ["SIGINT", "SIGTERM", "SIGHUP"])
  func live(signal: String) async throws {
    try await run(
      """
      running = Running("live", "--json", "-w", "saved.pcap")
      traffic(lambda: os.path.exists("saved.pcap") and os.path.getsize("saved.pcap") > 24)
      running.send(signal.\(signal))
      check(running.end() == 0 and '"event":"summary"' in text("out"), running.process.returncode, text("err"))
      check_saved("saved.pcap")
      """)
  }

  @Test("live: SIGQUIT ends it at once, as tcpdump; the packets saved are whole")
  func quit() async throws {
    try await run(
      """
      running = Running("live", "--json", "-w", "saved.pcap")
      traffic(lambda: os.path.exists("saved.pcap") and os.path.getsize("saved.pcap") > 24)
      running.send(signal.SIGQUIT)
      check(running.end() == -signal.SIGQUIT and "summary" not in text("out"), running.process.returncode)
      check_saved("saved.pcap")
      """)
  }

  @Test(
    "live: where the reader of the output does not read, the first signal ends it at once; the packets saved are whole",
    arguments: ["SIGINT", "SIGTERM", "SIGHUP"])
  func stalledReader(signal: String) async throws {
    try await run(
      """
      reader, writer = os.pipe()
      fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
      os.write(writer, b"x" * 3800)
      running = Running("live", "--json", "-w", "saved.pcap", out=writer)
      watcher = socket.create_connection(("127.0.0.1", 12345))
      for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
          watcher.setsockopt(socket.IPPROTO_TCP, option, 1)
      watcher.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
      until(running.is_writing, "it waits for its reader")
      running.send(signal.\(signal))
      check(running.end() == -signal.\(signal), "by the signal", running.process.returncode)
      check_saved("saved.pcap")
      """)
  }

  @Test("live: where the reader stalls while the summary is written, the second signal ends it at once")
  func stalledSummary() async throws {
    try await run(
      """
      reader, writer = os.pipe()
      running = Running("live", "--lines", out=writer)
      until(lambda: "watching lo" in text("err"))
      os.set_blocking(writer, False)
      try:
          while True:
              os.write(writer, b"x" * 512)
      except BlockingIOError:
          os.set_blocking(writer, True)
      running.send(signal.SIGINT)
      until(running.is_writing, "it waits for its reader, with the summary")
      running.send(signal.SIGTERM)
      check(running.end() == -signal.SIGTERM, running.process.returncode)
      """)
  }

  @Test("A reader that has gone ends live and demo by SIGPIPE, without a word; the packets saved are whole")
  func closedReader() async throws {
    try await run(
      """
      reader, writer = os.pipe()
      running = Running("live", "--json", "-w", "saved.pcap", out=writer)
      until(lambda: os.path.exists("saved.pcap"))
      os.read(reader, 4096)
      os.close(reader)
      watcher = socket.create_connection(("127.0.0.1", 12345))
      watcher.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
      watcher.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
      check(running.end() == -signal.SIGPIPE, running.process.returncode)
      messages = [line for line in text("err").splitlines() if "packets are read as user" not in line]
      check(len(messages) == 1 and "are cut to" in messages[0], text("err"))
      check_saved("saved.pcap")
      reader, writer = os.pipe()
      os.close(reader)
      check(Running("demo", "--json", out=writer).end() == -signal.SIGPIPE and text("err") == "", text("err"))
      """)
  }

  @Test("demo: the first signal ends it and its programs, with 128 and the signal's number", arguments: [2, 15, 1])
  func demo(signal: Int) async throws {
    try await run(
      """
      server.close()
      running = Running("demo", "--json")
      until(lambda: '"connect"' in text("out"), text("err"))
      programs = text(f"/proc/{running.pid}/task/{running.pid}/children").split()
      running.send(\(signal))
      check(running.end() == 128 + \(signal), running.process.returncode, text("err"))
      check(programs and not any(os.path.exists(f"/proc/{number}") for number in programs), programs)
      """)
  }

  /// Tells each signal, and ends with status 9 after eight of them.
  private static let counting = """
    open("counting.py", "w").write('import signal, time\\n' \\
        'seen = []\\n' \\
        'for number in (1, 2, 3, 15):\\n' \\
        '    signal.signal(number, lambda number, frame: (seen.append(number), print("got", number, flush=True)))\\n' \\
        'print("ready", flush=True)\\n' \\
        'while len(seen) < 8:\\n' \\
        '    time.sleep(0.01)\\n' \\
        'raise SystemExit(9)\\n')

    """

  @Test("run: a signal is passed on, however often; the program's end is the end, and its status the status")
  func passesSignals() async throws {
    try await run(
      Self.counting + """
        running = Running("run", "-o", "report", "--", "/usr/bin/python3", "counting.py")
        until(lambda: "ready" in text("out"), text("err"))
        for count, number in enumerate((15, 15, 1, 2, 3, 15, 2, 1), 1):
            running.send(number)
            until(lambda: text("out").count("got") == count, number, text("out"))
        check(running.end() == 9, running.process.returncode, text("err"))
        check("TCP connection" in text("report"), text("report"))
        """)
  }

  @Test("run: the program has every signal as keepwatch found it: none blocked, none ignored")
  func inheritedSignals() async throws {
    try await run(
      """
      words = ["grep", "-E", "SigBlk|SigIgn", "/proc/self/status"]
      running = Running("run", "-o", "report", "--", *words)
      check(running.end() == 0, text("err"))
      alone = subprocess.run(words, capture_output=True, text=True).stdout.split()
      check(text("out").split() == ["SigBlk:", "0" * 16, "SigIgn:", alone[3]], text("out"), alone)
      """)
  }

  @Test("run: where the reader of the report does not read, the program still gets the signals, and its status is told")
  func stalledReport() async throws {
    try await run(
      Self.counting + """
        reader, writer = os.pipe()
        words = "/usr/bin/python3 counting.py"
        running = Running("run", "--json", "--", *words.split(), err=writer)
        until(lambda: "ready" in text("out"))
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 512)
        except BlockingIOError:
            os.set_blocking(writer, True)
        watcher = socket.create_connection(("127.0.0.1", 12345))
        watcher.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        watcher.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        until(running.is_writing, "it waits for its reader")
        for count in range(1, 9):
            running.send(signal.SIGTERM)
            until(lambda: text("out").count("got") == count, count, text("out"))
        check(running.is_alive(), "it still waits")
        until(lambda: os.path.exists(f"/proc/{running.pid}") and running.is_writing(), "it still waits")
        time.sleep(0.2)
        running.send(signal.SIGTERM)
        check(running.end() == 9, running.process.returncode)
        """)
  }

  @Test(
    "run: where the reader of the report does not read from the beginning, a signal ends it, and nothing is started")
  func stalledFromTheBeginning() async throws {
    try await run(
      """
      reader, writer = full_pipe()
      running = Running("run", "--json", "--", "touch", "started", err=writer)
      until(running.is_writing, "it waits for its reader")
      running.send(signal.SIGTERM)
      check(running.end() == 128 + signal.SIGTERM and not os.path.exists("started"), running.process.returncode)
      """)
  }
}
