import Foundation
import Testing

/// The lines of `live`: not probes alone, but how connections begin, end and stall.
@Suite(
  .enabled(if: Harness.isThere, "no python3 is installed"),
  .enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct LinesTests {
  @Test("Who kills the server sees it happen: the connection opens, and the dying server's kernel sends its FIN")
  func killed() async throws {
    try await Harness.run(
      """
      running = Running("live", "--utc")
      until(lambda: "watching lo" in text("err"))
      server = Running("demo", "server", out=subprocess.DEVNULL, err=subprocess.DEVNULL)
      until(lambda: ":12345" in subprocess.run(["ss", "-ltn"], capture_output=True, text=True).stdout)
      client = Running("demo", "client", "--idle", "1", out=subprocess.DEVNULL, err=subprocess.DEVNULL)
      until(lambda: "SYN: opens a connection" in text("out"), text("out"))
      until(lambda: "probe after" in text("out"), text("out"))
      server.send(signal.SIGKILL)
      until(lambda: "127.0.0.1:12345 → " in text("out") and "FIN: sends no more data" in text("out"), text("out"))
      client.send(signal.SIGKILL)
      running.send(signal.SIGINT)
      check(running.end() == 0, text("err"))
      lines = [line for line in text("out").splitlines() if "FIN: " in line]
      check("127.0.0.1:12345 → " in lines[0] and "#" in lines[0], lines)
      check("\\x1b" not in text("out"), "no escape sequence goes into a file")
      """, capturing: true)
  }

  @Test("Data that nobody acknowledges is told when it has stalled, and when it goes on again")
  func stalls() async throws {
    try await Harness.run(
      """
      import ctypes, socket
      running = Running("live", "--utc", "port 12345")
      until(lambda: "watching lo" in text("err"))
      listener = socket.create_server(("127.0.0.1", 12345))
      client = socket.create_connection(("127.0.0.1", 12345))
      accepted = listener.accept()[0]
      client.sendall(b"a question")
      check(accepted.recv(100) == b"a question")
      # From here on its kernel drops what arrives for this socket: a filter that keeps nothing (socket(7)).
      nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
      accepted.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HP", 1, ctypes.addressof(nothing)))
      client.sendall(b"another")
      until(lambda: "stalled: 7 bytes unacknowledged for " in text("out"), text("out"))
      accepted.setsockopt(socket.SOL_SOCKET, 27, 0)
      until(lambda: "goes on: its data was acknowledged" in text("out"), text("out"))
      running.send(signal.SIGINT)
      check(running.end() == 0, text("err"))
      check(text("out").count("stalled: ") == 1, text("out"))
      """, capturing: true)
  }

  @Test("Of hundreds of connections in a second a few have lines, and the others are counted")
  func crowd() async throws {
    try await Harness.run(
      Harness.connecting + """
        running = Running("live", "--utc")
        until(lambda: "watching lo" in text("err"))
        for _ in range(300):
            connect()
        until(lambda: " more in that second" in text("out"), text("out"))
        running.send(signal.SIGINT)
        check(running.end() == 0, text("err"))
        import re
        lines = [line for line in text("out").splitlines() if "SYN" in line or "FIN" in line]
        # Ten a second, however long this host takes.
        seconds = {line[:8] for line in lines}
        check(len(lines) <= 11 * (len(seconds) + 1), len(lines))
        opened = sum("SYN: opens" in line for line in lines)
        opened += sum(int(n.replace(",", "")) for line in lines for n in re.findall(r"([0-9,]+) SYN", line) if "more" in line)
        check(opened == 300, opened, lines)
        """, capturing: true)
  }

  @Test("live - tells what another program captures while it captures it: tcpdump -U -w - | keepwatch live -")
  func piped() async throws {
    try await Harness.run(
      """
      tcpdump = subprocess.Popen(
          ["tcpdump", "-U", "-i", "lo", "-w", "-", "port", "12345"], stdout=subprocess.PIPE, stderr=open("tcpdump", "wb"))
      running = Running("live", "-", "--utc", stdin=tcpdump.stdout)
      until(lambda: "listening on lo" in text("tcpdump"), text("tcpdump"))
      until(lambda: "standard input" in text("err"), text("err"))
      server = Running("demo", "server", out=subprocess.DEVNULL, err=subprocess.DEVNULL)
      until(lambda: ":12345" in subprocess.run(["ss", "-ltn"], capture_output=True, text=True).stdout)
      client = Running("demo", "client", "--idle", "1", out=subprocess.DEVNULL, err=subprocess.DEVNULL)
      until(lambda: "SYN: opens a connection" in text("out"), text("out"))
      until(lambda: "probe after" in text("out") and "answers #" in text("out"), text("out"))
      check(running.is_alive())
      for one in (client, server):
          one.send(signal.SIGKILL)
      tcpdump.kill()
      check(running.end() == 0, text("err"))
      check("TCP connection" in text("out").splitlines()[-1] or "answered" in text("out"), text("out"))
      """, capturing: true)
  }

  @Test("live - goes with none of what captures")
  func pipedAlone() throws {
    for words in [["-i", "lo"], ["-w", "x.pcap"], ["-c", "3"]] {
      let result = try Program.run(["live", "-"] + words, input: Data())
      #expect(result.status == 64 && result.errors.contains("standard input"), "\(result.errors)")
    }
  }
}
