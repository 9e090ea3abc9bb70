import Foundation
import Testing

/// What a terminal of some width shows: real ones, made by Python's pty.
@Suite(.enabled(if: Harness.isThere, "no python3 is installed"))
struct TerminalWidthTests {
  private static let shown = """
    import re

    def shown(columns, *words, **environment):
        terminal, other = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        run = subprocess.Popen(
            [program, *words], stdin=subprocess.DEVNULL, stdout=other, stderr=other,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "", **environment})
        os.close(other)
        seen = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        run.wait()
        return seen.decode()

    def plain(text):
        return re.sub(r"\\x1b\\[[0-9;]*m", "", text)

    """

  @Test(
    "No line is wider than the terminal, no number is parted from its unit, and a wide one is used",
    arguments: [40, 80, 200])
  func widths(columns: Int) async throws {
    try await Harness.run(
      Self.shown
        + """
        import shutil
        shutil.copy("\(OverviewTests.incident)", "incident.pcap")
        for words in ([], ["--all"], ["--overview"], ["--connection", "1"], ["--connection", "3"], ["--why", "264"]):
            lines = plain(shown(\(columns), "replay", "incident.pcap", "--utc", *words)).splitlines()
            check(len(lines) > 5, words, lines)
            after = dict(zip(lines, lines[1:]))
            for line in lines:
                check(len(line) <= \(columns), words, len(line), line)
                check(not re.search(r"\\b[0-9.]+$", line) or not re.search(r"^ *(s|ms|µs)\\b", after.get(line, "")), words, line)
            if words == [] or words == ["--overview"]:
                for word in ("dead", "stalled", "10.9.0.1:8080"):
                    check(any(word in line for line in lines), word, lines)
        wide = plain(shown(\(columns), "replay", "incident.pcap", "--utc", "--overview")).splitlines()
        check(max(len(line) for line in wide) > \(columns) - 8, "the width is used")
        """)
  }

  @Test("NO_COLOR and a dumb terminal are plain, a usual one has colour, a pipe is 100 columns wide and plain")
  func plain() async throws {
    try await Harness.run(
      Self.shown + """
        for words in (["--overview"], []):
            check("\\x1b[" in shown(100, "replay", capture, *words), "colour")
            check("\\x1b" not in shown(100, "replay", capture, *words, NO_COLOR="1"), "NO_COLOR")
            check("\\x1b" not in shown(100, "replay", capture, *words, TERM="dumb"), "dumb")
        os.chdir(os.path.dirname(capture))
        name = os.path.basename(capture)
        piped = subprocess.run([program, "replay", name], capture_output=True, text=True).stdout
        check("\\x1b" not in piped and 90 < max(len(line) for line in piped.splitlines()) <= 100, piped)
        """)
  }
}
