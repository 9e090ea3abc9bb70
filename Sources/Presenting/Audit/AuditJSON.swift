import Findings
import KernelView

/// An audit as JSON lines.
extension JSONReport {
  /// A connection: what the kernel's socket table says of it, and what else an audit knows.
  public func socket(
    _ connection: AuditedConnection, forgottenBy boxes: [String], time: Int64, to lines: inout [UInt8]
  ) {
    self.socket(connection.socket, connection, nil, forgottenBy: boxes, time: time, to: &lines)
  }

  /// A socket of a watched program: whose it is, and its settings.
  public func socket(_ owned: OwnedSocket, time: Int64, to lines: inout [UInt8]) {
    socket(owned.socket, nil, owned, forgottenBy: [], time: time, to: &lines)
  }

  /// A socket's line, in which what only an audit knows is `null` elsewhere, and whose it is too, but of a watched program's.
  func socket(
    _ socket: SocketState, _ audited: AuditedConnection?, _ owned: OwnedSocket?, forgottenBy boxes: [String],
    time: Int64,
    to lines: inout [UInt8]
  ) {
    lines.begin("socket")
    lines.member("time", time: time)
    lines.members("src_ip", "src_port", socket.local)
    lines.members("dst_ip", "dst_port", socket.remote)
    lines.member("state", socket.state)
    lines.member("timer", socket.timerName)
    lines.member("unanswered", socket.unanswered)
    lines.member("expires_in", seconds: socket.timeLeft)
    place(audited, owned, &lines)
    settings(audited, owned, &lines)
    traffic(audited, &lines)
    lines.member("forgotten_by", boxes)
    lines.end()
  }

  private func place(_ audited: AuditedConnection?, _ owned: OwnedSocket?, _ lines: inout [UInt8]) {
    let owner = audited?.owners.first ?? owned?.owner
    let peer = audited?.peer?.owner ?? owned?.proxy
    lines.member("pid", owner.map { Int($0.process) })
    lines.member("process", owner?.name)
    lines.member("holders", audited.map { Set($0.owners.map(\.process)).count })
    lines.member("uid", audited.map { Int($0.socket.user) })
    lines.member("inode", audited.map { Int($0.socket.inode) })
    lines.member("netns", audited.map { Int($0.namespace.number) })
    lines.member("netns_name", audited?.namespace.name)
    lines.member("container_id", audited?.container)
    lines.member("incoming", audited?.isIncoming)
    lines.member("peer_pid", peer.map { Int($0.process) })
    lines.member("peer_process", peer?.name)
    lines.member("redirected", audited?.peer?.isRedirected ?? owned?.proxy.map { _ in true })
  }

  private func settings(_ audited: AuditedConnection?, _ owned: OwnedSocket?, _ lines: inout [UInt8]) {
    let settings = audited?.settings.read ?? owned?.settings
    lines.member("keepalive", audited?.settings.keepalive ?? owned?.settings?.keepalive)
    lines.member("idle", seconds: settings?.idle)
    lines.member("interval", seconds: settings?.interval)
    lines.member("count", settings?.count)
    lines.member("user_timeout", seconds: settings.map { $0.userTimeout ?? 0 })
    lines.member("settings_from", audited?.settings.source)
    lines.member("settings_error", audited?.problem.map(SettingsProblemText.word))
    let notice = audited?.notice
    lines.member("notice", notice?.word)
    lines.member("noticed_after", seconds: notice?.after)
    lines.member("not_noticed_before", seconds: notice?.notBefore)
  }

  private func traffic(_ audited: AuditedConnection?, _ lines: inout [UInt8]) {
    lines.member("unread", audited?.socket.unread)
    lines.member("unacknowledged", audited?.socket.unacknowledged)
    lines.member("since_received", seconds: audited?.socket.details?.sinceReceived)
    lines.member("hang", audited?.hang?.kind.rawValue)
    lines.member("gives_up_in_low", seconds: audited?.hang?.givesUpIn?.lowerBound)
    lines.member("gives_up_in_high", seconds: audited?.hang?.givesUpIn?.upperBound)
  }

  /// The last line of an audit.
  public func audit(_ audit: Audit, time: Int64, to lines: inout [UInt8]) {
    lines.begin("audit")
    lines.member("time", time: time)
    lines.member("connections", audit.connections.count)
    lines.member("settings_read", audit.read)
    lines.member("hanging", audit.hanging.count)
    lines.member("never_noticed", audit.neverNoticed.count)
    lines.member("copies", audit.reach.copies)
    lines.member("longest_copy", seconds: audit.reach.longestHeld)
    lines.member("helper_error", audit.reach.helperFailure)
    lines.member("namespaces", audit.reach.namespaces)
    lines.member("unread_namespaces", audit.reach.unreadNamespaces)
    let count = { (holder: Holder) in audit.withoutDescriptor[holder] ?? 0 }
    lines.member("time_wait", count(.timeWait))
    lines.member("accept_queue", count(.acceptQueue))
    lines.member("handshakes", count(.handshake))
    lines.member("orphans", count(.orphan))
    lines.member("unseen", audit.problems.first { $0.problem == .unseenProcess }?.count ?? 0)
    lines.end()
  }
}

extension KnownSettings {
  fileprivate var keepalive: Bool? {
    switch self {
    case .read(let settings): settings.keepalive
    case .off: false
    case .on: true
    case .unknown: nil
    }
  }

  fileprivate var source: String? {
    switch self {
    case .read: "socket"
    case .off, .on: "timer"
    case .unknown: nil
    }
  }
}

extension Notice {
  /// A word for programs.
  var word: String {
    switch self {
    case .never: "never"
    case .after: "after"
    case .notBefore: "not-before"
    case .unknown: "unknown"
    }
  }

  fileprivate var after: Double? { if case .after(let seconds) = self { seconds } else { nil } }

  fileprivate var notBefore: Double? { if case .notBefore(let seconds) = self { seconds } else { nil } }
}
