import ArgumentParser
import Demo

/// The settings of keepalive on the client's socket.
struct KeepaliveOptions: ParsableArguments {
  @Option(help: ArgumentHelp("TCP_KEEPIDLE in seconds, 1 to 32767. (default: 2)", valueName: "s"))
  var idle: Int?

  @Option(help: ArgumentHelp("TCP_KEEPINTVL in seconds, 1 to 32767. (default: 1)", valueName: "s"))
  var interval: Int?

  @Option(help: ArgumentHelp("TCP_KEEPCNT, 1 to 127. (default: 3, unless the scenario is about it)", valueName: "n"))
  var count: Int?

  @Option(help: ArgumentHelp("TCP_USER_TIMEOUT in milliseconds; 0 leaves it off.", valueName: "ms"))
  var userTimeout: Int?

  /// The settings for a scenario, whose own stand where the user said nothing.
  func settings(for scenario: DemoScenario) -> KeepaliveSettings {
    scenario.settings(idle: idle, interval: interval, count: count, userTimeout: userTimeout)
  }

  /// The options as words, for another process.
  var words: [String] {
    [("--idle", idle), ("--interval", interval), ("--count", count), ("--user-timeout", userTimeout)]
      .flatMap { name, value in value.map { [name, "\($0)"] } ?? [] }
  }

  /// The kernel's limits (include/net/tcp.h, MAX_TCP_KEEPIDLE and the like).
  func check() throws {
    for (name, value, limit, unit) in [
      ("--idle", idle, 32767, " seconds"), ("--interval", interval, 32767, " seconds"), ("--count", count, 127, ""),
    ] {
      if let value, !(1...limit).contains(value) {
        throw ValidationError("\(name) must be 1 to \(limit)\(unit).")
      }
    }
    if let userTimeout, !(0...Int(Int32.max)).contains(userTimeout) {
      throw ValidationError("--user-timeout must be 0 to \(Int32.max) milliseconds.")
    }
  }
}
