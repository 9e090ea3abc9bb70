import ApplicationLog
import Glibc

/// The demo's server: answers each message of one client.
public struct DemoServer: Sendable {
  /// The address to listen on.
  public var address: String
  /// The port.
  public var port: UInt16
  /// Whether it goes deaf after its first answer, as if its host's cable were cut.
  public var goesDeaf: Bool
  /// Where it tells what it saw.
  public var log: PeerLog

  /// A server from its parts.
  public init(address: String, port: UInt16, goesDeaf: Bool, log: PeerLog) {
    self.address = address
    self.port = port
    self.goesDeaf = goesDeaf
    self.log = log
  }

  /// Serves one client until it is gone.
  ///
  /// - Throws: `PeerError` where it could not begin to serve.
  public func run() throws(PeerError) {
    do throws(TCPSocket.Failure) {
      let listener = try TCPSocket(isIPv6: address.contains(":"))
      try listener.listen(on: address, port: port)
      log.note("listen", result: 0)
      log.say("Server listening on \(address), port \(port)")
      let connection = try listener.accept()
      log.note("accept", result: 0)
      serveToTheEnd(connection)
    } catch {
      throw PeerError(call: error.call, address: address, port: port, code: error.code)
    }
  }

  private func serveToTheEnd(_ connection: borrowing TCPSocket) {
    do throws(TCPSocket.Failure) {
      try serve(connection)
    } catch {
      log.note(error.call, result: -1, error: error.code)
    }
  }

  private func serve(_ connection: borrowing TCPSocket) throws(TCPSocket.Failure) {
    while true {
      let message = try connection.receive()
      log.note("recv", text: message, result: message.utf8.count)
      if message.isEmpty { return }
      let answer = "Server got your message!"
      log.note("send", text: answer, result: try connection.send(answer))
      if goesDeaf {
        // Not before everything is acknowledged: else retransmissions would follow, which are another story.
        while connection.unacknowledged > 0 { usleep(1000) }
        try connection.goDeaf()
        log.event("deaf", sentence: "From now on this host hears nothing, as if its cable were cut.")
      }
    }
  }
}

/// Why a demo program could not begin.
public struct PeerError: Error, CustomStringConvertible {
  let call: String
  let address: String
  let port: UInt16
  let code: Int32

  /// One sentence with what to do.
  public var description: String {
    let advice =
      switch code {
      case EADDRINUSE: " Another program has it; choose another with --port."
      case ECONNREFUSED: " Start the server first: keepwatch demo server."
      case EINVAL: " Give an IPv4 or IPv6 address in numbers."
      default: ""
      }
    return
      "\(call) for \(address), port \(port), failed with \(ErrorName.name(code)) (\(ErrorName.text(code))).\(advice)"
  }
}
