import Foundation
import Testing

/// tcpdump's ways of saving packets in several files.
@Suite(
  .enabled(if: geteuid() == 0, "live captures packets: be root"),
  .enabled(if: Harness.isThere, "Python is not installed"))
struct RotationTests {
  private static let begin =
    Harness.connecting + """
      os.chmod(".", 0o777)
      def packets(name):
          out = subprocess.run([program, "replay", "--json", name], capture_output=True, text=True).stdout
          return int(out.splitlines()[-1].split('"packets":')[1].split(",")[0])

      """

  @Test("With -C and -W three files are written in turn, the first one again too, each no larger than asked for")
  func inTurn() async throws {
    try await Harness.run(
      Self.begin + """
        live = Running("live", "-w", "x.pcap", "-C", "4k", "-W", "3")
        until(lambda: "watching" in text("err") and os.path.exists("x.pcap0"), text("err"))
        time.sleep(0.3)
        for number in range(60):
            connect()
        until(lambda: all(os.path.exists(f"x.pcap{n}") for n in range(3)), os.listdir("."))
        time.sleep(0.5)
        live.send(signal.SIGINT)
        check(live.end() == 0, text("err"))
        files = sorted(name for name in os.listdir(".") if name.startswith("x"))
        check(files == ["x.pcap0", "x.pcap1", "x.pcap2"], files)
        sizes = [os.path.getsize(name) for name in files]
        check(all(24 < size <= 4096 + 16 + 256 for size in sizes), sizes)
        seen = [packets(name) for name in files]
        whole = int(text("out").split(" packets")[0].split(" ")[-1].replace(",", ""))
        check(all(seen) and sum(seen) < whole, seen, whole)
        check("cannot be written" not in text("err"), text("err"))
        # Written again: the first file's packets are later than the last one's.
        first = open("x.pcap0", "rb").read()
        check(struct.unpack("<I", first[:4])[0] == 0xa1b23c4d and len(first) == sizes[0])
        """, capturing: true)
  }

  @Test(
    "With -G and -W three files are written, named by their times, as pcapng by that name; then the watch ends")
  func byTime() async throws {
    try await Harness.run(
      Self.begin + """
        live = Running("live", "-w", "t-%H%M%S.pcapng", "-G", "1", "-W", "3")
        until(lambda: "watching" in text("err"), text("err"))
        end = time.time() + 20
        while live.is_alive() and time.time() < end:
            connect()
            time.sleep(0.05)
        check(live.end() == 0, text("err"))
        files = [name for name in os.listdir(".") if name.startswith("t-")]
        check(len(files) == 3 and all(len(name) == len("t-000000.pcapng") for name in files), files)
        check(all(open(name, "rb").read(4) == b"\\x0a\\x0d\\x0d\\x0a" for name in files))
        """, capturing: true)
  }

  @Test("Where the user as whom packets are read may make no file, that is said before any packet is taken")
  func refused() async throws {
    try await Harness.run(
      Self.begin + """
        os.chmod(".", 0o755)
        run = Running("run", "-w", "x.pcap", "-C", "1", "--", "touch", "touched")
        check(run.end() == 125 and not os.path.exists("touched"), text("err"))
        live = Running("live", "-w", "x.pcap", "-C", "1")
        check(live.end() == 77 and "may make none in the current folder" in text("err"), text("err"))
        """, capturing: true)
  }

  @Test(
    "What cannot be rotated is a mistake of the command line",
    arguments: [
      ["-C", "1"], ["-w", "-", "-C", "1"], ["-w", "x", "-W", "2"], ["-w", "x", "-C", "0"], ["-w", "x", "-G", "0"],
      ["-w", "x", "-C", "1", "-G", "1", "-W", "2"], ["-w", "x/", "-G", "1"], ["-w", "x", "-C", "1q"],
    ])
  func mistakes(options: [String]) throws {
    let result = try Program.run(["live"] + options)
    #expect(result.status == 64, "\(result.errors)")
  }
}
