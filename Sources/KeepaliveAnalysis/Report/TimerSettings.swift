/// What a prober's gaps allow the settings of its timers to be.
struct TimerSettings {
  private(set) var idle: SettingRange?
  private(set) var interval: SettingRange?
  /// What the gaps between unanswered probes measure; `nil` where they are not alike.
  private(set) var intervalGap: Double?
  private(set) var doublingGaps: DoublingGaps?
  private(set) var period: SettingRange?

  init(_ prober: Prober) {
    let periods = prober.record.periods
    period = Self.range(periods, Self.likelyPeriod(periods, prober.record.answerDelays))
    idle = idle(prober.record.idleGaps)
    let unanswered = prober.details.unanswered
    let intervals = unanswered.statistics
    if unanswered.double {
      let end = prober.details.giveUp?.time ?? prober.record.latest?.time ?? unanswered.runBegan
      doublingGaps = DoublingGaps(
        shortest: intervals.shortest, longest: intervals.longest, total: Double(end &- unanswered.runBegan) / 1e9)
    } else if let likely = LikelySetting.seconds(intervals, .interval) {
      interval = Self.range(intervals, likely)
      intervalGap = intervals.usual ?? intervals.shortest
    }
  }

  /// The longer of idle time and interval that somebody likely set, in seconds.
  ///
  /// - Parameters:
  ///   - gaps: from answers to the next probes.
  ///   - delays: from probes to their answers: some stacks count from the probe.
  /// - Returns: the setting; `nil` where none fits.
  static func likelyPeriod(_ gaps: GapStatistics, _ delays: GapStatistics) -> Double? {
    LikelySetting.seconds(gaps, .period(delay: delays.usual ?? 0))
  }

  /// The settings that every one of the gaps allows.
  private static func range(_ gaps: GapStatistics, _ likely: Double?) -> SettingRange? {
    guard gaps.count > 0 else { return nil }
    let low = min(TimerLateness.shortestSetting(forGap: gaps.longest), gaps.shortest)
    return SettingRange(low: low, high: gaps.shortest, observations: gaps.count, widenedTo: likely)
  }

  /// Those that the shortest gap allows, as longer ones may have had other causes; the period is no shorter than the idle time.
  private func idle(_ gaps: GapStatistics) -> SettingRange? {
    guard gaps.count > 0 else { return nil }
    var likely = LikelySetting.seconds(gaps, .idle, other: period?.likely)
    var (low, high) = (TimerLateness.shortestSetting(forGap: gaps.shortest), gaps.shortest)
    if let most = period?.high, most < high {
      // After data in flight the kernel looks again a whole idle time later, so that gap may be twice as long.
      (low, high) = (min(low, most), most)
      if let setting = likely, setting > most { likely = period?.likely }
    }
    return SettingRange(low: low, high: high, observations: gaps.count, widenedTo: likely)
  }
}
