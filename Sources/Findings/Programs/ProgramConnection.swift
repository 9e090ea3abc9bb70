import ApplicationLog
import KernelView
import PacketWire

/// What is known of a program's connection beside its packets: its calls, its socket, its settings.
///
/// What is kept of it does not grow.
public struct ProgramConnection: Sendable {
  /// The ends that the program's sockets have.
  public private(set) var own: Set<SocketAddress> = []
  /// What its sockets' settings are, by their own ends.
  public private(set) var settings: [SocketAddress: SeenSettings] = [:]
  /// The programs that made calls on it, or have its socket, in that order.
  public private(set) var programs: [String] = []
  /// The first calls by which a program learned that it has ended.
  public private(set) var told: [JoinedCall] = []
  /// The latest call on it that returned.
  public private(set) var latestCall: JoinedCall?
  /// The first call by which a program ended it: close(), or shutdown().
  public private(set) var closing: ApplicationCall?
  /// A call on it that has not returned.
  public private(set) var waiting: ApplicationCall?
  /// How the program ended that made the latest call, where it has.
  public private(set) var ending: ApplicationCall?
  /// Calls that were seen on it.
  public private(set) var calls = 0
  /// What the kernel's socket table said of it last, and when: nanoseconds since the epoch.
  public private(set) var socket: (state: SocketState, time: Int64)?
  /// When its socket had gone from the table.
  public private(set) var goneAt: Int64?
  /// The most probes without an answer that its socket had.
  public private(set) var mostUnanswered = 0
  /// Since when its socket has had probes without an answer.
  public private(set) var unansweredSince: Int64?
  /// The process at this host that is its peer behind a redirect: "envoy[912]"; `nil` where none is known.
  public var proxy: String?

  private static let mostTold = 3
  private static let mostPrograms = 4

  /// Nothing is known yet.
  public init() {}

  /// Takes a call on it, or what happened to a program of it.
  public mutating func take(_ joined: JoinedCall) {
    let call = joined.call
    if call.isEvent {
      // What it does from then on is not known.
      if call.call == "detached" { waiting = nil }
      if ["exit", "killed"].contains(call.call) { ending = call }
      return
    }
    if let local = joined.local { own.insert(local) }
    add(program: call.process)
    calls += 1
    guard call.result != nil else {
      waiting = call
      return
    }
    waiting = nil
    latestCall = joined
    if closing == nil, ["close", "shutdown"].contains(call.call), call.error == nil { closing = call }
    // SIGPIPE and EPIPE may go on for ever.
    let isAgain = told.last.map { $0.call.error == call.error && $0.call.call == call.call } ?? false
    if call.tellsOfTheEnd, told.count < Self.mostTold, !isAgain { told.append(joined) }
  }

  /// Takes the settings of the socket with this end; what was read from it is known better than by calls.
  public mutating func take(_ settings: SeenSettings, of local: SocketAddress) {
    if settings.isKnown, settings.source == .socket || self.settings[local]?.source != .socket {
      self.settings[local] = settings
    }
  }

  /// Takes what the kernel's socket table says of its socket.
  public mutating func take(_ state: SocketState, at time: Int64) {
    socket = (state, time)
    goneAt = nil
    if state.timer == .keepalive {
      unansweredSince = state.unanswered == 0 ? nil : unansweredSince ?? time
    }
    if state.timer == .keepalive { mostUnanswered = max(mostUnanswered, state.unanswered) }
  }

  /// Its socket has gone from the kernel's table.
  public mutating func takeGone(at time: Int64) { goneAt = time }

  /// Takes a program that has its socket, with the socket's own end.
  public mutating func take(owner program: String, of local: SocketAddress) {
    own.insert(local)
    add(program: program)
  }

  private mutating func add(program: String) {
    if programs.count < Self.mostPrograms, !programs.contains(program) { programs.append(program) }
  }
}
