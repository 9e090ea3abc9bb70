import Foundation
import Testing

/// keepwatch behind Wireshark's interface: a real tshark starts it, and shows the comments.
@Suite struct WiresharkTests {
  private static let hasTshark =
    AnnotateTests.program != nil && FileManager.default.isExecutableFile(atPath: "/usr/bin/dumpcap")

  /// tshark with the program in its user's folder, where Wireshark up to 4.0 looks, and from 4.2 on.
  private static let prelude = """
    import re, socket
    home = os.getcwd()
    os.environ["HOME"] = home
    for folder in (".config/wireshark/extcap", ".local/lib/wireshark/extcap"):
        os.makedirs(f"{home}/{folder}")
        os.symlink(program, f"{home}/{folder}/keepwatchdump")

    def tshark(*words):
        return subprocess.run(["tshark", *words], capture_output=True, text=True, timeout=60)

    """

  @Test(
    "tshark lists the interface, captures through it, and shows what was known at each frame",
    .enabled(if: geteuid() == 0 && Harness.isThere && hasTshark, "this captures: be root, with tshark and Python"))
  func capture() async throws {
    try await Harness.run(
      Self.prelude + """
        listed = tshark("-D").stdout
        check(re.search("^[0-9]+[.] keepwatch [(]TCP keepalive[)]$", listed, re.M), listed)

        listener = socket.create_server(("127.0.0.1", 12346))
        client = socket.create_connection(("127.0.0.1", 12346))
        server = listener.accept()[0]
        for name in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
            client.setsockopt(socket.IPPROTO_TCP, name, {socket.TCP_KEEPCNT: 2}.get(name, 1))
        capture = subprocess.Popen(
            ["tshark", "-i", "keepwatch", "-o", "extcap.keepwatch.interface:lo", "-o", "extcap.keepwatch.filter:port 12346",
             "-w", "seen.pcapng", "-a", "duration:7"], stdout=subprocess.DEVNULL, stderr=open("err", "w"))
        # dumpcap has opened its packet socket: the probes come after it.
        until(lambda: len(text("/proc/net/packet").splitlines()) > 1, "it captures", text("err"))
        time.sleep(0.2)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        time.sleep(1.5)
        # From here on the server's kernel drops what comes (IP_MINTTL, ip(7)).
        server.setsockopt(socket.IPPROTO_IP, 21, 255)
        check(capture.wait(60) == 0, text("err"))
        fields = tshark("-r", "seen.pcapng", "-T", "fields", "-e", "frame.comment").stdout.splitlines()
        comments = [line for line in fields if line]
        # The first probe is known with the second segment: nothing of the connection was seen before it.
        check("frame 1 was probe 1, as the capture begins" in comments[0], comments)
        check("answer to the probe in frame 1, in " in comments[0], comments)
        check(re.match("keepwatch: probe 1, after 1.0[0-9] s of silence$", comments[1]), comments)
        check(re.match("keepwatch: probe 2, after 2.0[0-9] s of silence$", comments[2]), comments)
        check(comments[3] == "keepwatch: give-up of the prober's kernel after 2 unanswered probes", comments)
        shown = tshark("-r", "seen.pcapng", "-Y", 'frame.comment contains "keepwatch: give-up"').stdout
        check(shown.count("\\n") == 1 and "RST" in shown, shown)

        # What dumpcap says of a mistake is what its user reads.
        for option, message in (("interface:nosuch", "There is no device named"), ("filter:tcp.port==3", "isn't a valid capture filter")):
            failed = tshark("-i", "keepwatch", "-o", f"extcap.keepwatch.{option}", "-a", "duration:1")
            check(message in failed.stderr, option, failed)
        """, capturing: true)
  }

  @Test("What Wireshark asks is answered in its form, and only by the interface that there is")
  func questions() throws {
    let ask = { (words: [String]) in try Program.run(["extcap"] + words) }
    let listed = try ask(["--extcap-interfaces", "--extcap-version=4.0"])
    #expect(listed.status == 0 && listed.output.contains("interface {value=keepwatch}{display=TCP keepalive}"))
    #expect(try ask(["--extcap-interface", "keepwatch", "--extcap-dlts"]).output.hasPrefix("dlt {number="))
    let options = try ask(["--extcap-interface", "keepwatch", "--extcap-config"]).output
    #expect(options.contains("{call=--interface}") && options.contains("{call=--filter}"))
    #expect(options.contains("value {arg=0}{value=any}{display=any}{default=true}"))
    for words in [[], ["--extcap-interface", "eth0", "--extcap-dlts"], ["--capture"]] {
      #expect(try ask(words).status == 64)
    }
  }

  @Test("Of standard input each frame is handed on, with what was known when it came", arguments: ["", "port 12345"])
  func stream(filter: String) throws {
    let capture = RecordedCaptureTests.folder + "/silent-peer.pcap"
    let copy = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcapng"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let input = try Data(contentsOf: URL(fileURLWithPath: capture))
    let words = ["replay", "-", "--annotate", copy] + (filter.isEmpty ? [] : [filter])
    #expect(try Program.run(words, input: input).status == 0)
    let packets = { (path: String) in
      try Program.run(["replay", "--json", path]).lines.filter { $0["event"] as? String == "probe" }
        .compactMap { $0["frame"] as? Int }
    }
    #expect(try packets(copy) == packets(capture))
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: copy)), as: UTF8.self)
    let comments = text.matches(of: /keepwatch: [a-z0-9' ,.-]+/).map { String($0.0) }
    #expect(
      comments == [
        "keepwatch: probe 1, after 2.02 s of silence", "keepwatch: probe 2, after 3.05 s of silence",
        "keepwatch: probe 3, after 4.07 s of silence",
        "keepwatch: give-up of the prober's kernel after 3 unanswered probes",
      ])
  }
}
