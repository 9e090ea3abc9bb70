import ApplicationLog
import Glibc

/// The demo's client: sends a message, reads the answer, then waits in recv() with keepalive on.
public struct DemoClient: Sendable {
  /// The server's address.
  public var address: String
  /// The server's port.
  public var port: UInt16
  /// Keepalive on the client's socket.
  public var keepalive: KeepaliveSettings
  /// Where it tells what it saw.
  public var log: PeerLog

  /// A client from its parts.
  public init(address: String, port: UInt16, keepalive: KeepaliveSettings, log: PeerLog) {
    self.address = address
    self.port = port
    self.keepalive = keepalive
    self.log = log
  }

  /// Runs until the connection has ended and the program has learned of it.
  ///
  /// - Throws: `PeerError` where it could not connect.
  public func run() throws(PeerError) {
    do throws(TCPSocket.Failure) {
      let socket = try TCPSocket(isIPv6: address.contains(":"))
      try socket.connect(to: address, port: port)
      log.note("connect", result: 0)
      try keepalive.apply(to: socket)
      log.say(
        "Keepalive is on: idle \(keepalive.idle) s, interval \(keepalive.interval) s, count \(keepalive.count).")
      converse(socket)
    } catch {
      log.note(error.call, result: -1, error: error.code)
      throw PeerError(call: error.call, address: address, port: port, code: error.code)
    }
  }

  private func converse(_ socket: borrowing TCPSocket) {
    do throws(TCPSocket.Failure) {
      let message = "Hello from client 1"
      log.note("send", text: message, result: try socket.send(message))
      // The first reads the answer; the next waits for more, and there the connection's end is learned.
      while try receive(socket) {}
    } catch {
      log.note(error.call, result: -1, error: error.code)
    }
    sendInVain(socket)
  }

  private func receive(_ socket: borrowing TCPSocket) throws(TCPSocket.Failure) -> Bool {
    log.note("recv")
    let answer = try socket.receive()
    log.note("recv", text: answer, result: answer.utf8.count)
    return !answer.isEmpty
  }

  /// What a program sees that goes on sending: after a FIN the first send still succeeds, and draws a reset.
  private func sendInVain(_ socket: borrowing TCPSocket) {
    for _ in 1...2 {
      do throws(TCPSocket.Failure) {
        log.note("send", text: "x", result: try socket.send("x"))
        usleep(50_000)
      } catch {
        log.note("send", text: "x", result: -1, error: error.code)
        return
      }
    }
  }
}
