import KeepaliveAnalysis
import PacketWire

/// A moment at which the same happened to many connections of one host.
public struct OverviewMoment: Sendable, Equatable {
  /// What happened.
  public enum Happening: Sendable, Equatable {
    /// It was last heard then, though more was sent to it on these connections.
    case fellSilent
    /// They ended so.
    case ended(Verdict)
  }

  /// When: nanoseconds since the epoch.
  public let time: Int64
  /// What.
  public let happening: Happening
  /// The host.
  public let host: IPAddress
  /// On how many of its connections.
  public let connections: Int

  /// From so many connections on they are many.
  private static let many = 3
  /// Ends that lie no further apart are at one moment.
  private static let apart: Int64 = .second
  /// Orderly ends make a moment only where they are so many times as many: programs close what they have opened.
  private static let orderly = 2
  /// No more moments are told than this, those of the most connections.
  private static let mostTold = 3

  /// The moments of a capture, in the order of time.
  static func moments(
    _ reports: [ConnectionReport], _ lines: [Int: OverviewLine], _ activity: CaptureActivity, captureEnd: Int64
  ) -> [OverviewMoment] {
    guard reports.count >= many else { return [] }
    let servers = Set(reports.map(\.serverAddress.address))
    var byHost: [IPAddress: [ConnectionReport]] = [:]
    for report in reports {
      byHost[report.serverAddress.address, default: []].append(report)
      if report.clientAddress.address != report.serverAddress.address {
        byHost[report.clientAddress.address, default: []].append(report)
      }
    }
    var found: [OverviewMoment] = []
    for (host, own) in byHost where own.count >= many {
      found += [silence(of: host, own, lines, activity)].compactMap(\.self) + ends(of: host, own)
    }
    // Of two hosts of the same connections the server is told.
    let rank = { (moment: OverviewMoment) in
      (-moment.connections, moment.time, servers.contains(moment.host) ? 0 : 1, moment.host.description)
    }
    found.sort { rank($0) < rank($1) }
    // Where one host's connections go to one other, the two tell the same.
    var told: [OverviewMoment] = []
    for moment in found where told.count < mostTold && !told.contains(where: { $0.isSame(as: moment) }) {
      told.append(moment)
    }
    return told.sorted { $0.time < $1.time }
  }

  private func isSame(as other: OverviewMoment) -> Bool {
    happening == other.happening && abs(time - other.time) <= Self.apart
  }

  /// When a host fell silent on many connections at once.
  private static func silence(
    of host: IPAddress, _ reports: [ConnectionReport], _ lines: [Int: OverviewLine], _ activity: CaptureActivity
  ) -> OverviewMoment? {
    guard let latest = activity.latest(of: host) else { return nil }
    let cut = reports.filter { report in
      guard let line = lines[report.number], let lost = line.lostFrom, let inVain = line.firstInVain else {
        return false
      }
      return lost <= latest && latest < inVain
    }
    guard cut.count >= many else { return nil }
    return OverviewMoment(time: latest, happening: .fellSilent, host: host, connections: cut.count)
  }

  /// When many connections of a host ended at once.
  private static func ends(of host: IPAddress, _ reports: [ConnectionReport]) -> [OverviewMoment] {
    [Verdict.reset, .dead, .closed].compactMap { verdict in
      let times = reports.filter { $0.verdict == verdict }.compactMap(\.deciding.time).sorted()
      let least = verdict == .closed ? orderly * many : many
      guard let densest = densest(times), densest.count >= least,
        // Where they end all the time, no moment is special.
        densest.count * 2 >= times.count
      else { return nil }
      return OverviewMoment(
        time: densest.first, happening: .ended(verdict), host: host, connections: densest.count)
    }
  }

  /// The most times that lie together.
  private static func densest(_ times: [Int64]) -> (first: Int64, count: Int)? {
    var best: (first: Int64, count: Int)?
    var from = 0
    for (to, time) in times.enumerated() {
      while time - times[from] > apart { from += 1 }
      if to - from + 1 > best?.count ?? 0 { best = (times[from], to - from + 1) }
    }
    return best
  }
}
