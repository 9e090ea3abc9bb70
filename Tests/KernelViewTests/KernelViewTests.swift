import Foundation
import PacketWire
import SystemCalls
import Testing

@testable import KernelView

/// What the kernel tells of sockets and counters, asked while the test's own sockets are open.
@Suite(.timeLimit(.minutes(1))) struct KernelViewTests {
  @Test("The counters are found by their names, whatever stands beside them")
  func counters() throws {
    let text = """
      TcpExt: SyncookiesSent TCPKeepAlive TCPWinProbe TCPAbortOnTimeout
      TcpExt: 4 11 12 13
      IpExt: InNoRoutes
      IpExt: 0
      """
    let counters = try #require(TCPCounters.parse(text))
    #expect(counters.keepaliveProbes == 11 && counters.windowProbes == 12 && counters.abortsOnTimeout == 13)
    #expect(TCPCounters.parse("TcpExt: TCPKeepAlive\nTcpExt: 1\n") == nil, "a kernel that does not count them all")
    #expect(TCPCounters.parse("") == nil)
  }

  @Test("This kernel's counters are read, and never go back")
  func ownCounters() throws {
    let before = try #require(TCPCounters.read())
    let since = try #require(TCPCounters.read()).since(before)
    #expect(since.keepaliveProbes >= 0 && since.windowProbes >= 0 && since.abortsOnTimeout >= 0)
  }

  /// The socket of this host whose ends are these, as the kernel tells it.
  static func socket(_ ends: (local: String, remote: String)) throws -> SocketState? {
    let sockets = try #require(SocketState.connections(), "the kernel shows no sockets (sock_diag)")
    return sockets.first { "\($0.local)" == ends.local && "\($0.remote)" == ends.remote }
  }

  @Test("A connection of ours is in the socket table, with its state and its timer")
  func ownConnection() throws {
    let listener = try TCPSocket(isIPv6: false)
    // A port of the test's own: this process's number.
    let port = UInt16(20_000 + ProcessInfo.processInfo.processIdentifier % 10_000)
    try listener.listen(on: "127.0.0.1", port: port)
    let client = try TCPSocket(isIPv6: false)
    try client.connect(to: "127.0.0.1", port: port)
    let server = try listener.accept()
    let ends = try #require(client.ends)

    let quiet = try #require(try Self.socket(ends))
    #expect(quiet.state == "ESTAB" && quiet.timer == .none && quiet.timerName == "no timer")

    try client.setKeepalive(idle: 100, interval: 10, count: 3, userTimeout: 0)
    try client.turnKeepaliveOn()
    let armed = try #require(try Self.socket(ends))
    #expect(armed.timer == .keepalive && armed.unanswered == 0)
    #expect((98...101).contains(armed.expiresIn), "\(armed.expiresIn) s")

    try server.shutdownWriting()
    pause(milliseconds: 20)
    #expect(try Self.socket(ends)?.state == "CLOSE-WAIT")
  }
}
