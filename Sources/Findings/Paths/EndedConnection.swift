import KeepaliveAnalysis
import PacketWire

/// A connection that ended in a long silence, though nobody sent anything that was refused: by somebody's timer, it seems.
public struct EndedConnection: Sendable {
  /// How it ended.
  public enum Way: Sendable, Hashable {
    /// One end closed or reset it, though probes were answered.
    case inSpiteOfProbes
    /// One end closed it, and it was not probed.
    case closed
    /// One end reset it, and it was not probed.
    case reset
    /// It was reset in the names of both ends.
    case resetInBothNames
  }

  /// The connection's number.
  public let number: Int
  /// Nanoseconds without data where it was probed, else without any packet.
  public let silence: Int64
  /// Which of its ends did it: "client" or "server".
  public let role: String
  /// How.
  public let way: Way
  /// The TTL of the reset and of that end's other packets, where they differ by more than routes do.
  public let foreignTimeToLive: ForeignTimeToLive?

  init?(_ report: ConnectionReport) {
    guard report.lost == nil, report.hasTimes, !report.isToItself, let way = Self.way(report) else { return nil }
    let seconds = way == .inSpiteOfProbes ? report.silenceOfDataBeforeEnd : report.silence
    guard let silence = seconds.map(Int64.init(nanosecondsIn:)), silence >= 30 * .second else { return nil }
    number = report.number
    self.silence = silence
    self.way = way
    role = report.role(report.subject)
    foreignTimeToLive = report.reset.flatMap(ForeignTimeToLive.init)
  }

  private static func way(_ report: ConnectionReport) -> Way? {
    guard report.verdict == .closed || report.verdict == .reset, report.reset?.answersProbe != true else { return nil }
    if report.verdict == .reset, report.reset?.isOfBothEnds == true { return .resetInBothNames }
    guard report.probers.isEmpty else {
      let wereHeard = report.probers.allSatisfy { $0.unaccepted == 0 }
      return wereHeard && report.probers.contains { $0.answered > 0 } ? .inSpiteOfProbes : nil
    }
    return report.verdict == .reset ? .reset : .closed
  }

  /// The boxes that end connections so after as long.
  func fitting(_ boxes: [PathBox]) -> [PathBox] {
    switch way {
    case .inSpiteOfProbes, .closed: boxes.ending(after: silence, by: .closes)
    // Where the capture is at one end, it has only the reset that went there.
    case .reset: boxes.ending(after: silence, by: .closes) + boxes.ending(after: silence, by: .resetsBothEnds)
    case .resetInBothNames: boxes.ending(after: silence, by: .resetsBothEnds)
    }
  }

  /// Whether another ended after as long a silence, as one timer makes them.
  func isAlike(_ other: EndedConnection) -> Bool { abs(silence - other.silence) <= max(.second, silence / 100) }
}

/// A TTL that is not that of its sender's other packets, so that a box on the path may have sent the packet.
public struct ForeignTimeToLive: Sendable, Hashable {
  /// The packet's.
  public let timeToLive: UInt8
  /// That of its sender's other packets.
  public let usual: UInt8

  init?(_ reset: ResetReport) {
    guard let usual = reset.usualTimeToLive, reset.hasForeignTimeToLive else { return nil }
    timeToLive = reset.timeToLive
    self.usual = usual
  }
}
