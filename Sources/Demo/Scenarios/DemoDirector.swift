/// What has been seen of a demo so far.
public struct DemoProgress: Sendable {
  /// When something was last captured or called, in nanoseconds since the epoch.
  public var lastActivity: Int64 = 0
  /// Probes in a row that are unanswered.
  public var unanswered = 0
  /// Probes that an acknowledgment answered.
  public var answers = 0
  /// The probes of each end that sent any, the fewest first.
  public var probesOfEnds: [Int] = []
  /// Window probes.
  public var windowProbes = 0
  /// Resets that answered a probe.
  public var refusals = 0
  /// Give-ups of a prober's kernel.
  public var giveUps = 0
  /// Whether every client program has ended.
  public var clientsEnded = false

  /// Nothing seen.
  public init() {}
}

/// Goes through a script's cues: each waits for its moment, and the next for it.
public struct DemoDirector: Sendable {
  private var cues: ArraySlice<DemoScript.Cue>
  private var since: Int64

  /// A director of `cues`, from `time` on: nanoseconds since the epoch.
  public init(_ cues: [DemoScript.Cue], at time: Int64) {
    self.cues = cues[...]
    since = time
  }

  /// What is to be done now, in order.
  public mutating func dueActions(_ progress: DemoProgress, at time: Int64) -> [DemoScript.Action] {
    var actions: [DemoScript.Action] = []
    while let cue = cues.first, isDue(cue.moment, progress, at: time) {
      actions.append(cue.action)
      cues = cues.dropFirst()
      since = time
    }
    return actions
  }

  private func isDue(_ moment: DemoScript.Moment, _ progress: DemoProgress, at time: Int64) -> Bool {
    switch moment {
    case .atOnce: true
    case .quiet: progress.lastActivity > 0 && time - max(progress.lastActivity, since) > 333_000_000
    case .seconds(let seconds): Double(time - since) / 1e9 >= seconds
    case .unanswered(let count): progress.unanswered >= count
    case .answers(let count): progress.answers >= count
    case .probesOfEach(let count): progress.probesOfEnds.count > 1 && progress.probesOfEnds.allSatisfy { $0 >= count }
    case .windowProbes(let count): progress.windowProbes >= count
    case .refusal: progress.refusals > 0
    case .giveUp: progress.giveUps > 0
    case .clientsEnded: progress.clientsEnded
    }
  }
}
