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
    #expect(second[1].contains("2 probes unanswered") && second[1].contains("STATUS 0"), "\(second[1])")
    let widest = second[1].components(separatedBy: "WIDEST ").last?.split(separator: " ").first.flatMap { Int($0) }
    #expect((widest ?? 999) <= 120)
  }
}
