import PacketWire

extension PathExplanation {
  /// What an explanation comes to, of whichever server and connections.
  public struct Cause: Hashable, Sendable {
    private let fits: [PathBox]
    private let survivedBeyond: [PathBox]
    private let endedBy: [String]
    private let hasSurvivors: Bool
    private let wasRefused: Bool
    /// The host, where all of it fell silent: another's silence is another cause.
    private let silentHost: IPAddress?

    fileprivate init(_ explanation: PathExplanation) {
      fits = explanation.fits
      survivedBeyond = explanation.survivedBeyond
      endedBy = explanation.ended.flatMap { together in
        ["\(together.way)", together.connections[0].role] + together.fits.map(\.name)
      }
      hasSurvivors = explanation.survived > 0
      wasRefused = explanation.lost.contains(where: \.wasRefused)
      silentHost = explanation.lost.isEmpty || explanation.othersHeard > 0 ? nil : explanation.server.address
    }
  }

  /// What it comes to, as explanations of one cause are told once.
  ///
  /// It is `nil` where it names no box and no silent host, or leaves something unexplained, so that it is told by itself.
  public var cause: Cause? {
    guard unexplained.isEmpty else { return nil }
    let isNamed = lost.isEmpty ? ended.contains { !$0.fits.isEmpty } : !fits.isEmpty || othersHeard == 0
    return isNamed ? Cause(self) : nil
  }

  /// The explanations of each cause together, in the order of their firsts.
  public static func byCause(_ explanations: [PathExplanation]) -> [[PathExplanation]] {
    var groups: [[PathExplanation]] = []
    var places: [Cause: Int] = [:]
    for explanation in explanations {
      if let cause = explanation.cause, let place = places[cause] {
        groups[place].append(explanation)
      } else {
        if let cause = explanation.cause { places[cause] = groups.count }
        groups.append([explanation])
      }
    }
    return groups
  }
}
