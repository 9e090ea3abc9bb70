import Foundation
import Testing

/// Python that starts keepwatch and looks at it as its user, its shell or its terminal does; a check that fails is named.
enum Harness {
  static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  /// For scripts that make traffic on loopback: `connect()` opens a connection and closes it.
  static let connecting = """
    import socket
    server = socket.create_server(("127.0.0.1", 12345))

    def connect():
        with socket.create_connection(("127.0.0.1", 12345)) as client:
            client.sendall(b"a question")
            server.accept()[0].close()

    """

  /// What a script finds: `program`, and helpers that wait for conditions.
  private static let prelude = """
    import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
    program, capture = sys.argv[1:3]

    def check(condition, *words):
        if not condition:
            print("not so:", *words, file=sys.stderr)
            os._exit(1)

    def until(condition, *words):
        end = time.time() + 30
        while not condition():
            check(time.time() < end, *words)
            time.sleep(0.02)

    def text(file):
        return open(file, errors="replace").read() if os.path.exists(file) else ""

    # Where that may not be looked at, a process that sleeps for a while.
    def is_writing(pid):
        try:
            return open(f"/proc/{pid}/syscall").read().split(" ")[0] in ("1", "64")
        except PermissionError:
            states = set()
            for _ in range(20):
                states.add(open(f"/proc/{pid}/stat").read().split(") ")[1][0])
                time.sleep(0.02)
            return states == {"S"}

    # A program; its messages go to the file `err`, its output to the file `out` unless a descriptor is given.
    class Running:
        def __init__(self, *words, out=None, err=None, **options):
            self.process = subprocess.Popen(
                [program, *words], stdout=open("out", "wb") if out is None else out,
                stderr=open("err", "wb") if err is None else err, **options)
            self.pid = self.process.pid

        def send(self, number):
            self.process.send_signal(number)

        def end(self):
            try:
                return self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                check(False, "it has ended;", text("err"))

        def is_alive(self):
            return self.process.poll() is None

        # Blocked in write(2): system call 1 on x86-64, 64 elsewhere.
        def is_writing(self):
            return is_writing(self.pid)

    # A pipe that is full: who writes into it waits for its reader.
    def full_pipe():
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        return reader, writer

    # A terminal with a shell in it, or another program.
    class Terminal:
        def __init__(self, *words):
            self.seen = b""
            self.child, self.terminal = pty.fork()
            if self.child == 0:
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", PS1="ready> ", HISTFILE="")
                os.execv(words[0], words)
            self.resize(28, 120)

        def resize(self, rows, columns):
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def type(self, text):
            self.seen = b""
            os.write(self.terminal, text)

        def wait(self, condition, *words):
            end = time.time() + 30
            while not condition():
                check(time.time() < end, *words, self.seen[-2000:])
                if select.select([self.terminal], [], [], 0.05)[0]:
                    try:
                        self.seen += os.read(self.terminal, 65536)
                    except OSError:
                        check(condition(), *words, self.seen[-2000:])
                        return

        # Whether the screen's buffer is shown, and keys come one by one.
        def is_screen(self):
            return not termios.tcgetattr(self.terminal)[3] & termios.ICANON

        def came_back(self):
            return b"\\x1b[?25h\\x1b[?1049l" in self.seen

        def is_drawn(self):
            return b"live on lo" in self.seen.split(b"\\x1b[?1049h")[-1] and self.is_screen()

    """

  /// Runs a script; where it needs to capture packets, in a network of its own, as root.
  ///
  /// - Parameters:
  ///   - script: the script.
  ///   - capturing: whether it is to have a network of its own.
  ///   - more: further words of its command line.
  /// - Returns: what the script printed.
  /// - Throws: where it could not be run.
  @discardableResult static func run(
    _ script: String, capturing: Bool = false, words more: [String] = []
  ) async throws -> String {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try (prelude + script).write(toFile: folder + "/script.py", atomically: true, encoding: .utf8)
    let program = URL(fileURLWithPath: Program.path).standardizedFileURL.path
    let shell = """
      cd \(folder)
      \(capturing ? "ip link set lo up" : "")
      /usr/bin/python3 script.py \(program) \(CommandLineTests.silent) \(more.joined(separator: " "))
      """
    let words = ["bash", "-c", shell]
    let result = try await Program.runWaiting(
      capturing ? ["unshare", "-n"] + words : words, executable: "/usr/bin/env")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    return result.output
  }
}
