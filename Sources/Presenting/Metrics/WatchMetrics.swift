import Findings

/// What a watch tells a monitoring system: what was recognised since it began, and how things stand.
public struct WatchMetrics: Sendable {
  /// How things stand when a monitoring system asks.
  public struct State: Sendable {
    /// Packets captured.
    public var packets = 0
    /// Connections seen so far.
    public var begun = 0
    /// Connections that are tracked now.
    public var tracked = 0
    /// Packets lost, by whom; `nil` where nobody tells.
    public var losses: CaptureLosses?
    /// This host's sockets, judged; `nil` where the kernel does not show them.
    public var sockets: [AuditedConnection]?

    /// Nothing known.
    public init() {}
  }

  /// A count by labels.
  private struct Counts: Sendable {
    private var values: [[String]: Int] = [:]

    mutating func count(_ labels: [String]) { values[labels, default: 0] += 1 }

    func family(_ name: String, _ help: String, _ labels: [String]) -> MetricFamily {
      var family = MetricFamily(name, .counter, help)
      for (key, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
        family.add(zip(labels, key).map { ($0, $1) }, value)
      }
      return family
    }
  }

  /// The verdicts that end a connection; the others are of those that stood when they were forgotten.
  private static let endings: Set<Verdict> = [.dead, .reset, .closed]
  private static let probers = ["local", "remote"]

  private let version: String
  private let began: Int64
  private var probes: [String: Int] = [:]
  private var unanswered: [String: Int] = [:]
  private var giveUps: [String: Int] = [:]
  private var delays = DelayHistogram()
  private var ended = Counts()
  private var services = ServiceLabels()

  /// Nothing recognised yet.
  ///
  /// - Parameters:
  ///   - version: keepwatch's.
  ///   - began: when the watch began, in nanoseconds since the epoch.
  public init(version: String, began: Int64) {
    self.version = version
    self.began = began
  }

  /// Takes what was recognised.
  ///
  /// - Parameters:
  ///   - event: what.
  ///   - isLocal: whether its sender is this host.
  public mutating func note(_ event: KeepaliveEvent, isLocal: Bool) {
    let prober = Self.probers[isLocal ? 0 : 1]
    switch event.kind {
    case .probe(let probe):
      probes[prober, default: 0] += 1
      // That the one before stays unanswered is known when its successor comes.
      if probe.unansweredBefore > 0 { unanswered[prober, default: 0] += 1 }
    case .giveUp(let giveUp):
      giveUps[prober, default: 0] += 1
      if giveUp.unanswered > 0 { unanswered[prober, default: 0] += 1 }
    case .answer(let answer):
      if answer.form != .data, let delay = answer.delay { delays.observe(delay) }
    case .windowProbe, .quotedError, .ignored: break
    }
  }

  /// Takes a connection that is forgotten.
  public mutating func note(forgotten report: ConnectionReport) {
    guard Self.endings.contains(report.verdict) else { return }
    ended.count([services.labelNaming(report.serverAddress), report.verdict.rawValue])
  }

  /// Everything, as it stands.
  public func families(_ state: State) -> [MetricFamily] {
    [
      byProber("keepwatch_probes", "Keepalive probes, by who sent them: this host, or another.", probes),
      byProber(
        "keepwatch_probes_unanswered",
        "Keepalive probes that were followed by another, or by the give-up, before any answer.", unanswered),
      byProber(
        "keepwatch_give_ups", "Connections whose prober's kernel gave up after unanswered probes, by whose it is.",
        giveUps),
      delays.family("keepwatch_probe_answer_delay_seconds", "Seconds from a keepalive probe to its answer."),
      ended.family(
        "keepwatch_connections_ended",
        "Connections that ended, counted a minute later: given up by a prober (dead), by a reset, or closed by a FIN.",
        ["service", "verdict"]),
      MetricFamily("keepwatch_connections_seen", .counter, "TCP connections seen since the watch began.", state.begun),
      MetricFamily("keepwatch_connections_tracked", .gauge, "TCP connections that are watched now.", state.tracked),
      MetricFamily(
        "keepwatch_packets", .counter,
        "Packets captured; where very many come, those with data are left in the kernel.", state.packets),
      MetricFamily(
        "keepwatch_start_time_seconds", .gauge, "When the watch began, in seconds since the epoch.",
        Int(began / 1_000_000_000)),
    ] + losses(state.losses) + sockets(state.sockets) + [BuildMetrics.family(version: version)]
  }

  private func byProber(_ name: String, _ help: String, _ counts: [String: Int]) -> MetricFamily {
    var family = MetricFamily(name, .counter, help)
    for prober in Self.probers { family.add([("prober", prober)], counts[prober] ?? 0) }
    return family
  }

  private func losses(_ losses: CaptureLosses?) -> [MetricFamily] {
    guard let losses else { return [] }
    var family = MetricFamily(
      "keepwatch_capture_dropped_packets", .counter,
      "Packets that the capture lost: in the kernel's buffer, or in the interface or its driver.")
    family.add([("by", "kernel")], losses.byKernel)
    family.add([("by", "interface")], losses.byInterface)
    return [family]
  }

  private func sockets(_ connections: [AuditedConnection]?) -> [MetricFamily] {
    guard let connections else { return [] }
    return [SocketMetrics.family(connections, ServiceLabels(of: connections.map(\.service)))]
  }
}
