/// What a demo's programs do, and what the demo does to them meanwhile.
public struct DemoScript: Sendable {
  /// The server's answer to each message.
  static let answer = "Server got your message!"
  /// The client's first message.
  static let message = "Hello from client 1"

  /// A client program.
  public struct Client: Sendable {
    /// What it is called in the time line.
    public var name: String
    /// What it does.
    public var steps: [PeerStep]
  }

  /// Something that the demo does when its moment has come.
  public struct Cue: Sendable {
    /// When.
    public var moment: Moment
    /// What.
    public var action: Action
  }

  /// When a cue is due.
  public enum Moment: Sendable {
    /// At once.
    case atOnce
    /// Nothing was captured or called for a third of a second: the exchange is over.
    case quiet
    /// So many seconds after the cue before it.
    case seconds(Double)
    /// So many probes in a row are unanswered.
    case unanswered(Int)
    /// So many probes were answered.
    case answers(Int)
    /// Each end has sent so many probes.
    case probesOfEach(Int)
    /// So many window probes were seen.
    case windowProbes(Int)
    /// A reset answered a probe.
    case refusal
    /// Every client has ended.
    case clientsEnded
  }

  /// What the demo does.
  public enum Action: Sendable {
    /// Gives the server its cue.
    case cueServer
    /// Gives a client its cue, counted from 0.
    case cueClient(Int)
    /// Kills the server program (SIGKILL).
    case killServer
    /// Stops the server program (SIGSTOP).
    case stopServer
    /// Takes the interface down.
    case takeLoopbackDown
    /// Sets kernel parameters of the private network: names below net/ipv4, and values.
    case setKernelParameters([String: Int])
    /// The story is told.
    case end
  }

  /// The clients; the server is started before them.
  public var clients: [Client]
  /// What the server does.
  public var server: [PeerStep]
  /// The cues, one after the other.
  public var cues: [Cue]
  /// Whether only a private network will do.
  public var needsPrivateNetwork = false
  /// Whether the kernel's timer is shown as it counts down.
  public var showsTimer = false

  /// Whether the demo itself changes the private network on the way.
  public var changesNetwork: Bool {
    cues.contains {
      switch $0.action {
      case .takeLoopbackDown, .setKernelParameters: true
      default: false
      }
    }
  }

  /// The programs started by hand.
  public static func serverByHand(goesDeaf: Bool) -> [PeerStep] {
    [.listen(receiveBuffer: nil), .accept, .serve(goesDeaf: goesDeaf)]
  }

  /// The programs started by hand.
  public static func clientByHand(_ settings: KeepaliveSettings) -> [PeerStep] {
    [.connect, .keepalive(settings), .send(message), .receiveToEnd, .sendInVain]
  }
}

