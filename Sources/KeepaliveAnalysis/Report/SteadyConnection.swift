import PacketWire

/// An answered connection of which one end probes and nothing is open: what a row tells that many share, at less cost than
/// its report.
public struct SteadyConnection: Sendable {
  /// The end that opened it.
  public let client: SocketAddress
  /// The end that was opened to.
  public let server: SocketAddress
  /// Probes seen; the latest was answered.
  public let probes: Int
  /// The longest silence in seconds that an answer ended.
  public let longestSilenceSurvived: Double
  /// The long silences that a packet was seen to get through after; `nil` where there was none.
  public let survived: SurvivedSilences?
  private let periods: GapStatistics
  private let answerDelays: GapStatistics

  fileprivate init(
    client: SocketAddress, server: SocketAddress, _ prober: borrowing ProberRecord, _ silences: Silences
  ) {
    self.client = client
    self.server = server
    probes = Int(prober.probes)
    longestSilenceSurvived = prober.longestSilenceSurvived
    survived = SurvivedSilences(silences)
    periods = prober.periods
    answerDelays = prober.answerDelays
  }

  /// Seconds from an answer to the next probe, as a rule; `nil` where no probe followed an answer.
  public var periodGap: Double? { periods.count > 0 ? periods.usual ?? periods.shortest : nil }

  /// The longer of idle time and interval, as somebody likely set it, in seconds: what its report says too.
  ///
  /// It costs more than all the rest.
  public var likelyPeriod: Double? { TimerSettings.likelyPeriod(periods, answerDelays) }
}

extension Connections {
  /// The connection with `number` as a steady one.
  ///
  /// - Returns: `nil` where it is none, or only its report can tell.
  public func steadyConnection(_ number: Int) -> SteadyConnection? {
    let index = index(number)
    let place = Int(table.records[index].prober) >> 1
    guard hasTimes, place > 0, table.records[index].isUndisturbed,
      recogniser.recognised.probers.records[place].isSteady,
      recogniser.recognised.probers.records[place].details == 0
        || recogniser.recognised.probers[detailsAt: place].isSteady,
      MissedProbe(
        recogniser.recognised.probers.records[place], table.records[index], captureEnd: captureEnd, clockSteps) == nil
    else { return nil }
    let silences = silences(index)
    guard silences.open == nil, silences.refused == nil else { return nil }
    let ends = ends(index)
    return SteadyConnection(
      client: ends.client, server: ends.server, recogniser.recognised.probers.records[place], silences)
  }
}

// By the order in which `Connections.report` judges, the verdict is then `answered`.

extension Connection {
  /// Whether both ends were heard, neither ended it, and no data is sent again.
  fileprivate var isUndisturbed: Bool {
    let (first, second) = (first.knowledge, second.knowledge)
    return !traits.contains(.isRetransmitting) && first.intersection(second).contains(.heard)
      && first.union(second).isDisjoint(with: [.fin, .reset])
  }
}

extension ProberRecord {
  /// Whether the only prober's latest probe was answered, and no packet is open whether it got through.
  fileprivate var isSteady: Bool { probes > 0 && unansweredRun == 0 && other == 0 && !hasOpenSilence }
}

extension ProberDetails {
  /// Whether they hold none of what comes before answers in a verdict.
  fileprivate var isSteady: Bool { giveUp == nil && windowProbes == 0 }
}
