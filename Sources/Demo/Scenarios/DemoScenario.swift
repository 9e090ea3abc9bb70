/// A scenario of the demo: what happens, what to learn from it, and how it is known to end.
///
/// Each is one value, in the files beside this one, and stands in `all`; nothing else knows one by its name.
public struct DemoScenario: Sendable {
  /// Its name on the command line.
  public let name: String
  /// What happens, and the question it asks; two lines.
  public let story: [String]
  /// What to learn from it: two sentences.
  public let lesson: String
  /// What the defaults (7200 s, 75 s, 9; off unless a program turns keepalive on) would make of it.
  public let byDefault: String
  /// The verdict on the first connection that it is known to end with; see `Verdict` of KeepaliveAnalysis.
  public let expectedVerdict: String
  /// What keepalive had to do with the end, for the table of all scenarios.
  public let contribution: String
  /// The smallest TCP_KEEPCNT with which it can happen.
  public var fewestProbes = 1
  /// TCP_KEEPCNT, where the user does not say.
  var usualCount = 3
  /// TCP_USER_TIMEOUT in milliseconds, where the user does not say, for an idle time and an interval in seconds.
  ///
  /// It is looked at when the timer fires: halfway between two probes leaves no doubt which one is the last.
  var usualUserTimeout: @Sendable (_ idle: Int, _ interval: Int) -> Int = { _, _ in 0 }
  /// What is said of the client's socket, for the client's settings.
  var client: @Sendable (KeepaliveSettings) -> String = { $0.socketOptions }
  /// What is said of the server's.
  var server: @Sendable (KeepaliveSettings) -> String = { _ in "SO_KEEPALIVE off" }
  /// What the programs do, and what the demo does to them, for the client's settings.
  public let script: @Sendable (KeepaliveSettings) -> DemoScript

  /// Every scenario, in the order in which they are told.
  public static let all: [DemoScenario] = [
    .healthy, .silentPeer, .silentThenBack, .forgetfulBox, .killedServer, .killedWithUnreadData, .zombieKernel,
    .lostState,
    .frozenServer, .dataInFlight, .zeroWindow, .keepaliveIntoZeroWindow, .userTimeout, .userTimeoutLonger, .bothEnds,
    .halfClosed, .noRoute, .noKeepalive, .defaults, .systemWide,
  ]

  /// The scenario called `name`; `nil` where there is none.
  public static func named(_ name: String) -> DemoScenario? { all.first { $0.name == name } }

  /// What keepalive is set to, where the user does not say: idle and interval in seconds, the count, and TCP_USER_TIMEOUT in
  /// milliseconds.
  public func settings(idle: Int?, interval: Int?, count: Int?, userTimeout: Int?) -> KeepaliveSettings {
    let idle = idle ?? 2
    let interval = interval ?? 1
    return KeepaliveSettings(
      idle: idle, interval: interval, count: count ?? usualCount,
      userTimeout: userTimeout ?? usualUserTimeout(idle, interval))
  }

  /// What is said of the client's socket above the time line.
  public func clientSettings(_ settings: KeepaliveSettings) -> String { client(settings) }

  /// What is said of the server's.
  public func serverSettings(_ settings: KeepaliveSettings) -> String { server(settings) }
}
