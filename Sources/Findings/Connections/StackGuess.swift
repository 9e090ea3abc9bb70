import KeepaliveAnalysis

/// A stack or runtime whose settings and form of probes are known.
struct KnownStack {
  /// Its name, for people.
  let name: String
  /// Seconds; `nil` where each program sets its own.
  let idle: Double?
  let interval: Double?
  let count: Int?
  var sendsGarbage = false
  var omitsTimestamps = false
  /// Whether the gaps between unanswered probes double.
  var doublesGaps = false
  /// Where that is written, or "not verified".
  let source: String

  /// What shows while every probe is answered.
  var period: Double? {
    guard let idle, let interval else { return nil }
    return max(idle, interval)
  }

  /// How many of its values must be seen: an idle time is telling, an interval alone is not; a form is enough where
  /// each program sets its own values.
  var valuesNeeded: Int { idle != nil ? 1 : count != nil ? 2 : 0 }

  static let all = [
    KnownStack(
      name: "the defaults of Linux or lwIP", idle: 7200, interval: 75, count: 9,
      source: "include/net/tcp.h; lwIP src/core/tcp.c"),
    KnownStack(name: "FreeBSD's defaults", idle: 7200, interval: 75, count: 8, source: "sys/netinet/tcp_timer.c"),
    KnownStack(
      name: "macOS or iOS", idle: nil, interval: nil, count: nil, omitsTimestamps: true,
      source: "bsd/netinet/tcp_timer.h"),
    KnownStack(
      name: "Windows' interval and count", idle: nil, interval: 1, count: 10, sendsGarbage: true,
      source: "learn.microsoft.com, SIO_KEEPALIVE_VALS"),
    KnownStack(
      name: "Windows or smoltcp", idle: nil, interval: nil, count: nil, sendsGarbage: true, source: "src/socket/tcp.rs"),
    KnownStack(
      name: "illumos or Solaris", idle: nil, interval: nil, count: nil, sendsGarbage: true, doublesGaps: true,
      source: "illumos, tcp_timers.c"),
    KnownStack(name: "Go's defaults", idle: 15, interval: 15, count: 9, source: "go.dev/issue/62254"),
    KnownStack(name: "Node.js", idle: nil, interval: 1, count: 10, source: "libuv, uv_tcp_keepalive"),
    KnownStack(name: "curl's defaults", idle: 60, interval: 60, count: 9, source: "curl.se, CURLOPT_TCP_KEEPIDLE"),
    KnownStack(name: "lettuce's defaults", idle: 13, interval: 13, count: 3, source: "lettuce, KeepAliveOptions"),
    KnownStack(name: "Redis' defaults", idle: 300, interval: 100, count: 3, source: "redis, anet.c (not verified)"),
  ]
}

/// A guess at the stack or runtime of a prober, from the form of its probes and what its gaps allow its settings to be.
public struct StackGuess: Sendable {
  /// What it may be.
  public let name: String
  /// Where its values are written.
  public let source: String

  /// The guesses that fit, in the order of the table; none where nothing tells.
  public static func guesses(_ prober: ProberReport) -> [StackGuess] {
    KnownStack.all.filter { fits($0, prober) }.map { StackGuess(name: $0.name, source: $0.source) }
  }

  private static func fits(_ stack: KnownStack, _ prober: ProberReport) -> Bool {
    guard stack.sendsGarbage == prober.sendsGarbage, stack.omitsTimestamps == prober.omitsTimestamps,
      stack.doublesGaps == (prober.doublingGaps != nil)
    else { return false }
    // Each value that the capture shows must fit.
    var shown = 0
    for (value, range) in [(stack.idle, prober.idle), (stack.interval, prober.interval), (stack.period, prober.period)]
    {
      guard let value, let range else { continue }
      guard range.low <= value, value <= range.high ?? .infinity else { return false }
      shown += 1
    }
    if let count = stack.count, let range = prober.count, let high = range.high {
      guard (range.low...high).contains(Double(count)) else { return false }
      shown += 1
    }
    return shown >= stack.valuesNeeded
  }
}
