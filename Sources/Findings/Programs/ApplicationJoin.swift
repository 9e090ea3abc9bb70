import ApplicationLog
import KeepaliveAnalysis
import PacketWire

/// A call beside the connection that it was made on.
public struct JoinedCall: Sendable {
  /// The call.
  public var call: ApplicationCall
  /// The connection's number; `nil` where none was captured, or the log does not tell the socket's ends.
  public var connection: Int?
  /// The socket's own end.
  public var local: SocketAddress?
  /// The socket's other end.
  public var remote: SocketAddress?
  /// For a call by which the program learns that the connection has ended: the packet that decided it, and the nanoseconds from
  /// then to the call's return.
  public var learned: (frame: FrameReference, delay: Int64)?

  /// A call on a connection, as far as that is known.
  public init(call: ApplicationCall, connection: Int? = nil, local: SocketAddress?, remote: SocketAddress?) {
    self.call = call
    self.connection = connection
    self.local = local
    self.remote = remote
  }
}

/// Joins programs' calls to the connections of a capture, by the sockets' ends and by time.
public struct ApplicationJoin {
  /// A clock of calls and a clock of packets on one host differ by less, in nanoseconds: a packet may be stamped after the
  /// call that it woke has returned.
  static let slack: Int64 = 10_000_000

  private let connections: Connections
  private var reports: [Int: ConnectionReport] = [:]

  /// A join with what has been analysed so far.
  public init(_ connections: Connections) { self.connections = connections }

  /// What the capture tells of a connection.
  mutating func report(_ number: Int) -> ConnectionReport {
    if let report = reports[number] { return report }
    let report = connections.report(number)
    reports[number] = report
    return report
  }

  /// The call, with its connection and what it tells of its end.
  public mutating func joined(_ call: ApplicationCall) -> JoinedCall {
    var joined = JoinedCall(call: call, local: call.localEnd, remote: call.remoteEnd)
    joined.connection = connection(of: joined)
    guard let number = joined.connection else { return joined }
    if joined.local == nil, let remote = joined.remote {
      let report = report(number)
      joined.local = report.first == remote ? report.second : report.first
    }
    // EPIPE tells of an end that an earlier call could have told, and not when.
    if call.tellsOfTheEnd, call.error != "EPIPE" { joined.learned = learned(joined, report(number)) }
    return joined
  }

  private func connection(of joined: JoinedCall) -> Int? {
    guard let remote = joined.remote else { return nil }
    if let local = joined.local { return connections.connection(between: local, and: remote) }
    // A connect() whose own port the log does not tell: the SYN was captured while it ran.
    guard joined.call.action == .connect, let began = joined.call.began, began <= joined.call.time else { return nil }
    return connections.connection(openedTo: remote, in: began - Self.slack...joined.call.time + Self.slack)
  }

  /// The frame that ended the connection, where the call came after it: the reset or FIN that the program is told of.
  private func learned(_ joined: JoinedCall, _ report: ConnectionReport) -> (frame: FrameReference, delay: Int64)? {
    let call = joined.call
    guard let time = report.deciding.time, let local = joined.local else { return nil }
    let isOwn = report.address(report.subject) == local
    let isTold: Bool =
      switch report.verdict {
      case .dead: isOwn && call.error == "ETIMEDOUT"
      case .reset: !isOwn && call.error == "ECONNRESET"
      case .closed: !isOwn && call.error == nil
      default: false
      }
    guard isTold, call.time >= time - Self.slack else { return nil }
    return (report.deciding, call.time - time)
  }
}
