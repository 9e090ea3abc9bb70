/// When Linux gives up a connection whose peer does not answer any more (net/ipv4/tcp_timer.c).
///
/// The one place for these times: what a capture shows of them, and what a socket's options make them.
public enum GiveUpTime {
  // MARK: - Nothing in flight: keepalive

  /// Seconds from the last segment received to the give-up: a first probe, and then a look each interval.
  ///
  /// The first probe comes after the longer of idle time and interval, where a probe was answered before; else after the idle
  /// time, which is no longer.
  ///
  /// - Parameters:
  ///   - idle: TCP_KEEPIDLE, in seconds.
  ///   - interval: TCP_KEEPINTVL, in seconds.
  ///   - count: TCP_KEEPCNT.
  ///   - userTimeout: TCP_USER_TIMEOUT, in seconds; `nil` where none is set.
  /// - Returns: the seconds, without timers' lateness.
  public static func keepalive(idle: Double, interval: Double, count: Int, userTimeout: Double?) -> Double {
    let first = max(idle, interval)
    let intervals = intervals(after: first, interval: interval, count: count, userTimeout: userTimeout)
    return first + interval * Double(intervals)
  }

  /// The longest that an idle connection is without a packet, in seconds: as late as the timer may be.
  public static func longestSilence(idle: Double, interval: Double) -> Double {
    max(idle, interval) + TimerLateness.bound(max(idle, interval))
  }

  /// Seconds from now to the give-up, where probes are unanswered already.
  ///
  /// - Parameters:
  ///   - unanswered: probes that are not answered yet.
  ///   - next: seconds until the timer fires.
  ///   - silence: seconds since the last segment received.
  ///   - interval: TCP_KEEPINTVL, in seconds.
  ///   - count: TCP_KEEPCNT.
  ///   - userTimeout: TCP_USER_TIMEOUT, in seconds; `nil` where none is set.
  /// - Returns: the seconds, without timers' lateness.
  public static func keepalive(
    unanswered: Int, next: Double, silence: Double, interval: Double, count: Int, userTimeout: Double?
  ) -> Double {
    guard let userTimeout else { return next + interval * Double(max(0, count - unanswered)) }
    let rest = userTimeout - (silence + next)
    return next + interval * max(0, (rest / interval).rounded(.up))
  }

  /// How many intervals after the first probe the kernel gives up: TCP_USER_TIMEOUT replaces the count, and one probe at least is
  /// left unanswered (tcp_keepalive_timer).
  private static func intervals(after first: Double, interval: Double, count: Int, userTimeout: Double?) -> Int {
    guard let userTimeout else { return count }
    return max(1, Int(((userTimeout - first) / interval).rounded(.up)))
  }

  // MARK: - Data in flight: retransmission

  /// TCP_RTO_MIN, in seconds (include/net/tcp.h).
  static let shortestTimeout = 0.2
  /// TCP_RTO_MAX, in seconds, which tcp_rto_max_ms replaces from Linux 6.15 on.
  public static let longestTimeout = 120.0
  /// tcp_retries2's default.
  public static let retries = 15

  /// For how long the kernel sends unacknowledged data again, at least, in seconds: tcp_model_timeout's sum of timeouts that
  /// begin with the shortest and double.
  ///
  /// - Parameters:
  ///   - retries: tcp_retries2.
  ///   - longest: the longest retransmission timeout, in seconds.
  /// - Returns: the seconds, from the first retransmission.
  public static func retransmissionLimit(retries: Int = retries, longest: Double = longestTimeout) -> Double {
    var limit = 0.0
    var timeout = shortestTimeout
    for _ in 0...max(0, retries) {
      limit += timeout
      // Its number of doublings is the logarithm rounded down; from there on the longest counts.
      timeout = timeout * 2 <= longest ? timeout * 2 : longest
    }
    return limit
  }

