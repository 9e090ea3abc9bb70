/// How far from its setting a timer may fire.
///
/// Linux's are never early, and later the longer they run: a timer is put into a wheel whose levels have ever coarser
/// steps and fires at the end of its step (kernel/time/timer.c, "Level … Granularity"). The step depends on the kernel's
/// HZ, which a capture does not show, so the coarser of 250 and 1000, the usual two, is taken.
enum TimerLateness {

  /// The longest that a timer set to `seconds` may be late, in seconds.
  static func bound(_ seconds: Double) -> Double {
    for step in TimerClock.wheelSteps where seconds <= step.upTo { return step.step + TimerClock.socketIsInUse }
    return TimerClock.socketIsInUse
  }

  /// What another stack's timer may be early or late, and the capturing host's clock fast or slow, in seconds.
  ///
  /// Windows' were seen up to 12 ms early in 45 s; clocks differ by less than 100 ppm.
  static func jitter(_ seconds: Double) -> Double { TimerClock.unevenness + seconds * CaptureOrder.clockDrift }

  /// The shortest setting that fits a gap of `gap` seconds: T ≤ gap ≤ T + lateness(T).
  static func shortestSetting(forGap gap: Double) -> Double {
    max(0, gap - bound(gap))
  }
}