extension DemoScenario {
  /// What happens in the scenario.
  ///
  /// - Parameter settings: keepalive on the client's socket.
  /// - Returns: the programs' steps and the demo's cues.
  public func script(_ settings: KeepaliveSettings) -> DemoScript {
    let hello: [PeerStep] = [.send(DemoScript.message), .receive]
    let start: [PeerStep] = [.connect, .keepalive(settings)] + hello
    let serve: [PeerStep] = [.listen(receiveBuffer: nil), .accept, .receive, .send(DemoScript.answer)]
    let serveThenDeaf: [PeerStep] = serve + [.waitUntilAcknowledged, .goDeaf, .awaitCue]
    let wait: [PeerStep] = [.receiveToEnd, .sendInVain]
    let enough = max(3, settings.count)

    switch self {
    case .healthy:
      return script(start + wait, serve + [.awaitCue], [.init(moment: .answers(enough), action: .end)])
    case .silentPeer, .userTimeout, .userTimeoutLonger:
      return script(start + wait, serveThenDeaf, [.init(moment: .clientsEnded, action: .end)])
    case .silentThenBack:
      return script(
        start + wait, serveThenDeaf + [.hearAgain, .awaitCue],
        [
          .init(moment: .unanswered(max(1, settings.count - 1)), action: .cueServer),
          .init(moment: .answers(2), action: .end),
        ])
    case .killedServer:
      return script(
        start + wait, serve + [.awaitCue],
        [.init(moment: .quiet, action: .killServer), .init(moment: .clientsEnded, action: .end)])
    case .killedWithUnreadData:
      return script(
        start + [.send("Are you there?")] + wait, serve + [.awaitCue],
        [.init(moment: .quiet, action: .killServer), .init(moment: .clientsEnded, action: .end)])
    case .zombieKernel:
      var script = script(
        start + [.awaitCue, .sendInVain], serve + [.awaitCue],
        [
          .init(moment: .atOnce, action: .setKernelParameters(["tcp_fin_timeout": 2 * settings.idle + 1])),
          .init(moment: .quiet, action: .killServer),
          .init(moment: .refusal, action: .cueClient(0)),
          .init(moment: .clientsEnded, action: .end),
        ])
      script.needsPrivateNetwork = true
      return script
    case .lostState:
      return script(
        start + wait, serve + [.waitUntilAcknowledged, .awaitCue, .loseState, .awaitCue],
        [.init(moment: .quiet, action: .cueServer), .init(moment: .clientsEnded, action: .end)])
    case .frozenServer:
      return script(
        start + wait, serve + [.receive],
        [.init(moment: .quiet, action: .stopServer), .init(moment: .answers(enough), action: .end)])
    case .dataInFlight:
      return script(
        start + [.awaitCue, .send("Are you there?")] + wait, serveThenDeaf,
        [.init(moment: .quiet, action: .cueClient(0)), .init(moment: .clientsEnded, action: .end)])
    case .zeroWindow:
      return script(
        start + [.sendOctets(12_000), .receiveToEnd],
        [.listen(receiveBuffer: 4096), .accept, .receive, .send(DemoScript.answer), .awaitCue],
        [.init(moment: .windowProbes(5), action: .end)])
    case .keepaliveIntoZeroWindow:
      return script(
        [.connect] + hello + [.fillWindow, .keepalive(settings), .receiveToEnd],
        [.listen(receiveBuffer: 4096), .accept, .receive, .send(DemoScript.answer), .awaitCue],
        [.init(moment: .answers(enough), action: .end)])
    case .bothEnds:
      return script(
        start + wait,
        [
          .listen(receiveBuffer: nil), .accept, .keepalive(settings), .receive, .send(DemoScript.answer), .receiveToEnd,
        ],
        [.init(moment: .probesOfEach(3), action: .end)])
    case .halfClosed:
      return script(
        start + [.shutdownWriting, .receiveToEnd], serve + [.receive, .awaitCue, .send("The rest."), .close],
        [.init(moment: .answers(enough), action: .cueServer), .init(moment: .clientsEnded, action: .end)])
    case .noRoute:
      var script = script(
        start + wait, serve + [.awaitCue],
        [.init(moment: .quiet, action: .takeLoopbackDown), .init(moment: .clientsEnded, action: .end)])
      script.needsPrivateNetwork = true
      script.showsTimer = true
      return script
    case .noKeepalive:
      let longEnough = Double(settings.idle + settings.interval * settings.count) + 2
      return script(
        [.connect] + hello + wait, serveThenDeaf, [.init(moment: .seconds(longEnough), action: .end)])
    case .defaults:
      var script = script(
        [.connect, .keepalive(nil)] + hello + wait, serve + [.awaitCue], [.init(moment: .seconds(5), action: .end)])
      script.showsTimer = true
      return script
    case .systemWide:
      return systemWide(settings, hello)
    }
  }

  private func script(_ client: [PeerStep], _ server: [PeerStep], _ cues: [DemoScript.Cue]) -> DemoScript {
    DemoScript(clients: [.init(name: "client", steps: client)], server: server, cues: cues)
  }

  /// Four clients, of which the system-wide settings reach some.
  private func systemWide(_ settings: KeepaliveSettings, _ hello: [PeerStep]) -> DemoScript {
    let own = KeepaliveSettings(idle: settings.idle + 1, interval: settings.interval, count: settings.count)
    let clients: [DemoScript.Client] = [
      .init(name: "before", steps: [.connect, .keepalive(nil)] + hello + [.awaitCue]),
      .init(name: "after", steps: [.connect] + hello + [.awaitCue, .keepalive(nil), .awaitCue]),
      .init(name: "own", steps: [.connect, .keepalive(own)] + hello + [.awaitCue]),
      .init(name: "off", steps: [.connect] + hello + [.awaitCue]),
    ]
    let serveOne: [PeerStep] = [.accept, .receive, .send(DemoScript.answer)]
    var script = DemoScript(
      clients: clients, server: [.listen(receiveBuffer: nil)] + clients.flatMap { _ in serveOne } + [.awaitCue],
      cues: [
        .init(
          moment: .quiet,
          action: .setKernelParameters([
            "tcp_keepalive_time": settings.idle, "tcp_keepalive_intvl": settings.interval,
            "tcp_keepalive_probes": settings.count,
          ])),
        .init(moment: .atOnce, action: .cueClient(1)),
        .init(moment: .seconds(Double(3 * settings.idle + 2)), action: .end),
      ])
    script.needsPrivateNetwork = true
    return script
  }
}
