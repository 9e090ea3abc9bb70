import Foundation
import SystemCalls
import Testing

/// What is left of root's powers while octets of strangers are read.
@Suite(
  .enabled(if: geteuid() == 0, "these start keepwatch as root, in a network namespace made by unshare(1): be root"))
struct PrivilegeTests {
  /// The user whom root without sudo becomes.
  static let ownUser = (Account(named: "_keepwatch") ?? Account(named: "nobody")).map { "\($0.user)" } ?? "none"

  /// `status_of PID FILE` writes down what each thread may; `blocked PID` waits until a process sleeps in the kernel.
  static let prelude = """
    chmod 777 .
    status_of() { cat /proc/$1/task/*/status > $2; }
    wait_for() { until grep -qs "$1" $2; do sleep 0.05; done; }

    """

  func story(_ script: String) async throws -> Story { try await Story.of(Self.prelude + script) }

  @Test(
    "live goes on as the user who called sudo, else as one of its own or -Z's, without capabilities, and sees all",
    arguments: [("", "", ownUser), ("SUDO_UID=1 SUDO_GID=1", "", "1"), ("SUDO_UID=0 SUDO_GID=0", "-Z daemon", "1")])
  func live(environment: String, option: String, user: String) async throws {
    let story = try await story(
      """
      env \(environment) $program live \(option) --json -w saved.pcap > out.jsonl 2> messages & live=$!
      wait_for '"capture"' out.jsonl
      python3 - <<'END'
      import socket, time
      server = socket.create_server(("127.0.0.1", 5003))
      client = socket.create_connection(("127.0.0.1", 5003))
      client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
      client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
      peer = server.accept()[0]
      time.sleep(1.5)
      END
      status_of $live status
      kill -INT $live; wait $live; code=$?
      cat messages; exit $code
      """)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    try expectNoPrivileges(of: user, in: story, "status")
    #expect(story.output.contains("packets are read as user "), "\(story.output)")
    #expect(!story.lines("probe").isEmpty)
    #expect(story.lines("summary").first?["dropped"] as? Int == 0)
    let saved = try Data(contentsOf: URL(fileURLWithPath: story.folder + "/saved.pcap"))
    #expect(saved.count > 24)
  }

  @Test(
    "run goes on without them, passes signals to a program of any user, and leaves nothing behind even while it runs",
    .timeLimit(.minutes(2)),
    arguments: [("", "", ownUser), ("SUDO_UID=1 SUDO_GID=1", "", "1"), ("SUDO_UID=1 SUDO_GID=1", "-Z nobody", "65534")])
  func run(environment: String, option: String, user: String) async throws {
    let story = try await story(
      """
      mkdir tmp; chmod 1777 tmp
      TMPDIR=$PWD/tmp env \(environment) $program run \(option) --json -o out.jsonl -- \
        sh -c 'touch tmp/begun; trap "exit 9" TERM; while :; do sleep 0.05; done' 2> messages & running=$!
      until [ -e tmp/begun ]; do sleep 0.05; done
      until [ "$(awk '/^Uid/ {print $2}' /proc/$running/status)" = \(user) ]; do sleep 0.05; done
      status_of $running status
      rm tmp/begun; ls tmp
      kill -TERM $running; wait $running; echo $?
      ls -A tmp; true
      """)
    defer { story.remove() }
    #expect(story.output == "9\n", "\(story.errors)")
    try expectNoPrivileges(of: user, in: story, "status")
    #expect(story.lines("summary").count == 1)
  }

  @Test(
    "replay goes on without them before it has read an octet: from a pipe, from standard input",
    arguments: [("", ownUser), ("SUDO_UID=1 SUDO_GID=1", "1")], ["fifo", "- < fifo"])
  func replay(caller: (environment: String, user: String), input: String) async throws {
    let story = try await story(
      """
      mkfifo fifo
      env \(caller.environment) $program replay \(input) > text & replay=$!
      exec 9> fifo
      until [ "$(awk '/^Uid/ {print $2}' /proc/$replay/status)" = \(caller.user) ]; do sleep 0.05; done
      status_of $replay status
      cat \(CommandLineTests.silent) >&9; exec 9>&-; wait $replay
      """)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    try expectNoPrivileges(of: caller.user, in: story, "status")
  }

