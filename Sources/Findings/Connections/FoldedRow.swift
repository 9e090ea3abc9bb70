import KeepaliveAnalysis
import PacketWire

/// What one row tells of many connections of one server and one verdict.
public struct FoldedRow: Sendable {
  /// What somebody likely set, at least and at most; each `nil` where it does not show.
  public struct Settings: Sendable {
    /// TCP_KEEPIDLE, in seconds.
    public fileprivate(set) var idle: ClosedRange<Double>?
    /// TCP_KEEPINTVL, in seconds.
    public fileprivate(set) var interval: ClosedRange<Double>?
    /// TCP_KEEPCNT, where a kernel gave up.
    public fileprivate(set) var count: ClosedRange<Double>?
  }

  /// How many connections.
  public private(set) var count = 0
  /// Whose they are.
  public private(set) var clients = ClientTally()
  /// Whether any of them was probed.
  public private(set) var hasProbers = false
  /// Probes of all of them.
  public private(set) var probes = 0
  /// Those unanswered at the end.
  public private(set) var unanswered = 0
  /// In nanoseconds; `nil` where none has one that matters.
  public var longestSilence: Int64? { longestSeconds.map(Int64.init(nanosecondsIn:)) }
  private var longestSeconds: Double?
  /// The periods that somebody likely set, in seconds; `nil` where none shows.
  public private(set) var periods: ClosedRange<Double>?
  /// When they were last heard, nanoseconds since the epoch: the earliest and the latest; `nil` where that is not known.
  public private(set) var lastHeard: ClosedRange<Int64>?
  /// The settings of those whom the verdict is about.
  public private(set) var settings = Settings()
  /// Of the steady connections those gaps between which the likely periods are known.
  private var knownGaps: ClosedRange<Double>?
  /// The silences of at least 30 s that steady connections survived, and how many of these had one.
  private(set) var survived: SurvivedSilences?
  private(set) var connectionsThatSurvived = 0

  /// Of no connection.
  public init() {}

  /// Takes a connection by its report.
  public mutating func add(_ report: ConnectionReport) {
    count += 1
    clients.add(report.clientAddress.address)
    if let silence = report.silenceTold { longestSeconds = max(longestSeconds ?? silence, silence) }
    if let heard = report.lastHeard { lastHeard = Self.widened(lastHeard, to: heard) }
    if let prober = report.probers.first(where: { $0.side == report.subject }) {
      if let idle = prober.idle?.likely { settings.idle = Self.widened(settings.idle, to: idle) }
      if let interval = prober.interval?.likely { settings.interval = Self.widened(settings.interval, to: interval) }
      if let count = prober.count, count.high != nil { settings.count = Self.widened(settings.count, to: count.low) }
    }
    for prober in report.probers {
      hasProbers = true
      probes += prober.probes
      unanswered += prober.unanswered
      if let period = prober.period?.likely { periods = Self.widened(periods, to: period) }
    }
  }

  /// Takes a connection of which everything is steady.
  ///
  /// What its period likely is costs more than all the rest, so that is asked only where its gaps are shorter or longer than
  /// those before: a row may miss a period that differs from its neighbours' by less than timers are late.
  mutating func add(_ steady: SteadyConnection) {
    count += 1
    clients.add(steady.client.address)
    longestSeconds = max(longestSeconds ?? 0, steady.longestSilenceSurvived)
    hasProbers = true
    probes += steady.probes
    if let gap = steady.periodGap, knownGaps?.contains(gap) != true, let period = steady.likelyPeriod {
      knownGaps = Self.widened(knownGaps, to: gap)
      periods = Self.widened(periods, to: period)
    }
    if let silences = steady.survived {
      connectionsThatSurvived += 1
      survived = survived.map { $0.joined(with: silences) } ?? silences
    }
  }

  private static func widened<Value>(_ range: ClosedRange<Value>?, to value: Value) -> ClosedRange<Value> {
    min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
  }
}