  /// Seconds from sending data to the give-up, if nothing of it is acknowledged: the kernel gives up at the first timeout that
  /// ends beyond the limit.
  public static func retransmission(
    retries: Int = retries, longest: Double = longestTimeout, userTimeout: Double? = nil
  ) -> ClosedRange<Double> {
    if let userTimeout { return userTimeout...userTimeout + TimerLateness.bound(userTimeout) }
    let limit = retransmissionLimit(retries: retries, longest: longest)
    return limit...limit + longest + TimerLateness.bound(longest)
  }

  /// What a socket tells of data that it has sent again.
  public struct Retransmitting {
    /// The retransmission timeout as it stands, in seconds.
    public let timeout: Double
    /// How often it was doubled.
    public let doublings: Int
    /// The round-trip time, in seconds.
    public let roundTrip: Double
    /// Its mean deviation, in seconds.
    public let roundTripDeviation: Double
    /// How often the data was sent again.
    public let retransmissions: Int
    /// Seconds until it is sent again.
    public let next: Double
    /// Seconds since anything was received.
    public let silence: Double

    /// What a socket tells.
    public init(
      timeout: Double, doublings: Int, roundTrip: Double, roundTripDeviation: Double, retransmissions: Int,
      next: Double, silence: Double
    ) {
      self.timeout = timeout
      self.doublings = doublings
      self.roundTrip = roundTrip
      self.roundTripDeviation = roundTripDeviation
      self.retransmissions = retransmissions
      self.next = next
      self.silence = silence
    }
  }

  /// Seconds from now to the give-up, from a socket's own retransmission timeout.
  ///
  /// The kernel counts from the first retransmission. When that was it does not tell: the timeouts since then say it, each of
  /// which may have been late, and nothing was received since.
  public static func rest(
    of socket: Retransmitting, retries: Int = retries, longest: Double = longestTimeout, userTimeout: Double? = nil
  ) -> ClosedRange<Double> {
    let first = firstTimeouts(socket, longest)
    let times = [first.lowerBound, first.upperBound].map { first in
      (0..<socket.retransmissions).map { min(first * Double(sign: .plus, exponent: $0 + 1, significand: 1), longest) }
    }
    // From the first retransmission to the next timeout: at least the shortest timeouts, at most the longest ones and late.
    let most = min(times[1].reduce(0) { $0 + $1 + TimerLateness.bound($1) }, socket.silence + socket.next)
    let least = min(times[0].reduce(0, +), most)
    if let userTimeout {
      // The timer is set so that it fires then, and no later (tcp_clamp_rto_to_user_timeout).
      let low = max(socket.next, socket.next + userTimeout - most)
      return low...max(low, socket.next + userTimeout - least)
    }
    let limit = retransmissionLimit(retries: retries, longest: longest)
    let low = timeouts(from: most, next: socket.timeout, longest, to: limit, areLate: true)
    let high = timeouts(from: least, next: socket.timeout, longest, to: limit, areLate: false)
    let early = socket.next + low.nominal
    return early...max(early, socket.next + high.late)
  }

  /// What the first timeout may have been.
  ///
  /// Once the longest is reached the doublings do not tell it, but the round trip does: it is that and four times its deviation, at least the shortest (RFC 6298 §2.3); 3 s is the longest seen.
  private static func firstTimeouts(_ socket: Retransmitting, _ longest: Double) -> ClosedRange<Double> {
    let undoubled = socket.timeout * Double(sign: .plus, exponent: -socket.doublings, significand: 1)
    guard socket.timeout >= longest else { return undoubled...undoubled }
    let low = min(longest, socket.roundTrip + max(shortestTimeout, 4 * socket.roundTripDeviation))
    return low...max(low, 3)
  }

  /// The timeouts that come after the next, until the limit has passed: as they are set, and as late as they may be.
  private static func timeouts(
    from begin: Double, next: Double, _ longest: Double, to limit: Double, areLate: Bool
  ) -> (nominal: Double, late: Double) {
    var passed = begin
    var timeout = next
    var sum = (nominal: 0.0, late: 0.0)
    while passed < limit {
      timeout = min(timeout * 2, longest)
      let late = TimerLateness.bound(timeout)
      passed += areLate ? timeout + late : timeout
      sum.nominal += timeout
      sum.late += timeout + late
    }
    return sum
  }
}
