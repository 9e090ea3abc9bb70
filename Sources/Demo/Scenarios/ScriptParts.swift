// What several scenarios have in common, and the programs that are started by hand.

extension DemoScript {
  /// The client's first message.
  private static let question = "Hello from client 1"
  /// The server's answer to each message.
  static let reply = "Server got your message!"

  /// The client sends its message and waits for the answer.
  static let ask: [PeerStep] = [.send(question), .receive]

  /// The client turns keepalive on before it asks.
  static func connectAndAsk(_ settings: KeepaliveSettings) -> [PeerStep] { [.connect, .keepalive(settings)] + ask }

  /// The client waits until a call tells it of the end, and sees what sending still does.
  static let waitForTheEnd: [PeerStep] = [.receiveToEnd, .sendInVain]

  /// The server answers one message.
  static let answer: [PeerStep] = [.receive, .send(reply)]

  /// The server takes one client, and answers its message; with a receive buffer of so many octets where given.
  static func answerOnce(receiveBuffer: Int? = nil) -> [PeerStep] {
    [.listen(receiveBuffer: receiveBuffer), .accept] + answer
  }

  /// The server answers, and its host goes deaf when all is acknowledged.
  static let answerThenGoDeaf: [PeerStep] = answerOnce() + [.waitUntilAcknowledged, .goDeaf, .awaitCue]

  /// The server's host goes deaf, and the client waits.
  @Sendable static func silentPeer(_ settings: KeepaliveSettings) -> DemoScript {
    DemoScript(
      client: connectAndAsk(settings) + waitForTheEnd, server: answerThenGoDeaf, cues: [.when(.clientsEnded, .end)])
  }

  /// Two clients that differ in their idle time, and a box that forgets between the two.
  @Sendable static func forgetfulBox(_ settings: KeepaliveSettings) -> DemoScript {
    let memory = settings.idle + DemoScenario.forgetfulness
    let longer = KeepaliveSettings(
      idle: memory + 2, interval: settings.interval, count: settings.count, userTimeout: settings.userTimeout)
    let clients = [longer, settings].map { own in
      Client(name: "idle-\(own.idle)", steps: connectAndAsk(own) + waitForTheEnd)
    }
    return DemoScript(
      clients: clients,
      server: [.listen(receiveBuffer: nil)] + clients.flatMap { _ in [.accept] + answer }
        + [.forgetIdleConnections(after: memory), .awaitCue],
      cues: [.when(.giveUp, .end)])
  }

  /// Four clients, of which the system-wide settings reach some.
  @Sendable static func systemWide(_ settings: KeepaliveSettings) -> DemoScript {
    let own = KeepaliveSettings(idle: settings.idle + 1, interval: settings.interval, count: settings.count)
    let clients = [
      Client(name: "before", steps: [.connect, .keepalive(nil)] + ask + [.awaitCue]),
      Client(name: "after", steps: [.connect] + ask + [.awaitCue, .keepalive(nil), .awaitCue]),
      Client(name: "own", steps: connectAndAsk(own) + [.awaitCue]),
      Client(name: "off", steps: [.connect] + ask + [.awaitCue]),
    ]
    return DemoScript(
      clients: clients,
      server: [.listen(receiveBuffer: nil)] + clients.flatMap { _ in [.accept] + answer } + [.awaitCue],
      cues: [
        .when(
          .quiet,
          .setKernelParameters([
            "tcp_keepalive_time": settings.idle, "tcp_keepalive_intvl": settings.interval,
            "tcp_keepalive_probes": settings.count,
          ])),
        .when(.atOnce, .cueClient(1)),
        .when(.seconds(Double(3 * settings.idle + 2)), .end),
      ],
      needsPrivateNetwork: true)
  }

  /// The server that is started by hand.
  public static func serverByHand(goesDeaf: Bool) -> [PeerStep] {
    [.listen(receiveBuffer: nil), .accept, .serve(goesDeaf: goesDeaf)]
  }

  /// The client that is started by hand.
  public static func clientByHand(_ settings: KeepaliveSettings) -> [PeerStep] {
    [.connect, .keepalive(settings), .send(question), .receiveToEnd, .sendInVain]
  }
}