  @Test("What only root may read is read: captures, several of them, a log, and a capture that is annotated")
  func rootsFiles() async throws {
    let story = try await story(
      """
      umask 077; mkdir roots; cp \(CommandLineTests.silent) roots/a.pcap; cp \(CommandLineTests.midway) roots/b.pcap
      cp \(SituationTests.folder)/both-deaf.pcap roots/c.pcap; touch roots/log
      export SUDO_UID=1 SUDO_GID=1
      $program replay --json roots/a.pcap roots/b.pcap --log roots/log > out.jsonl || exit 1
      $program replay roots/c.pcap --annotate copy.pcapng --html page.html --svg figure.svg > text || exit 2
      stat -c '%U %n' copy.pcapng page.html figure.svg
      """)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    #expect(story.lines("probe").count == 8)
    #expect(story.output == "daemon copy.pcapng\ndaemon page.html\ndaemon figure.svg\n")
  }

  @Test(
    "demo's processes give them up too; only what changes the network keeps CAP_NET_ADMIN, and is not root",
    arguments: ["no-route": "network", "lost-state": "server", "silent-peer": "none"], ["", "SUDO_UID=1 SUDO_GID=1"])
  func demo(scenario: (key: String, value: String), environment: String) async throws {
    let user = environment.isEmpty ? Self.ownUser : "1"
    let story = try await story(
      """
      env \(environment) $program demo \(scenario.key) --idle 1 --interval 1 --count 2 --json > out.jsonl & demo=$!
      wait_for '"connect"' out.jsonl
      status_of $demo demo.status
      for child in $(cat /proc/$demo/task/*/children); do
        status_of $child $(tr '\\0' '\\n' < /proc/$child/cmdline | sed -n 3p).status
      done
      wait $demo
      """)
    defer { story.remove() }
    #expect(story.status == 0, "\(story.errors)")
    #expect(story.lines("connection").count == 1)
    for process in ["demo", "server", "client"] + (scenario.value == "network" ? ["network"] : []) {
      try expectNoPrivileges(
        of: user, in: story, "\(process).status", capabilities: process == scenario.value ? "0000000000001000" : nil)
    }
  }

  @Test("demo all reads its scenarios' tables without them, and they end with it")
  func demoAll() async throws {
    let story = try await story(
      """
      $program demo all --idle 1 --interval 1 --count 2 > text & demo=$!
      until grep -qs SILENT text || [ "$(awk '/^Uid/ {print $2}' /proc/$demo/status)" = \(Self.ownUser) ]; do sleep 0.05; done
      sleep 1.5
      status_of $demo status
      children=$(cat /proc/$demo/task/*/children)
      [ $(wc -w <<< "$children") -gt 10 ] || echo too few children
      kill -9 $demo; wait $demo
      for try in $(seq 100); do
        left=$(for child in $children; do grep -qs ^State:.*Z /proc/$child/status || ls -d /proc/$child; done 2> /dev/null)
        [ -z "$left" ] && break; sleep 0.05
      done
      echo $left
      """)
    defer { story.remove() }
    #expect(story.output == "\n", "\(story.errors)")
    try expectNoPrivileges(of: Self.ownUser, in: story, "status")
  }

