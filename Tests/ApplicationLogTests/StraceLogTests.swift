import ApplicationLog
import TestSupport
import Testing

/// Lines as strace 6.1 and 6.8 wrote them, with -f -ttt -T -yy.
@Suite struct StraceLogTests {
  func calls(_ lines: String...) throws -> [ApplicationCall] {
    var log = StraceLog()
    return try lines.flatMap { try log.calls(of: $0) }
  }

  static let ends = "127.0.0.1:56660->127.0.0.1:12399"

  @Test("A call has its program, both ends, its result, and the time at which it returned")
  func plainCall() throws {
    let calls = try calls(
      #"4711 1795527812.300000 execve("/usr/bin/python3", ["python3", "cli.py"], 0x7ffc /* 40 vars */) = 0 <0.000400>"#,
      #"4711 1795527812.330378 sendto(3<TCP:[127.0.0.1:56660->127.0.0.1:12399]>, "hello", 5, 0, NULL, 0) = 5 <0.000034>"#
    )
    let call = try #require(calls.first)
    #expect(calls.count == 1 && call.call == "send" && call.result == 5 && call.error == nil && call.text == "hello")
    #expect(call.process == "python3[4711]" && call.local == "127.0.0.1:56660" && call.remote == "127.0.0.1:12399")
    #expect(call.began == 1_795_527_812_330_378_000 && call.time == 1_795_527_812_330_412_000)
  }

  @Test("An error has its name; what the string holds is not taken for it")
  func errors() throws {
    let calls = try calls(
      #"9 1795527812.1 recvfrom(3<TCP:[127.0.0.1:56660->127.0.0.1:12399]>, 0x7f, 1024, 0, NULL, NULL) = -1 ETIMEDOUT (Connection timed out) <4.2>"#,
      #"9 1795527812.2 sendto(3<TCP:[127.0.0.1:56660->127.0.0.1:12399]>, "a) = -1 EPIPE \" b", 17, MSG_NOSIGNAL, NULL, 0) = 17 <0.1>"#
    )
    #expect(calls.map(\.error) == ["ETIMEDOUT", nil] && calls.map(\.result) == [-1, 17])
    #expect(calls[1].text == #"a) = -1 EPIPE \" b"#)
    #expect(calls[0].tellsOfTheEnd && !calls[1].tellsOfTheEnd)
  }

