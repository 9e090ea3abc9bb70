/// What paths and captures do to a connection's packets, as far as the rules rest on it. Times are in nanoseconds.
///
/// What stacks do is in `Stacks.swift`.

/// The way between the ends.
enum NetworkPath {
  /// Packets that crossed or overtook one another stand so far apart in a capture, measured; no idle time can be set as short.
  static let longestCrossing: Int64 = 50_000_000
  /// Where a round trip was not seen, an acknowledgment that is not there after so long will not come; measured: 3 s.
  static let longestRoundTrip: Int64 = 4_000_000_000
  /// What was under way when a reset came stands no later than this after it; estimated.
  static let underWay: Int64 = 1_000_000_000
  /// A round trip that is not known is taken to be no longer, estimated: a prober that sends sooner may not have heard the
  /// answer yet, and a packet this close to the capture's end may yet be answered.
  static let likelyRoundTrip: Int64 = 500_000_000
  /// A round trip varies by this much at least.
  static let delayVariation: Int64 = 200_000_000
  /// An overtaken packet's IP identification is older by less than this many; more is chance, of a host that numbers at random.
  static let identificationsOvertaken: Int16 = 1000
  /// The TTL varies by this, as routes change and packets of one end take several; measured: 1, from one answer to the next.
  static let routeVariation: UInt8 = 4
  /// A shorter silence tells nothing of boxes that forget idle connections: half of the shortest timeout known (`Diagnosis`, the
  /// table of boxes).
  static let tellingSilence: Int64 = 30_000_000_000
}

/// The places where packets are captured: what stands twice in a file is one packet.
enum CapturePlaces {
  /// The same packet within this needs no more proof: no kernel probes that fast.
  static let delay: Int64 = 3_000_000
  /// The same, where it came by another interface or VLAN, or repeats its sender's latest identification; measured: up to 50 ms.
  static let delayElsewhere: Int64 = 50_000_000
  /// The same, where routers lie between the two places, which took their part of the TTL: one host's packets to another have one
  /// TTL, and no stack probes as fast as this.
  static let delayBehindRouters: Int64 = 450_000_000
  /// The same, where an identification or timestamp is there to repeat: a probe sent anew would have new ones.
  static let delayIdentified: Int64 = 1_000_000_000
}

/// The order and the clock of a capture.
enum CaptureOrder {
  /// Packets of two interfaces, or of a clock that is set right, go back in time by less than this.
  static let disorder: Int64 = 250_000_000
  /// What goes back by less is no step of the capturing host's clock.
  static let shortestClockStep: Int64 = 1_000_000_000
  /// The capturing host's clock and an end's go apart by less than this share: 100 ppm.
  static let clockDrift = 1e-4
  /// A capture misses fewer octets at once, 16 MiB: numbers further apart are not of one connection.
  static let mostMissed: UInt32 = 1 << 24
  /// A gap may be twice as long because the capture lost a probe; not so many in a row.
  static let doublingsByLoss = 2
}
