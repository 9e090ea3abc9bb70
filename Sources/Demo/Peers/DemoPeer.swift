import SystemCalls

/// A demo program, client or server: goes through its steps, and tells each call that it makes.
public struct DemoPeer {
  private let address: String
  private let port: UInt16
  private let log: PeerLog
  private var socket: TCPSocket
  /// The server's, where clients are accepted.
  private var listener: TCPSocket?
  /// Connections of clients accepted before, which stay open.
  private var earlier: [TCPSocket] = []
  private var ends: (local: String, remote: String)?
  /// What was last to be sent.
  private var latestText: String?

  /// A program that is to meet another at an address and port.
  ///
  /// - Throws: `PeerError` where no socket can be had.
  public init(address: String, port: UInt16, log: PeerLog) throws(PeerError) {
    self.address = address
    self.port = port
    self.log = log
    do throws(SystemError) { socket = try TCPSocket(isIPv6: address.contains(":")) } catch {
      throw PeerError(error: error, address: address, port: port)
    }
  }

  /// Goes through the steps; one that fails is told, and the next is taken.
  ///
  /// - Throws: `PeerError` where a step failed without which there is no connection.
  public mutating func run(_ steps: [PeerStep]) throws(PeerError) {
    for step in steps {
      do throws(SystemError) { try take(step) } catch {
        note(error.call, text: error.call == "send" ? latestText : nil, result: -1, error: error.code)
        if ["bind", "listen", "accept", "connect"].contains(error.call) {
          throw PeerError(error: error, address: address, port: port)
        }
      }
    }
  }

  private mutating func take(_ step: PeerStep) throws(SystemError) {
    switch step {
    case .listen(let receiveBuffer):
      if let receiveBuffer { try socket.setReceiveBuffer(receiveBuffer) }
      try socket.listen(on: address, port: port)
      listener = socket
      note("listen", result: 0)
      log.say("Server listening on \(address), port \(port)")
    case .accept:
      if let listener {
        earlier.append(socket)
        socket = try listener.accept()
      }
      ends = socket.ends
      note("accept", result: 0)
    case .connect:
      try socket.connect(to: address, port: port)
      ends = socket.ends
      note("connect", result: 0)
    case .keepalive(let settings):
      try turnKeepaliveOn(settings)
    case .send(let text):
      try send(text)
    case .sendOctets(let count):
      note("send", text: "\(count) octets", result: try socket.send(String(repeating: "x", count: count)))
    case .fillWindow:
      note("send", text: "until the window is full", result: try fillWindow())
    case .receive:
      _ = try receive()
    case .receiveToEnd:
      while try receive() {}
    case .sendInVain:
      try sendInVain()
    case .shutdownWriting:
      try socket.shutdownWriting()
      note("shutdown", text: "SHUT_WR", result: 0)
    case .close:
      note("close", result: 0)
      socket = try TCPSocket(isIPv6: address.contains(":"))
    case .waitUntilAcknowledged:
      while socket.unacknowledged > 0 { pause(milliseconds: 1) }
    case .goDeaf:
      try socket.setMinimumTimeToLive(255)
      event("deaf", sentence: "From now on this host hears nothing, as if its cable were cut.")
    case .hearAgain:
      try socket.setMinimumTimeToLive(0)
      event("hears", sentence: "This host hears again.")
    case .loseState:
      try socket.forgetConnection()
      socket = try TCPSocket(isIPv6: address.contains(":"))
      event("forgets", sentence: "This host has forgotten the connection.")
    case .forgetIdleConnections(let seconds):
      try forgetIdleConnections(after: seconds)
    case .awaitCue:
      ChildProcess.awaitCue()
    case .serve(let goesDeaf):
      try serve(goesDeaf: goesDeaf)
    }
  }

  private func turnKeepaliveOn(_ settings: KeepaliveSettings?) throws(SystemError) {
    guard let settings else {
      try socket.turnKeepaliveOn()
      return note("setsockopt", text: "SO_KEEPALIVE", result: 0)
    }
    try settings.apply(to: socket)
    note("setsockopt", text: settings.options, result: 0)
  }

  private func receive() throws(SystemError) -> Bool {
    note("recv")
    let text = try socket.receive()
    note("recv", text: text, result: text.utf8.count)
    return !text.isEmpty
  }

  private mutating func send(_ text: String) throws(SystemError) {
    latestText = text
    note("send", text: text, result: try socket.send(text))
  }

  private mutating func sendInVain() throws(SystemError) {
    for _ in 1...2 {
      try send("x")
      pause(milliseconds: 50)
    }
  }

  private func fillWindow() throws(SystemError) -> Int {
    var sent = 0
    while true {
      while socket.unacknowledged > 0 { pause(milliseconds: 1) }
      let window = socket.peerWindow
      guard window > 0 else { return sent }
      sent += try socket.send(String(repeating: "x", count: min(window, 500)))
      pause(milliseconds: 60)  // longer than a delayed ACK, which carries the new window
    }
  }

  private mutating func serve(goesDeaf: Bool) throws(SystemError) {
    while try receive() {
      try send(DemoScript.reply)
      if goesDeaf {
        // Not before everything is acknowledged: else retransmissions would follow, which are another story.
        while socket.unacknowledged > 0 { pause(milliseconds: 1) }
        try socket.setMinimumTimeToLive(255)
        event("deaf", sentence: "From now on this host hears nothing, as if its cable were cut.")
      }
    }
  }

  /// Watches what comes on each connection, to the end of the demo; a probe counts as any packet does.
  private func forgetIdleConnections(after seconds: Int) throws(SystemError) {
    var waiting = (earlier + [socket]).compactMap { socket in
      socket.ends.map { (socket: socket, ends: $0, seen: socket.segmentsReceived, since: currentTime()) }
    }
    while !waiting.isEmpty {
      for index in waiting.indices where waiting[index].socket.segmentsReceived != waiting[index].seen {
        waiting[index].seen = waiting[index].socket.segmentsReceived
        waiting[index].since = currentTime()
      }
      let due = currentTime() - Int64(seconds) * 1_000_000_000
      for forgotten in waiting where forgotten.since <= due {
        try forgotten.socket.setMinimumTimeToLive(255)
        log.note(
          "box-forgets", text: nil, result: nil, error: nil, local: forgotten.ends.local, remote: forgotten.ends.remote)
      }
      waiting.removeAll { $0.since <= due }
      pause(milliseconds: 20)
    }
  }

  private func note(_ call: String, text: String? = nil, result: Int? = nil, error: Int32? = nil) {
    log.note(call, text: text, result: result, error: error, local: ends?.local, remote: ends?.remote)
  }

  private func event(_ name: String, sentence: String) {
    if log.isJSON { note(name) } else { log.say(sentence) }
  }
}

/// Why a demo program could not begin.
public struct PeerError: Error, CustomStringConvertible {
  let error: SystemError
  let address: String
  let port: UInt16

  /// One sentence with what to do.
  public var description: String {
    let advice =
      switch error.name {
      case "EADDRINUSE": " Another program has it; choose another with --port."
      case "ECONNREFUSED": " Start the server first: keepwatch demo server."
      case "EINVAL": " Give an IPv4 or IPv6 address in numbers."
      default: ""
      }
    return "\(error.call) for \(address), port \(port), failed with \(error.name) (\(error.text)).\(advice)"
  }
}
