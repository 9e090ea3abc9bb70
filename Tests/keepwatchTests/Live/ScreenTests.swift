import Foundation
import Testing

/// `live` on a terminal: Python's pty makes one, presses keys and reads the screen.
@Suite(.enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct ScreenTests {
  static let reader = """
    cat > screen.py <<'END'
    import fcntl, os, pty, re, select, struct, subprocess, sys, termios, time
    program = sys.argv[1]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm", LC_ALL="C.UTF-8")
        os.execv(program, [program, "live", "--utc"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 28, 120, 0, 0))
    seen = b""

    def clean(text):
        return re.sub(r"\\x1b\\[[0-9;?]*[A-Za-z]", "", text.decode(errors="replace"))

    def screen():
        return clean(seen.split(b"\\x1b[H")[-1])

    def wait(condition):
        global seen
        end = time.time() + 20
        while not condition() and time.time() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    return

    wait(lambda: "live on lo" in screen())
    server = subprocess.Popen([program, "demo", "server", "--go-deaf"], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    client = subprocess.Popen([program, "demo", "client", "--idle", "1", "--count", "2"], stdout=subprocess.DEVNULL)
    wait(lambda: re.search("unanswered .*probe in", screen().split("this host's kernel")[-1]))
    print("FIRST", screen())
    os.write(terminal, b"j\\n")
    wait(lambda: "gave up" in screen())
    print("SECOND", screen())
    widest = max(len(line) for line in screen().split("\\r\\n"))
    os.write(terminal, b"q")
    wait(lambda: b"\\x1b[?1049l" in seen and b"dead" in seen.split(b"\\x1b[?1049l")[-1])
    _, status = os.waitpid(child, 0)
    print("AFTER", clean(seen.split(b"\\x1b[?1049l")[-1]), "WIDEST", widest, "STATUS", os.waitstatus_to_exitcode(status))
    server.kill()
    END
    python3 screen.py $program
    """

  @Test("The screen shows a connection that gets worse, its countdown, on keys its picture, and after q the summary")
  func screen() async throws {
    let story = try await Story.of(Self.reader)
    defer { story.remove() }
    let parts = story.output.components(separatedBy: "SECOND ")
    try #require(parts.count == 2, "\(story.output) \(story.errors)")
    #expect(
      parts[0].contains("127.0.0.1:12345") && parts[0].contains("unanswered") && parts[0].contains("ESTAB, probe in "))
    let second = parts[1].components(separatedBy: "AFTER ")
    try #require(second.count == 2, "\(story.output)")
    #expect(
      second[0].contains("▶") && second[0].contains("◆") && second[0].contains("✗")
        && second[0].contains("gave up (RST #"))
    let words = second[1].split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("2 probes unanswered") && words.contains("STATUS 0"), "\(second[1])")
    let widest = second[1].components(separatedBy: "WIDEST ").last?.split(separator: " ").first.flatMap { Int($0) }
    #expect((widest ?? 999) <= 120)
  }

  @Test("On 80 columns every row has a mark where it is cut, keys move it sideways, and p holds it still")
  func narrow() async throws {
    try await Harness.run(
      Harness.connecting + """
        import re
        screen = Terminal(program, "live")
        screen.resize(24, 80)
        screen.wait(screen.is_drawn, "the screen is drawn")

        def drawn():
            text = screen.seen.split(b"\\x1b[H")[-1].decode(errors="replace")
            return [re.sub(r"\\x1b\\[[0-9;?]*[A-Za-z]", "", line).rstrip("\\r") for line in text.split("\\r\\n")]

        def line(number):
            return (drawn() + ["", ""])[number]

        held = [socket.create_connection(("127.0.0.1", 12345)) for _ in range(30)]
        screen.wait(lambda: any("below" in line for line in drawn()), "more than it holds")
        lines = drawn()
        check(len(lines) <= 24 and all(len(line) <= 80 for line in lines), lines)
        rows = [line for line in lines if "127.0.0.1:12345" in line or line.endswith("…")]
        check(rows and all(line.endswith("…") and len(line) == 80 for line in rows), rows)
        screen.type(b"\\x1b[C")
        screen.wait(lambda: any(line.startswith("…") for line in drawn()), "it has moved sideways")
        screen.type(b"G\\x1b[F")
        screen.wait(lambda: any("above" in line for line in drawn()), "the last is selected")
        screen.type(b"p")
        screen.wait(lambda: "PAUSED" in line(1), "it says that it is held")
        before = line(0)
        held += [socket.create_connection(("127.0.0.1", 12345)) for _ in range(5)]
        time.sleep(0.8)
        screen.type(b"s")
        screen.wait(lambda: "longest silence" in line(1), "the order changes also then")
        check(line(0) == before, before, line(0))
        screen.type(b"p")
        screen.wait(lambda: line(0) not in ("", before) and "PAUSED" not in line(1), "it goes on")
        screen.type(b"q")
        screen.wait(lambda: screen.came_back() and b"TCP connection" in screen.seen, "the summary")
        """, capturing: true)
  }

  @Test("A dumb terminal gets lines, and no escape sequence")
  func dumb() async throws {
    try await Harness.run(
      Harness.connecting + """
        os.environ["TERM"] = "dumb"
        screen = Terminal("/usr/bin/env", "TERM=dumb", program, "live")
        screen.wait(lambda: b"watching lo" in screen.seen, "it has begun")
        connect()
        screen.wait(lambda: b"SYN: opens a connection" in screen.seen, "a line")
        os.write(screen.terminal, b"\\x03")
        screen.wait(lambda: b"TCP connection" in screen.seen.split(b"SYN: opens")[-1], "the summary")
        check(b"\\x1b" not in screen.seen, screen.seen)
        """, capturing: true)
  }
}
