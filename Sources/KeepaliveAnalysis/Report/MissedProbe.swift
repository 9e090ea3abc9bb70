/// A probe that was due before the capture ended, and did not come.
///
/// An answered connection is probed every max(idle, interval) (net/ipv4/tcp_timer.c, tcp_keepalive_timer), as long as its prober
/// lives, and hears nothing else.
public struct MissedProbe: Hashable, Sendable {
  /// Whose it was.
  public let side: Side
  /// The period by which it was due, in seconds.
  public let period: Double
  /// Whether that period was seen; otherwise only the idle time was, and the interval may be longer.
  public let periodIsKnown: Bool
  /// When it was due: nanoseconds since the epoch.
  public let due: Int64
  /// When the connection's last packet came: nanoseconds since the epoch.
  let since: Int64

  /// The probe that `prober` owes.
  ///
  /// - Returns: `nil` where no whole period has passed beyond that probe: timers are late, and it or its answer may be lost.
  init?(_ prober: borrowing ProberRecord, _ record: Connection, captureEnd: Int64, _ clockSteps: [ClockStep]) {
    guard prober.probes > 0, let latest = prober.latest?.time, prober.periods.count + prober.idleGaps.count > 0 else {
      return nil
    }
    periodIsKnown = prober.periods.count > 0
    period = max(periodIsKnown ? prober.periods.longest : prober.idleGaps.longest, Self.shortestPeriod)
    since = max(record.lastTime, latest)
    let silence = captureEnd &- since &- clockSteps.amount(from: since, to: captureEnd)
    guard Double(silence) / 1e9 >= 2 * period + TimerLateness.bound(period) else { return nil }
    side = prober.side
    due = since &+ Int64(period * 1e9)
  }

  /// Shorter periods are taken to be as long, in seconds: packets are handed over late by as much.
  private static let shortestPeriod = 1.0
}
