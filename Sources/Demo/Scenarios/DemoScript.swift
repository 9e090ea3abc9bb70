/// What a demo's programs do, and what the demo does to them meanwhile.
public struct DemoScript: Sendable {
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

    /// What is to be done when.
    static func when(_ moment: Moment, _ action: Action) -> Cue { Cue(moment: moment, action: action) }
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
    /// A prober's kernel gave up.
    case giveUp
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
  public var needsPrivateNetwork: Bool
  /// Whether the kernel's timer is shown as it counts down.
  public var showsTimer: Bool

  /// Whether the demo itself changes the private network on the way.
  public var changesNetwork: Bool {
    cues.contains {
      switch $0.action {
      case .takeLoopbackDown, .setKernelParameters: true
      default: false
      }
    }
  }

  /// A story of one client.
  init(
    client: [PeerStep], server: [PeerStep], cues: [Cue], needsPrivateNetwork: Bool = false, showsTimer: Bool = false
  ) {
    self.init(
      clients: [Client(name: "client", steps: client)], server: server, cues: cues,
      needsPrivateNetwork: needsPrivateNetwork, showsTimer: showsTimer)
  }

  /// A story of several clients.
  init(
    clients: [Client], server: [PeerStep], cues: [Cue], needsPrivateNetwork: Bool = false, showsTimer: Bool = false
  ) {
    self.clients = clients
    self.server = server
    self.cues = cues
    self.needsPrivateNetwork = needsPrivateNetwork
    self.showsTimer = showsTimer
  }
}
