/// What somebody likely set a timer to, by the gaps that it made: of the numbers that fit, the likeliest.
///
/// A number is the likelier, the rounder it is, and the narrower the span in which its timer fires: a gap within
/// milliseconds of a round number tells more than one that a coarse timer may have made. The shares below are estimates of
/// how often each is met; a table of measured gaps holds them (`LikelySettingTests`).
struct LikelySetting {
  /// What kind of gaps are looked at.
  enum Kind {
    /// After data: the idle time.
    case idle
    /// From an answer to the next probe; and the seconds from a probe to its answer, as some stacks count from the probe.
    case period(delay: Double)
    /// Between unanswered probes.
    case interval
  }

  private let seconds: Double
  private let likelihood: Double

  /// The likeliest setting.
  ///
  /// - Parameters:
  ///   - gaps: what is known of the gaps.
  ///   - kind: which they are.
  ///   - other: what another kind of gaps tells of the same timer.
  /// - Returns: the setting in seconds; `nil` where none fits.
  static func seconds(_ gaps: GapStatistics, _ kind: Kind, other: Double? = nil) -> Double? {
    guard gaps.count > 0 else { return nil }
    // Longer idle gaps may have had other causes: after data in flight the kernel looks again a whole idle time later.
    let longest = if case .idle = kind { gaps.shortest } else { gaps.longest }
    let ofAll = likeliest(gaps.shortest...longest, kind, other)
    guard let usual = gaps.usual, let ofMost = likeliest(usual...usual, kind, other),
      ofMost.likelihood * exceptions > ofAll?.likelihood ?? 0
    else { return ofAll?.seconds }
    return ofMost.seconds
  }

  private static func likeliest(_ gaps: ClosedRange<Double>, _ kind: Kind, _ other: Double?) -> LikelySetting? {
    var likeliest: LikelySetting?
    for step in steps {
      let below = (gaps.lowerBound / step).rounded(.down)
      for multiple in [below, below + 1] where multiple > 0 {
        // Tenths have no exact binary form: a product may be off by its last bit.
        let seconds = (multiple * step * 1000).rounded() / 1000
        guard let fit = fit(seconds, gaps, kind) else { continue }
        let likelihood = share(seconds) * fit * (seconds == other ? agreement : 1)
        if likelihood > likeliest?.likelihood ?? 0 {
          likeliest = LikelySetting(seconds: seconds, likelihood: likelihood)
        }
      }
    }
    return likeliest
  }

  /// How much likelier a setting gets where another kind of gaps tells the same.
  private static let agreement = 10.0
  /// How often a few of many gaps have other causes.
  private static let exceptions = 0.3

  // MARK: - How a timer fits

  /// The share of timers that may make such gaps, for each second of the span in which they fire; `nil` where none may.
  private static func fit(_ seconds: Double, _ gaps: ClosedRange<Double>, _ kind: Kind) -> Double? {
    let jitter = TimerLateness.jitter(seconds)
    let isPunctual = { (delay: Double) in
      abs(gaps.lowerBound + delay - seconds) <= jitter && abs(gaps.upperBound + delay - seconds) <= jitter
    }
    if isPunctual(0) { return TimerShare.punctual / (2 * jitter) }
    if case .period(let delay) = kind, isPunctual(delay) { return TimerShare.countingFromProbe / (2 * jitter) }
    // Linux' settings are whole seconds, and so are those of devices that look at their connections every 500 ms.
    guard seconds == seconds.rounded() else { return nil }
    let bound = TimerLateness.bound(seconds)
    if seconds <= gaps.lowerBound, gaps.upperBound <= seconds + bound {
      // The finer the kernel's timers, the less late: the coarsest are the exception.
      return (1 - 0.5 * (gaps.upperBound - seconds) / bound) / bound
    }
    if case .idle = kind, gaps.lowerBound >= seconds - TimerClock.slowTick - jitter, gaps.upperBound <= seconds + jitter
    {
      return TimerShare.early / TimerClock.slowTick
    }
    return nil
  }

  // MARK: - How round a number is

  /// The candidates are multiples of these.
  private static let steps = [
    3600, 1800, 1000, 600, 500, 300, 100, 60, 50, 30, 15, 10, 5, 1, 0.5, 0.1, 0.05, 0.01,
  ]

  /// The share of people who set a timer to `seconds`.
  private static func share(_ seconds: Double) -> Double {
    let isMultiple = { (unit: Double) in seconds.truncatingRemainder(dividingBy: unit) == 0 }
    if isMultiple(3600) { return 0.3 }
    if isMultiple(300) && seconds <= 3600 || isMultiple(60) && seconds <= 360 { return 0.2 }
    let share = shareByDigits(seconds)
    if isMultiple(60) { return max(share, seconds <= 600 ? 0.006 : 0.0005) }
    return isMultiple(1) ? share : share * 0.2
  }

  private static func shareByDigits(_ seconds: Double) -> Double {
    var number = Int((seconds * 1000).rounded())
    while number > 0, number % 10 == 0 { number /= 10 }
    switch number {
    case ..<10: return 0.1
    case ..<100: return number % 10 == 5 ? 0.03 : 0.0016
    default: return 0.0001
    }
  }
}
