import Foundation
import Testing

/// The rows of docs/signals.md about full disks: what could be written is whole, and the rest is said at once.
@Suite(.enabled(if: Harness.isThere, "no python3 is installed"))
struct DiskTests {
  @Test(
    "Standard output that cannot be written is said, with status 1, for every verb and format",
    arguments: [
      "replay", "replay --json", "replay --connection 1", "replay --why 3", "replay --all", "live -D", "demo --list",
      "--help", "help live", "--version", "replay --help",
    ])
  func standardOutput(words: String) async throws {
    try await Harness.run(
      """
      words = "\(words)".split()
      running = Running(*words, *([capture] if words[0] == "replay" else []), out=open("/dev/full", "wb"))
      check(running.end() == 1, running.process.returncode)
      check(text("err") == "keepwatch: standard output cannot be written: No space left on device.\\n", text("err"))
      """)
  }

  @Test(
    "So is every other output of a replay, and the rest is still done",
    arguments: ["--annotate", "--anonymise", "--svg", "--html"])
  func otherOutputs(option: String) async throws {
    try await Harness.run(
      """
      running = Running("replay", capture, "\(option)", "/dev/full")
      check(running.end() == 1, running.process.returncode)
      check("/dev/full" in text("err") and "No space left on device" in text("err"), text("err"))
      check("1 connection" in text("out"), text("out"))
      """)
  }

  @Test(
    "What a copy holds when the disk is full can be read, to its last whole block", arguments: [1, 2, 3],
    ["--annotate", "--anonymise"])
  func copy(kilobytes: Int, option: String) async throws {
    try await Harness.run(
      """
      import resource
      limit = \(kilobytes) * 600
      running = Running("replay", capture, "\(option)", "copy.pcapng", out=subprocess.DEVNULL,
          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
      status = running.end()
      if os.path.getsize("copy.pcapng") < limit and status == 0:
          os._exit(0)  # It fits.
      check(status == 1 and "File too large; what was written before is whole" in text("err"), status, text("err"))
      result = subprocess.run([program, "replay", "copy.pcapng"], capture_output=True, text=True)
      check(result.returncode == 0 and result.stderr == "", result.stderr)
      check(limit - 200 < os.path.getsize("copy.pcapng") <= limit, os.path.getsize("copy.pcapng"))
      """)
  }
}

/// The same for what captures packets.
@Suite(
  .enabled(if: Harness.isThere, "no python3 is installed"),
  .enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct LiveDiskTests {
  @Test(
    "Standard output that cannot be written ends live and demo at once, with status 1", arguments: ["live", "demo"])
  func standardOutput(verb: String) async throws {
    try await Harness.run(
      """
      running = Running("\(verb)", "--json", out=open("/dev/full", "wb"))
      check(running.end() == 1, running.process.returncode)
      messages = [line for line in text("err").splitlines() if "packets are read as user" not in line]
      check(messages == ["keepwatch: standard output cannot be written: No space left on device."], text("err"))
      """, capturing: true)
  }

  @Test("live -w on a full disk says so at once and goes on; it ends with status 1, and the file is whole")
  func savedPackets() async throws {
    try await Harness.run(
      Harness.connecting + """
        os.mkdir("disk")
        command = f"mount -t tmpfs -o size=8k tmpfs disk && {program} live --json -w disk/saved.pcap; status=$?; cp disk/saved.pcap .; exit $status"
        running = subprocess.Popen(["unshare", "-m", "bash", "-c", command], stdout=open("out", "wb"), stderr=open("err", "wb"))
        until(lambda: connect() or "disk/saved.pcap: cannot be written: No space left on device" in text("err"), "said at once", text("err"))
        check("what was written before is whole" in text("err"), text("err"))
        watcher = socket.create_connection(("127.0.0.1", 12345))
        watcher.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        watcher.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        until(lambda: '"event":"probe"' in text("out"), "the watch goes on")
        keepwatch = text(f"/proc/{running.pid}/task/{running.pid}/children").split()[0]
        os.kill(int(keepwatch), signal.SIGINT)
        check(running.wait(30) == 1 and '"event":"summary"' in text("out"), running.returncode)
        result = subprocess.run(["tcpdump", "-nr", "saved.pcap"], capture_output=True, text=True)
        check(result.returncode == 0 and "truncated" not in result.stderr and len(result.stdout) > 2000, result.stderr)
        check(text("err").count("No space left") == 1, "said once", text("err"))
        """, capturing: true)
  }

  @Test(
    "run ends with 125 where its report, its packets or its calls cannot be written, and tells the program's own status"
  )
  func runReport() async throws {
    let hasTracer = FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")
    for option in ["-o", "-w"] + (hasTracer ? ["--save-strace"] : []) {
      try await Harness.run(
        """
        running = Running("run", "\(option)", "/dev/full", "--", "sh", "-c", "exit 3")
        check(running.end() == 125, running.process.returncode)
        check("No space left on device" in text("err"), text("err"))
        check("\(option)" == "-w" or "the program ended with status 3" in text("err"), text("err"))
        """, capturing: true)
    }
  }

  @Test("demo ends with status 1 where its packets or its log cannot be saved", arguments: ["-w", "--log"])
  func demo(option: String) async throws {
    try await Harness.run(
      """
      running = Running("demo", "\(option)", "/dev/full")
      check(running.end() == 1, running.process.returncode)
      check("/dev/full" in text("err") and "No space left on device" in text("err"), text("err"))
      """, capturing: true)
  }
}
