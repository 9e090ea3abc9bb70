/// What TCP stacks do, as far as the rules rest on it. Times are in nanoseconds, where no other unit is named.
///
/// What paths and captures do is in `Paths.swift`.

/// The keepalive timer.
enum KeepaliveTimer {
  /// The shortest idle time that can be set, 1 s: TCP_KEEPIDLE is in whole seconds (net/ipv4/tcp.c, tcp_sock_set_keepidle_locked).
  static let shortestIdle: Int64 = 1_000_000_000
  /// The shortest interval that Linux lets one set, 1 s, less what a late last probe takes of it; in seconds.
  static let shortestInterval = 0.95
  /// A shorter gap between probes is no interval: the shortest timers met are of 100 ms (lwIP and Windows count in
  /// milliseconds); in seconds.
  static let shortestGap = 0.1
  /// The longest idle time or interval that can be set, in seconds (include/net/tcp.h, MAX_TCP_KEEPIDLE).
  static let longestSetting = 32_767.0
  /// The most probes in a row (include/net/tcp.h, MAX_TCP_KEEPCNT).
  static let mostProbes = 127
  /// The gaps of an answered prober are even; one shorter than this share of those before is an interval, of an unanswered one.
  static let fallenGap = 0.7
  /// What counts as twice as long where intervals double as a retransmission timer's do (illumos and Solaris, tcp_timers.c), by
  /// timers that are late by a little.
  static let doubling = 1.8...2.2
}

/// The timer that probes a closed window (RFC 9293 §3.8.6.1).
enum PersistTimer {
  /// Each gap is longer than the one before by at least this factor, within the timers' lateness (RFC 6298 §5.5: twice); even
  /// ones are so by less.
  static let leastGrowth = 1.5
  /// More is no doubling: a keepalive's interval may be longer than its idle time.
  static let mostGrowth = 2.6
  /// The gaps at which the growth ends, in seconds: TCP_RTO_MAX, 120 s (include/net/tcp.h).
  static let limit = 119.9...125.0
  /// Data that waited for the window is sent as soon as it opens.
  static let sendDelay: Int64 = 200_000_000
}

/// When timers fire, against what they were set to; in seconds.
enum TimerClock {
  /// The steps of Linux' timer wheel for HZ = 250 and HZ = 1000, the coarser of the two: up to so many seconds, a step of so many
  /// (kernel/time/timer.c, "Level … Granularity").
  static let wheelSteps: [(upTo: Double, step: Double)] = [
    (0.252, 0.004), (0.504, 0.032), (2.0, 0.064), (4.0, 0.256), (16.1, 0.512), (32.2, 2.048), (129, 4.096),
    (258, 16.384), (1032, 32.768), (2064, 131.072), (8257, 262.144), (16_515, 1048.576), (.infinity, 2097.152),
  ]
  /// A timer of Linux that finds the socket in use tries again after this (net/ipv4/tcp_timer.c, tcp_keepalive_timer).
  static let socketIsInUse = 0.05
  /// Other stacks' timers are early or late by this; measured: Windows' are up to 12 ms early in 45 s.
  static let unevenness = 0.02
  /// How often small stacks look at their connections: a first gap may be as much shorter (lwIP, tcp_slowtmr).
  static let slowTick = 0.5
}

/// How many of the timers met are of a kind: estimates, which measured gaps hold (`LikelySettingTests`).
enum TimerShare {
  /// Those that fire within `TimerClock.unevenness` of their setting.
  static let punctual = 0.5
  /// Those that do so, counted from the probe and not from its answer.
  static let countingFromProbe = 0.15
  /// Those that are early by up to `TimerClock.slowTick`.
  static let early = 0.025
}

/// The clock of a stack's timestamps (RFC 7323 §5.4).
enum TimestampClock {
  /// The ticks known: Linux' of 1 ms since 4.13 and 1/HZ before, others' up to a second.
  static let ticks: [Int64] = [
    1_000_000, 3_333_333, 4_000_000, 10_000_000, 100_000_000, 500_000_000, 1_000_000_000,
  ]
  /// No tick is longer: a second (RFC 7323 §5.4), and what the host's clock is slow.
  static let longestTick: Int64 = 1_100_000_000
}

/// When a stack sends an acknowledgment or a reset.
enum Reaction {
  /// What follows a segment within this may have been drawn by it; estimated.
  static let atOnce: Int64 = 300_000_000
  /// An acknowledgment that comes later after all else was not delayed (RFC 9293 §3.8.6.3: under 500 ms).
  static let longestDelayedAcknowledgment: Int64 = 500_000_000
  /// Equal acknowledgments closer together are duplicate ACKs (RFC 5681 §2), no probes.
  static let duplicateAcknowledgments: Int64 = 500_000_000
}

/// The receive window.
enum ReceiveWindow {
  /// The largest shift of the window scale option (RFC 7323 §2.3).
  static let largestScale: UInt32 = 14
  /// The largest window, 2^30 octets (RFC 7323 §2.3).
  static let largest: UInt32 = 1 << 30
}
