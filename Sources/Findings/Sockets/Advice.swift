/// How a program is told its keepalive settings, to be pasted.
public struct Advice: Sendable {
  /// What the settings are to be.
  public struct Values: Sendable, Hashable {
    /// TCP_KEEPIDLE, in seconds.
    public let idle: Int
    /// TCP_KEEPINTVL, in seconds.
    public let interval: Int
    /// TCP_KEEPCNT.
    public let count: Int

    /// A dead peer is noticed after two minutes, and no silence is longer than one.
    public static let usual = Values(idle: 60, interval: 10, count: 6)

    /// The usual values, or shorter ones that keep the longest silence, and a probe lost, within a box's patience.
    public init(within seconds: Double) {
      let usual = Values.usual
      let idle = max(1, min(usual.idle, Int(seconds / 3)))
      self.init(idle: idle, interval: max(1, min(usual.interval, idle / 2)), count: usual.count)
    }

    private init(idle: Int, interval: Int, count: Int) {
      self.idle = idle
      self.interval = interval
      self.count = count
    }

    /// Seconds after which a dead peer is noticed.
    public var noticedAfter: Int { idle + interval * count }
  }

  /// Whom it is for: "PostgreSQL, the server".
  public let program: String
  /// The beginnings of its processes' names; none: any program's.
  let processes: [String]
  /// The port of the end of service, where only that tells; `nil`: any.
  let port: UInt16?
  /// The server's port that tells the program as a rule, where nothing else is seen, as in a capture; `nil`: none does.
  var usualPort: UInt16?
  /// Whether it is for connections that the program waits for; `nil`: for both.
  let isIncoming: Bool?
  /// The lines to be pasted, with {idle}, {interval}, {count}, {timeout} in seconds, {idle_ms}, {timeout_ms} in milliseconds.
  let template: [String]
  /// What else is to be known, as a sentence; `nil`: nothing.
  public let remark: String?
  /// Where it is documented.
  public let source: String

  /// The lines to be pasted.
  public func lines(_ values: Values) -> [String] {
    let words = [
      ("{idle}", values.idle), ("{interval}", values.interval), ("{count}", values.count),
      ("{timeout}", values.noticedAfter), ("{idle_ms}", values.idle * 1000),
      ("{timeout_ms}", values.noticedAfter * 1000),
    ]
    return template.map { line in
      words.reduce(line) { text, word in
        text.split(separator: word.0, omittingEmptySubsequences: false).joined(separator: "\(word.1)")
      }
    }
  }

  /// The advice that fits a group, the closest first.
  public static func fitting(_ group: AuditGroup) -> [Advice] {
    table.filter { $0.fits(group.key) }
  }

  /// The advice for connections to a server of which only its port is known; `nil` where that tells no program.
  public static func forServer(at port: UInt16) -> Advice? { table.first { $0.usualPort == port } }

  private func fits(_ key: AuditGroup.Key) -> Bool {
    if let isIncoming, isIncoming != key.isIncoming { return false }
    if let port, port != key.service.port { return false }
    guard !processes.isEmpty else { return port != nil }
    guard let name = key.program else { return false }
    return processes.contains { name.hasPrefix($0) }
  }
}
