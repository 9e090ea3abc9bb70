import KeepaliveAnalysis
import PacketWire

/// A host from which nothing came any more on any connection, from one moment on.
public struct SilentHost: Sendable {
  /// The host.
  public let host: IPAddress
  /// When its last packet came: nanoseconds since the epoch.
  public let lastHeard: Int64
  /// The connections that hang or died since, in the order of their numbers.
  public let connections: [Int]
  /// On which of them a probe of its own was due, and did not come, and when: nanoseconds since the epoch.
  public let missedProbes: [(connection: Int, due: Int64)]
  /// On which of them data waited for it, so that no probe was sent.
  public let stalled: [Int]
  /// How many connections to it were asked for since, by a SYN that was not answered.
  public let unansweredOpenings: Int
}

/// A connection of which one end fell silent.
struct SilentEnd: Sendable {
  /// Why it is known to have.
  enum Sign: Sendable {
    case unansweredProbe, unacknowledgedData, missedProbe
  }

  let number: Int
  let host: IPAddress
  let sign: Sign
  /// When the first packet was due of it that did not come: nanoseconds since the epoch.
  let missed: Int64
  /// Nanoseconds for which nothing had been said before.
  let quietBefore: Int64

  init?(_ report: ConnectionReport) {
    switch report.verdict {
    case .dead, .unanswered:
      guard let prober = report.probers.first(where: { $0.side == report.subject }), prober.unaccepted == 0,
        let latest = prober.latest.time
      else { return nil }
      let interval = prober.intervalGap ?? 0
      host = report.address(report.subject.peer).address
      sign = .unansweredProbe
      missed = latest - Int64(nanosecondsIn: Double(max(0, prober.unanswered - 1)) * interval)
    case .stalled:
      guard let stall = report.stall, let sent = stall.sent.time else { return nil }
      host = report.address(stall.side.peer).address
      sign = .unacknowledgedData
      missed = sent
    case .unknown:
      guard let probe = report.missedProbe else { return nil }
      host = report.address(probe.side).address
      sign = .missedProbe
      missed = probe.due
    default: return nil
    }
    number = report.number
    let missed = missed
    quietBefore = report.lastHeard.map { missed - $0 } ?? .max
  }
}

/// Finds the hosts that fell silent: made of the ends that did, then told when each host was last heard.
struct SilentHosts: Sendable {
  /// So many connections that fell silent soon after their last packet show a host: after long silences a box may have
  /// forgotten each of them.
  private static let fewest = 2
  /// A silence that tells nothing of boxes is shorter, in nanoseconds.
  private static let telling = 30 * Int64.second

  private var ends: [IPAddress: [SilentEnd]] = [:]
  private var lastHeard: [IPAddress: Int64] = [:]
  /// When connections to a host were asked for that it did not answer.
  private var openings: [IPAddress: [Int64]] = [:]
  private static let mostOpenings = 10_000

  mutating func note(_ end: SilentEnd) { ends[end.host, default: []].append(end) }

  /// Whether it matters when hosts were last heard.
  var needsHeard: Bool { ends.values.contains { $0.count >= Self.fewest } }

  /// Takes when an end of a connection was last heard.
  mutating func note(heard host: IPAddress, at time: Int64) {
    guard ends[host] != nil else { return }
    lastHeard[host] = max(lastHeard[host] ?? time, time)
  }

  /// Takes when a connection was asked for that its server never answered.
  mutating func note(unansweredOpeningTo host: IPAddress, at time: Int64) {
    guard ends[host] != nil, openings[host]?.count ?? 0 < Self.mostOpenings else { return }
    openings[host, default: []].append(time)
  }

  /// The hosts that fell silent, those with the most connections first.
  var found: [SilentHost] {
    ends.compactMap { host, ends in
      guard let last = lastHeard[host] else { return nil }
      let since = ends.filter { $0.missed > last }
      guard since.count * 2 > ends.count, since.count(where: { $0.quietBefore < Self.telling }) >= Self.fewest else {
        return nil
      }
      return SilentHost(
        host: host, lastHeard: last, connections: since.map(\.number).sorted(),
        missedProbes: since.filter { $0.sign == .missedProbe }.map { ($0.number, $0.missed) }.sorted { $0.0 < $1.0 },
        stalled: since.filter { $0.sign == .unacknowledgedData }.map(\.number).sorted(),
        unansweredOpenings: openings[host]?.count { $0 > last } ?? 0)
    }
    .sorted { ($0.connections.count, $1.host.description) > ($1.connections.count, $0.host.description) }
  }
}
