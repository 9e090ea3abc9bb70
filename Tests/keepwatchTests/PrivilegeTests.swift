import Foundation
import Testing

/// What is left of root's powers while packets are read.
@Suite(.enabled(if: geteuid() == 0, "these capture packets in a network namespace made by unshare(1): be root"))
struct PrivilegeTests {
  @Test(
    "live goes on without capabilities, as the user who called sudo where there is one, and sees probes and losses",
    arguments: [("", "65534"), ("SUDO_UID=1 SUDO_GID=1", "1")])
  func live(caller: String, user: String) async throws {
    let story = try await Story.of(
      """
      env \(caller) $program live --json -w saved.pcap > out.jsonl 2> messages & live=$!
      until grep -q '"capture"' out.jsonl; do sleep 0.05; done
      python3 - <<'END'
      import socket, time
      server = socket.create_server(("127.0.0.1", 5003))
      client = socket.create_connection(("127.0.0.1", 5003))
      client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
      client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
      peer = server.accept()[0]
      time.sleep(1.5)
      END
      cat /proc/$live/status > status
      kill -INT $live; wait $live
      """)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    try expectNoPrivileges(of: user, in: story)
    #expect(!story.lines("probe").isEmpty)
    #expect(story.lines("summary").first?["dropped"] as? Int == 0)
    let saved = try Data(contentsOf: URL(fileURLWithPath: story.folder + "/saved.pcap"))
    #expect(saved.count > 24)
  }

  @Test("run goes on without them too, passes signals, leaves nothing behind, and trusts no folder of that user's")
  func run() async throws {
    let story = try await Story.of(
      """
      chmod 755 .; mkdir tmp; chmod 1777 tmp
      TMPDIR=$PWD/tmp SUDO_UID=65534 SUDO_GID=65534 $program run --json -o out.jsonl -- \
        sh -c 'touch tmp/begun; trap "exit 9" TERM; while :; do sleep 0.05; done' 2> messages & running=$!
      until [ -e tmp/begun ]; do sleep 0.05; done
      sleep 0.3
      cat /proc/$running/status > status
      pipe=$(readlink /proc/$running/fd/* | grep /calls)
      rm tmp/begun; ls tmp
      kill -TERM $running; wait $running; echo $?
      echo ${pipe%-*}; [ -e ${pipe%/calls} ] && echo $pipe is left
      true
      """)
    defer { story.remove() }
    #expect(story.output == "9\n/tmp/keepwatch\n", "\(story.errors)")
    try expectNoPrivileges(of: "65534", in: story)
    #expect(story.lines("summary").count == 1)
  }

  /// What /proc/PID/status told, in the file `status`.
  private func expectNoPrivileges(of user: String, in story: Story) throws {
    let status = try String(contentsOfFile: story.folder + "/status", encoding: .utf8)
    let fields = Dictionary(
      status.split(separator: "\n").map { line in
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        return (words[0], Array(words.dropFirst()))
      }, uniquingKeysWith: { first, _ in first })
    #expect(fields["Uid:"] == [String](repeating: user, count: 4))
    #expect(fields["Groups:"] == [])
    for set in ["CapPrm:", "CapEff:", "CapInh:"] { #expect(fields[set] == ["0000000000000000"]) }
    #expect(fields["NoNewPrivs:"] == ["1"])
  }
}
