import ApplicationLog
import KeepaliveAnalysis
import KernelView
import PacketWire

/// What became of a program's connection: what its packets tell, and where they are silent what calls and the socket table do.
public struct ProgramOutcome: Sendable {
  /// What ended it, or what it stands in.
  public enum Kind: Sendable, Equatable {
    /// The program's own kernel gave up after probes without an answer, and its reset was captured.
    case gaveUp
    /// The same, though the answers to its probes were captured: it did not accept them.
    case gaveUpUnaccepted
    /// The program's own kernel gave up, as a call or the socket table tells; no reset of it was captured.
    case gaveUpUnseen
    /// Its socket has probes without an answer, none of which was captured.
    case unansweredUnseen
    /// The program's own kernel gave up on data that was not acknowledged, as a call tells.
    case gaveUpOnData
    /// Nobody answered connect().
    case neverOpened
    /// What the packets tell.
    case asCaptured
  }

  /// What ended it.
  public let kind: Kind
  /// The verdict, as its word.
  public let verdict: Verdict
  /// The side that is the program's own; `nil` where that is not known.
  ///
  /// Where both are, it is the one that gave up, or else the client's.
  public let ownSide: Side?
  /// What its socket's settings are, as far as they are known.
  public let settings: SeenSettings?
  /// The call that told the program of the kernel's giving up.
  public let evidence: ApplicationCall?

  /// The outcome of a connection.
  public init(_ report: ConnectionReport, _ connection: ProgramConnection) {
    let sides = [Side.first, .second].filter { connection.own.contains(report.address($0)) }
    let subject = report.verdict == .dead ? report.subject : report.client
    ownSide = sides.count == 2 ? subject : sides.first
    settings = ownSide.flatMap { connection.settings[report.address($0)] }
    let gaveUp = connection.told.first {
      ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"].contains($0.call.error)
    }
    evidence = gaveUp?.call
    kind = Self.kind(report, connection, gaveUp?.call, own: ownSide, limit: settings?.probeLimit)
    switch kind {
    case .asCaptured: verdict = report.verdict
    case .neverOpened: verdict = .unknown
    case .unansweredUnseen: verdict = .unanswered
    case .gaveUp, .gaveUpUnaccepted, .gaveUpUnseen, .gaveUpOnData: verdict = .dead
    }
  }

  private static func kind(
    _ report: ConnectionReport, _ connection: ProgramConnection, _ gaveUp: ApplicationCall?, own: Side?,
    limit: Int?
  ) -> Kind {
    let isOwn = own.map { $0 == report.subject } ?? true
    if report.verdict == .dead, isOwn {
      let prober = report.probers.first { $0.side == report.subject }
      return prober?.unaccepted ?? 0 > 0 ? .gaveUpUnaccepted : .gaveUp
    }
    guard let gaveUp else { return bySocket(report, connection, own: own, limit: limit) }
    if gaveUp.call == "connect" { return .neverOpened }
    // A reset by its own end is its kernel's, where a call says that the kernel gave up.
    if report.verdict == .reset {
      guard own == report.subject, connection.mostUnanswered > 0 else { return .asCaptured }
      return .gaveUpUnaccepted
    }
    guard report.verdict != .closed || report.closedBy == own.map({ [$0] }) else { return .asCaptured }
    let isOfData = report.stall.map { own == nil || $0.side == own } ?? false
    if isOfData || connection.socket?.state.timer == .retransmission { return .gaveUpOnData }
    return .gaveUpUnseen
  }

  /// What the kernel's socket table tells where neither a call nor a packet does.
  private static func bySocket(
    _ report: ConnectionReport, _ connection: ProgramConnection, own: Side?, limit: Int?
  ) -> Kind {
    guard ![.dead, .reset, .closed].contains(report.verdict), let (state, time) = connection.socket,
      state.timer == .keepalive, state.unanswered > 0,
      state.unanswered > report.probers.first(where: { $0.side == own })?.unanswered ?? 0
    else { return .asCaptured }
    // All probes were unanswered, the timer was to fire once more, and then the socket was gone.
    let fires = time + Int64(state.expiresIn * 1e9)
    if let gone = connection.goneAt, let limit, state.unanswered >= limit,
      gone >= fires - timerSlack
    {
      return .gaveUpUnseen
    }
    return .unansweredUnseen
  }

  /// A timer is told in milliseconds, and looked at a while later, in nanoseconds.
  private static let timerSlack: Int64 = 300_000_000
}
