import ApplicationLog
import Testing

/// What strace's lines tell of waiting, of sockets without ends, and of what is no call on a TCP socket; as strace 6.1 wrote them.
@Suite struct StraceWaitsTests {
  func calls(_ lines: String...) throws -> [ApplicationCall] {
    var log = StraceLog()
    return try lines.flatMap { try log.calls(of: $0) }
  }

  static let registered =
    #"4 1795666025.301981 epoll_ctl(5<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 4<TCP:[127.0.0.1:45826->127.0.0.1:50233]>, {events=EPOLLIN, data={u32=4, u64=139882789863428}}) = 0 <0.000048>"#
  static let found =
    #"4 1795666025.317855 epoll_pwait(5<anon_inode:[eventpoll]>, [{events=EPOLLIN|EPOLLERR|EPOLLHUP, data={u32=4, u64=139882789863428}}], 1023, 1000, NULL, 8) = 1 <0.000016>"#

  @Test("epoll_wait() is told of the sockets that it found ready, which epoll_ctl() had registered")
  func epoll() throws {
    let found = try calls(Self.registered, Self.found)
    #expect(found.count == 1 && found[0].call == "epoll_wait" && found[0].local == "127.0.0.1:45826")
    #expect(found[0].description == "epoll_wait() = 1, EPOLLIN|EPOLLERR|EPOLLHUP")
    #expect(try calls(Self.found).isEmpty)
  }

  @Test("A socket that was taken from the queue, or closed, is not waited for any more")
  func unregistered() throws {
    let deleted = Self.registered.replacing("_ADD", with: "_DEL").replacing(
      "{events=EPOLLIN, data", with: "{events=0, data")
    #expect(try calls(Self.registered, deleted, Self.found).isEmpty)
    let closed = "4 1795666025.31 close(4<TCP:[127.0.0.1:45826->127.0.0.1:50233]>) = 0 <0.000001>"
    #expect(try calls(Self.registered, closed, Self.found).map(\.call) == ["close"])
  }

  @Test("A call that has not returned waits, from its beginning, and is told once; a call in time is not told so")
  func waiting() throws {
    var log = StraceLog()
    let partial = "7 1795666025.100000 recvfrom(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, "
    let early = log.waitingCalls(since: 1_795_666_025_000_000_000, partial: partial)
    let calls = log.waitingCalls(since: 1_795_666_026_000_000_000, partial: partial)
    let again = log.waitingCalls(since: 1_795_666_027_000_000_000, partial: partial)
    #expect(early.isEmpty && again.isEmpty)
    #expect(calls.map(\.description) == ["recv() … waiting"] && calls[0].time == 1_795_666_025_100_000_000)
    // Another thread's line cuts it in two, which makes no other call of it.
    let cut = try log.calls(of: partial + " <unfinished ...>")
    let afterwards = log.waitingCalls(since: 1_795_666_028_000_000_000, partial: "")
    #expect(cut.isEmpty && afterwards.isEmpty)
  }

  @Test("epoll_wait() that has not returned waits for every socket that is registered")
  func waitingQueue() throws {
    var log = StraceLog()
    for number in 0..<3 {
      let line = Self.registered.replacing("45826", with: "\(45826 + number)")
        .replacing("863428", with: "86342\(number)")
      _ = try log.calls(of: line)
    }
    let calls = log.waitingCalls(
      since: 1_795_666_030_000_000_000, partial: "4 1795666026.0 epoll_wait(5<anon_inode:[eventpoll]>, ")
    #expect(calls.count == 3 && calls.allSatisfy { $0.description == "epoll_wait(3 sockets) … waiting" })
  }

  @Test("The call in which a program was killed is told before its end")
  func killedInCall() throws {
    let calls = try calls(
      "7 1795666025.1 send(3<TCP:[127.0.0.1:1->127.0.0.1:2]>, \"x\", 1, 0) = 1 <0.1>",
      "7 1795666025.3 recvfrom(3<TCP:[127.0.0.1:1->127.0.0.1:2]>,  <unfinished ...>",
      "7 1795666026.0 +++ killed by SIGKILL +++")
    #expect(calls.map(\.description) == ["send(\"x\") = 1", "recv() … waiting", "is killed by SIGKILL"])
  }

  @Test("A socket is known by its inode before it has ends, and the first call after that tells both")
  func inodes() throws {
    let calls = try calls(
      "7 1795666025.1 setsockopt(3<TCP:[4026]>, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0 <0.1>",
      #"7 1795666025.2 connect(3<TCP:[4026]>, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("10.0.0.1")}, 16) = 0 <0.1>"#,
      #"7 1795666025.3 sendto(3<TCP:[10.0.0.2:1->10.0.0.1:5]>, "x", 1, 0, NULL, 0) = 1 <0.1>"#,
      #"7 1795666025.4 sendto(3<TCP:[10.0.0.2:1->10.0.0.1:5]>, "x", 1, 0, NULL, 0) = 1 <0.1>"#)
    #expect(calls.map(\.socket) == ["4026", "4026", "4026", nil])
    #expect(calls[2].local == "10.0.0.2:1")
  }

  @Test("sendfile() sends; a UNIX socket is told once, a ring always; an error that getsockopt() hands out is one")
  func others() throws {
    let unix = #"7 1795666025.2 connect(7<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path="/run/x"}, 12) = 0 <0.1>"#
    let calls = try calls(
      "7 1795666025.1 sendfile(6<TCP:[127.0.0.1:1->127.0.0.1:2]>, 8</a/file>, [0] => [659], 659) = 659 <0.1>", unix,
      unix,
      "7 1795666025.3 io_uring_setup(32, {flags=0}) = 5<anon_inode:[io_uring]> <0.1>",
      "7 1795666025.4 getsockopt(6<TCP:[127.0.0.1:1->127.0.0.1:2]>, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0 <0.1>",
      "7 1795666025.5 getsockopt(6<TCP:[127.0.0.1:1->127.0.0.1:2]>, SOL_SOCKET, SO_ERROR, [0], [4]) = 0 <0.1>")
    #expect(calls.map(\.call) == ["sendfile", "connect", "io_uring_setup", "getsockopt"])
    #expect(calls[0].action == .send && calls[1].text == "AF_UNIX /run/x" && calls[3].tellsOfTheEnd)
    #expect(calls[3].error == "ETIMEDOUT")
  }

  @Test("Where strace leaves a program, that is told, and nothing of it waits any more")
  func detached() throws {
    let calls = try calls("7 1795666025.3 recvfrom(3<TCP:[127.0.0.1:1->127.0.0.1:2]>,  <detached ...>")
    #expect(calls.map(\.description) == ["is traced no more"] && calls[0].isEvent)
  }
}
