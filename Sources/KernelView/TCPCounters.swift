/// What the kernel counted in this process's network namespace (/proc/net/netstat, the TcpExt lines).
public struct TCPCounters: Sendable {
  /// TCPKeepAlive: keepalive probes sent.
  public let keepaliveProbes: Int
  /// TCPWinProbe: window probes sent.
  public let windowProbes: Int
  /// TCPAbortOnTimeout: connections given up.
  public let abortsOnTimeout: Int

  /// Counters from their parts.
  public init(keepaliveProbes: Int, windowProbes: Int, abortsOnTimeout: Int) {
    self.keepaliveProbes = keepaliveProbes
    self.windowProbes = windowProbes
    self.abortsOnTimeout = abortsOnTimeout
  }

  /// The counters now; `nil` where the kernel does not show them.
  public static func read() -> TCPCounters? {
    guard let text = ProcFile.text("/proc/self/net/netstat") else { return nil }
    return parse(text)
  }

  /// The counters of the file's text: a line of names, then a line of values.
  static func parse(_ text: String) -> TCPCounters? {
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("TcpExt:") }
    guard lines.count == 2 else { return nil }
    let names = lines[0].split(separator: " ").map(String.init)
    let values = lines[1].split(separator: " ").map { Int($0) }
    let table = Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first })
    guard let probes = table["TCPKeepAlive"] ?? nil, let window = table["TCPWinProbe"] ?? nil,
      let aborts = table["TCPAbortOnTimeout"] ?? nil
    else { return nil }
    return TCPCounters(keepaliveProbes: probes, windowProbes: window, abortsOnTimeout: aborts)
  }

  /// What was counted between `earlier` and these.
  public func since(_ earlier: TCPCounters) -> TCPCounters {
    TCPCounters(
      keepaliveProbes: keepaliveProbes - earlier.keepaliveProbes, windowProbes: windowProbes - earlier.windowProbes,
      abortsOnTimeout: abortsOnTimeout - earlier.abortsOnTimeout)
  }
}