  @Test(
    "Who called sudo is told by both variables, or keepwatch stops before it opens or reads anything",
    arguments: [
      "SUDO_UID=1", "SUDO_GID=1", "SUDO_UID= SUDO_GID=", "SUDO_UID=x SUDO_GID=1", "SUDO_UID=-1 SUDO_GID=1",
      "SUDO_UID=4294967295 SUDO_GID=4294967295", "SUDO_UID=4294967296 SUDO_GID=1", "SUDO_UID=1 SUDO_GID=0",
      "SUDO_UID=4000000 SUDO_GID=1", "SUDO_UID=0x1 SUDO_GID=1", "SUDO_UID=0",
    ])
  func wrongCaller(environment: String) async throws {
    let story = try await story(
      """
      export \(environment)
      for command in "live -c 1 -w saved" "replay \(CommandLineTests.silent) --html saved" "demo healthy -w saved" \
        "demo all" "demo server" "run -w saved -- true"; do
        timeout 20 $program $command > text 2> messages; echo $?
        grep -q 'SUDO_UID' messages || cat messages
        [ ! -s text ] || cat text
      done
      ls saved 2>&1
      """)
    defer { story.remove() }
    #expect(story.output.hasPrefix("77\n77\n77\n77\n77\n125\nls: "), "\(story.output) \(story.errors)")
  }

  @Test("-Z takes a user who exists and is not root; root's sudo counts as none")
  func namedUser() async throws {
    let story = try await story(
      """
      for user in root no-such-user 0 ''; do $program replay \(CommandLineTests.silent) -Z "$user"; echo $?; done > text
      grep -v '^[0-9]*$' text
      echo $(grep '^[0-9]*$' text)
      """)
    defer { story.remove() }
    #expect(story.output == "64 64 64 64\n", "\(story.output)")
  }

  @Test("Root that may not become another user reads nothing and says so, as does a set-user-ID program")
  func cannotBecome() async throws {
    let story = try await story(
      """
      setpriv --bounding-set=-setuid $program replay \(CommandLineTests.silent) 2> first; echo $?
      setpriv --bounding-set=-setgid $program live --lines -c 1 2>> first; echo $?
      grep -c 'CAP_SETUID' first
      cp $program own; chmod 4755 own
      setpriv --reuid 1 --regid 1 --clear-groups ./own replay \(CommandLineTests.silent) 2> second; echo $?
      grep -c 'set-user-ID' second
      """)
    defer { story.remove() }
    #expect(story.output == "77\n77\n2\n77\n1\n", "\(story.output) \(story.errors)")
  }

  @Test("A program under run gets at nothing of keepwatch, though both are one user's")
  func outOfReach() async throws {
    let story = try await story(
      """
      cat > reach.py <<'END'
      import ctypes, os, time
      parent = os.getppid()
      while "\\nUid:\\t1\\t" not in open("/proc/%d/status" % parent).read():
          time.sleep(0.05)
      libc = ctypes.CDLL(None, use_errno=True)
      handle = os.pidfd_open(parent)
      print([libc.syscall(438, handle, number, 0) for number in range(3, 20)].count(-1))  # pidfd_getfd(2)
      print(libc.ptrace(16, parent, 0, 0))  # PTRACE_ATTACH
      try:
          print(os.listdir("/proc/%d/fd" % parent))
      except PermissionError as error:
          print(error.strerror)
      END
      SUDO_UID=1 SUDO_GID=1 timeout 20 $program run -o text -- /usr/bin/python3 reach.py
      """)
    defer { story.remove() }
    #expect(story.output == "17\n-1\nPermission denied\n", "\(story.output) \(story.errors)")
  }

  /// What the threads' /proc/PID/task/TID/status told, in a file.
  private func expectNoPrivileges(
    of user: String, in story: Story, _ file: String, capabilities: String? = nil
  ) throws {
    let status = try String(contentsOfFile: story.folder + "/" + file, encoding: .utf8)
    let lines = status.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    #expect(lines.contains { $0.first == "Uid:" })
    let none = "0000000000000000"
    for words in lines {
      let values = Array(words.dropFirst())
      switch words[0] {
      case "Uid:": #expect(values == [String](repeating: user, count: 4), "\(file)")
      case "Gid:": #expect(values == [String](repeating: user, count: 4), "\(file)")
      case "Groups:": #expect(values == [], "\(file)")
      case "CapPrm:", "CapEff:": #expect(values == [capabilities ?? none], "\(file) \(words)")
      case "CapInh:", "CapBnd:", "CapAmb:": #expect(values == [none], "\(file) \(words)")
      case "NoNewPrivs:": #expect(values == ["1"], "\(file)")
      default: break
      }
    }
  }
}
