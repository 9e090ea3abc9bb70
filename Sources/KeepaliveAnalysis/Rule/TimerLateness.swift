/// How far from its setting a timer may fire.
///
/// Linux's are never early, and later the longer they run: a timer is put into a wheel whose levels have ever coarser
/// steps and fires at the end of its step (kernel/time/timer.c, "Level … Granularity"). The step depends on the kernel's
/// HZ, which a capture does not show, so the coarser of 250 and 1000, the usual two, is taken.
enum TimerLateness {
  /// Steps of the wheel's levels for HZ = 250 and HZ = 1000: up to this many seconds, a step of so many.
  private static let steps: [(upTo: Double, step: Double)] = [
    (0.252, 0.004), (0.504, 0.032), (2.0, 0.064), (4.0, 0.256), (16.1, 0.512), (32.2, 2.048), (129, 4.096),
    (258, 16.384), (1032, 32.768), (2064, 131.072), (.infinity, 262.144),
  ]

  /// What a busy host adds: a timer that finds the socket in use tries again after 50 ms (tcp_keepalive_timer).
  private static let hostDelay = 0.05

  /// The longest that a timer set to `seconds` may be late, in seconds.
  static func bound(_ seconds: Double) -> Double {
    for step in steps where seconds <= step.upTo { return step.step + hostDelay }
    return hostDelay
  }

  /// What another stack's timer may be early or late, and the capturing host's clock fast or slow, in seconds.
  ///
  /// Windows' were seen up to 12 ms early in 45 s; clocks differ by less than 100 ppm.
  static func jitter(_ seconds: Double) -> Double { 0.02 + seconds * 1e-4 }

  /// The shortest setting that fits a gap of `gap` seconds: T ≤ gap ≤ T + lateness(T).
  static func shortestSetting(forGap gap: Double) -> Double {
    max(0, gap - bound(gap))
  }
}
