import Foundation
import Testing

/// The rows of docs/signals.md for `live` on a terminal.
@Suite(
  .enabled(if: Harness.isThere, "no python3 is installed"),
  .enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct TerminalTests {
  private static let shell = """
    shell = Terminal("/bin/bash", "--norc", "--noprofile", "-i")
    shell.wait(lambda: b"ready> " in shell.seen, "a prompt")
    before = termios.tcgetattr(shell.terminal)

    def start():
        shell.type(f"{program} live\\n".encode())
        shell.wait(shell.is_drawn, "the screen is drawn")

    def number():
        jobs = subprocess.run(["pgrep", "-P", str(shell.child)], capture_output=True, text=True).stdout.split()
        return int(jobs[-1])

    def check_terminal():
        check(shell.came_back(), "what stood there came back", shell.seen)
        shell.type(b"stty -a\\n")
        shell.wait(lambda: b"ready> " in shell.seen, "a prompt")
        for word in (b" icanon", b" echo ", b"susp = ^Z"):
            check(word in shell.seen, word, shell.seen)

    """

  private func run(_ script: String) async throws { try await Harness.run(Self.shell + script, capturing: true) }

  @Test(
    "Ended by a signal, it puts the terminal back; after SIGINT, SIGTERM and SIGHUP the summary follows",
    arguments: ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGALRM", "SIGSEGV", "SIGABRT"])
  func ends(signal: String) async throws {
    try await run(
      """
      start()
      os.kill(number(), signal.\(signal))
      shell.wait(lambda: shell.came_back() and shell.seen.endswith(b"ready> "), "the prompt is back")
      check(("\(signal)" in ("SIGINT", "SIGTERM", "SIGHUP")) == (b"TCP connection" in shell.seen.split(b"\\x1b[?1049l")[-1]), shell.seen)
      check_terminal()
      """)
  }

  @Test("Ctrl-C, Ctrl-\\ and q do the same", arguments: ["\\x03", "\\x1c", "q"])
  func keys(key: String) async throws {
    try await run(
      """
      start()
      os.write(shell.terminal, b"\(key)")
      shell.wait(lambda: shell.came_back() and shell.seen.endswith(b"ready> "), "the prompt is back")
      check_terminal()
      """)
  }

  @Test("Ctrl-Z gives the terminal back and stops it; fg draws the screen again, and keys work", arguments: [1, 3])
  func stops(times: Int) async throws {
    try await run(
      """
      start()
      for _ in range(\(times)):
          shell.type(b"\\x1a")
          shell.wait(lambda: b"Stopped" in shell.seen and shell.seen.endswith(b"ready> "), "it has stopped")
          check_terminal()
          shell.type(b"fg\\n")
          shell.wait(shell.is_drawn, "the screen is drawn again")
      os.write(shell.terminal, b"q")
      shell.wait(lambda: shell.came_back() and b"TCP connection" in shell.seen, "the summary")
      """)
  }

  @Test(
    "In the background (bg) it goes on without touching the terminal; kill ends it there; fg draws the screen again")
  func background() async throws {
    try await run(
      """
      start()
      shell.type(b"\\x1a")
      shell.wait(lambda: shell.seen.endswith(b"ready> "), "it has stopped")
      child = number()
      shell.type(b"bg\\n")
      shell.wait(lambda: b"&" in shell.seen and shell.seen.endswith(b"ready> "), "it runs in the background")
      time.sleep(0.6)
      check("(keepwatch) T" not in text(f"/proc/{child}/stat"), "it runs", text(f"/proc/{child}/stat"))
      check(b"\\x1b[?1049h" not in shell.seen, "nothing is drawn", shell.seen)
      shell.type(b"fg\\n")
      shell.wait(shell.is_drawn, "the screen is drawn again")
      shell.type(b"\\x1a")
      shell.wait(lambda: shell.seen.endswith(b"ready> "), "it has stopped again")
      shell.type(b"kill %1\\n")
      shell.wait(lambda: b"TCP connection" in shell.seen, "it has ended in order")
      check(b"\\x1b[?1049h" not in shell.seen, "nothing is drawn", shell.seen)
      """)
  }

  @Test(
    "Stopped from outside (SIGSTOP) and continued, it draws the screen again, also where the shell changed the terminal"
  )
  func stoppedFromOutside() async throws {
    try await run(
      """
      start()
      os.kill(number(), signal.SIGSTOP)
      shell.wait(lambda: b"Stopped" in shell.seen and shell.seen.endswith(b"ready> "), "the shell has the terminal")
      shell.type(b"fg\\n")
      shell.wait(shell.is_drawn, "the screen is drawn again")
      os.write(shell.terminal, b"q")
      shell.wait(lambda: shell.came_back() and shell.seen.endswith(b"ready> "), "the prompt is back")
      check_terminal()
      """)
  }

  @Test("Where nobody could continue it (an orphaned process group), Ctrl-Z does not stop it")
  func orphaned() async throws {
    try await Harness.run(
      """
      screen = Terminal(program, "live")
      screen.wait(screen.is_drawn, "the screen is drawn")
      screen.type(b"\\x1a")
      screen.wait(screen.is_drawn, "it is drawn again")
      screen.type(b"q")
      screen.wait(lambda: screen.came_back() and b"TCP connection" in screen.seen, "the summary")
      check(os.waitstatus_to_exitcode(os.waitpid(screen.child, 0)[1]) == 0)
      """, capturing: true)
  }

  @Test("A terminal of another size is drawn anew at once")
  func resized() async throws {
    try await Harness.run(
      """
      screen = Terminal(program, "live")
      screen.wait(screen.is_drawn, "the screen is drawn")
      screen.seen = b""
      screen.resize(30, 60)
      screen.wait(lambda: b"\\x1b[H" in screen.seen, "it is drawn again")
      lines = screen.seen.split(b"\\x1b[H")[-1].split(b"\\r\\n")
      check(b"keepwatch live on lo" in lines[0], lines)
      screen.type(b"q")
      screen.wait(screen.came_back, "the end")
      os.waitpid(screen.child, 0)
      """, capturing: true)
  }

  @Test(
    "A terminal that is closed ends it, also where SIGHUP is ignored; the packets saved are whole",
    arguments: [true, false])
  func closed(isIgnored: Bool) async throws {
    try await Harness.run(
      """
      signal.signal(signal.SIGHUP, signal.\(isIgnored ? "SIG_IGN" : "SIG_DFL"))
      screen = Terminal(program, "live", "-w", "saved.pcap")
      screen.wait(screen.is_drawn, "the screen is drawn")
      os.close(screen.terminal)
      end = time.time() + 30
      while os.waitpid(screen.child, os.WNOHANG) == (0, 0):
          check(time.time() < end, "it has ended")
          time.sleep(0.02)
      check(os.path.getsize("saved.pcap") == 24, "the file's header")
      """, capturing: true)
  }

  @Test("A stopped terminal (Ctrl-S, or a line that hangs) does not keep it: the second signal ends it at the latest")
  func stalled() async throws {
    try await Harness.run(
      """
      screen = Terminal(program, "live")
      screen.wait(screen.is_drawn, "the screen is drawn")
      end = time.time() + 30
      size = 28
      # Nobody reads: each drawing fills the terminal's buffer, until a write waits.
      while not is_writing(screen.child):
          check(time.time() < end, "it waits for its terminal")
          size = 57 - size
          screen.resize(size, 120)
          time.sleep(0.005)
      os.kill(screen.child, signal.SIGTERM)
      time.sleep(0.5)
      if os.waitpid(screen.child, os.WNOHANG) == (0, 0):
          os.kill(screen.child, signal.SIGTERM)
          until(lambda: os.waitpid(screen.child, os.WNOHANG) != (0, 0), "it has ended")
      screen.wait(screen.came_back, "what stood there came back")
      """, capturing: true)
  }
}