  @Test("A call that another thread's line cut in two is one, with the time of its beginning")
  func unfinished() throws {
    let calls = try calls(
      #"11 1795527812.100000 recvfrom(3<TCP:[127.0.0.1:56660->127.0.0.1:12399]>,  <unfinished ...>"#,
      #"12 1795527812.200000 sendto(4<TCP:[127.0.0.1:56662->127.0.0.1:12399]>, "x", 1, 0, NULL, 0) = 1 <0.000010>"#,
      #"11 1795527813.100000 <... recvfrom resumed>"abc", 1024, 0, NULL, NULL) = 3 <1.000000>"#)
    #expect(calls.map(\.process) == ["program[12]", "program[11]"])
    #expect(calls[1].began == 1_795_527_812_100_000_000 && calls[1].time == 1_795_527_813_100_000_000)
    #expect(calls[1].text == "abc" && calls[1].local == "127.0.0.1:56660")
  }

  @Test("connect() gets its own end from the program's next call to the same peer, also with threads side by side")
  func connects() throws {
    let address = #"{sa_family=AF_INET, sin_port=htons(12399), sin_addr=inet_addr("127.0.0.1")}, 16) = 0 <0.000102>"#
    let calls = try calls(
      "21 1795527812.1 connect(3<TCP:[512114]>, " + address, "22 1795527812.2 connect(4<TCP:[512115]>, " + address,
      #"22 1795527812.3 sendto(4<TCP:[127.0.0.1:2222->127.0.0.1:12399]>, "x", 1, 0, NULL, 0) = 1 <0.1>"#,
      #"21 1795527812.4 sendto(3<TCP:[127.0.0.1:1111->127.0.0.1:12399]>, "x", 1, 0, NULL, 0) = 1 <0.1>"#)
    #expect(calls.prefix(2).allSatisfy { $0.local == nil && $0.remote == "127.0.0.1:12399" })
    #expect(calls.namingConnects().prefix(2).map(\.local) == ["127.0.0.1:1111", "127.0.0.1:2222"])
  }

  @Test("IPv6, accept() and poll() over several sockets")
  func otherForms() throws {
    let calls = try calls(
      #"5 1795527812.1 connect(3<TCPv6:[77]>, {sa_family=AF_INET6, sin6_port=htons(12345), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0 <0.0001>"#,
      #"5 1795527812.2 accept4(3<TCP:[127.0.0.1:80]>, {sa_family=AF_INET, sin_port=htons(7), sin_addr=inet_addr("127.0.0.1")}, [16], SOCK_CLOEXEC) = 4<TCP:[127.0.0.1:80->127.0.0.1:7]> <0.2>"#,
      #"5 1795527812.5 poll([{fd=3<TCP:[127.0.0.1:1->127.0.0.1:2]>, events=POLLIN}, {fd=4<TCP:[127.0.0.1:3->127.0.0.1:4]>, events=POLLIN}], 2, 1500) = 0 (Timeout) <1.501588>"#
    )
    #expect(calls[0].remote == "[::1]:12345" && calls[0].remoteEnd?.port == 12345)
    #expect(calls[1].call == "accept" && calls[1].result == 4 && calls[1].remote == "127.0.0.1:7")
    #expect(calls[2...].map(\.local) == ["127.0.0.1:1", "127.0.0.1:3"] && calls[2].result == 0)
  }

  @Test("Times at the end of what can be told make calls, later ones make none")
  func lateTimes() throws {
    let call = #"close(3<TCP:[127.0.0.1:1->127.0.0.1:2]>) = 0 <9199999999.9>"#
    let late = try #require(try calls("7 9199999999.9 " + call).first)
    #expect(late.began == 9_199_999_999_900_000_000 && late.time == 9_200_000_000_000_000_000)
    #expect(throws: StraceLog.Problem.self) { try calls("7 9200000000.0 " + call) }
    let json = #"{"process":"p","call":"recv","result":0,"time":"#
    #expect(ApplicationCall(line: json + "9200000000000000000}") != nil)
    #expect(ApplicationCall(line: json + "9200000000000000001}") == nil)
    #expect(ApplicationCall(line: json + #"0,"began":-9223372036854775808}"#) == nil)
  }

  @Test(
    "A line four times as long takes some four times as long",
    arguments: [")=", "= ", "<TCP]>", "<TCP:[", " <unfinished", "\"", "=) = -1 E"])
  func longLines(piece: String) throws {
    let times = try [4000, 16_000].map { count in
      var log = StraceLog()
      let line = "7 1795527812.1 send(3<TCP:[1.1.1.1:1->1.1.1.1:2]>, " + String(repeating: piece, count: count)
      return try processorTime { _ = try log.calls(of: line) }
    }
    #expect(times[1] < max(times[0], .milliseconds(5)) * 8, "\(times)")
  }

  @Test("Four times as many connects that wait for their own ends take some four times as long")
  func manyConnects() {
    let times = [5000, 20_000].map { count in
      let connects = (0..<count).map {
        ApplicationCall(time: Int64($0), process: "p", call: "connect", result: 0, remote: "10.0.0.1:5432")
      }
      let sends = (0..<count).map {
        ApplicationCall(
          time: Int64(count + $0), process: "p", call: "send", result: 1, local: "10.0.\($0 / 200).2:\($0)",
          remote: "10.0.0.1:5432")
      }
      return processorTime {
        #expect((connects + sends).namingConnects()[count - 1].local == sends[count - 1].local)
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  @Test("Options of keepalive are kept, files and other options are not")
  func options() throws {
    let calls = try calls(
      #"5 1795527812.1 setsockopt(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0 <0.1>"#,
      #"5 1795527812.2 setsockopt(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, SOL_TCP, TCP_KEEPIDLE, [60], 4) = 0 <0.1>"#,
      #"5 1795527812.3 setsockopt(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, SOL_TCP, TCP_NODELAY, [1], 4) = 0 <0.1>"#,
      #"5 1795527812.4 read(4</etc/passwd>, "root:x:0:0"..., 4096) = 1839 <0.1>"#)
    #expect(calls.map(\.text) == ["SO_KEEPALIVE", "TCP_KEEPIDLE 60"])
  }

  @Test("A program's end and its signals are told where it had a TCP socket; children have their parent's name")
  func endings() throws {
    let calls = try calls(
      #"30 1795527812.0 execve("/bin/app", ["app"], 0x7f /* 1 var */) = 0 <0.0004>"#,
      #"30 1795527812.1 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 31 <0.0001>"#,
      #"31 1795527812.2 close(3<TCP:[127.0.0.1:1->127.0.0.1:2]>) = 0 <0.1>"#,
      "31 1795527812.3 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---",
      "31 1795527812.4 +++ killed by SIGTERM +++", "30 1795527812.5 +++ exited with 0 +++")
    #expect(calls.map(\.description) == ["close() = 0", "gets SIGTERM", "is killed by SIGTERM"])
    #expect(calls.allSatisfy { $0.process == "app[31]" })
  }

  @Test(
    "A line that strace does not write with these options says what is missing",
    arguments: ["sendto(3, \"x\", 1) = 1", "4711 12:00:01 close(3) = 0", "4711 1795527812.1 hello", "{}"])
  func strangeLines(line: String) {
    var log = StraceLog()
    #expect(throws: StraceLog.Problem.self) { try log.calls(of: line) }
  }
}
