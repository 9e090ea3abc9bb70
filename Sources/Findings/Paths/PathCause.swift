import PacketWire

extension PathExplanation {
  /// What an explanation comes to, of whichever server and connections.
  public struct Cause: Hashable, Sendable {
    private let fits: [String]
    private let survivedBeyond: [String]
    private let closedBy: [String]
    private let hasSurvivors: Bool
    private let wasRefused: Bool
    /// The host, where all of it fell silent: another's silence is another cause.
    private let silentHost: IPAddress?

    fileprivate init(_ explanation: PathExplanation) {
      fits = explanation.fits.map(\.name)
      survivedBeyond = explanation.survivedBeyond.map(\.name)
      closedBy = explanation.closed.flatMap { [$0.role] + $0.fits.map(\.name) }.reduce(into: []) { names, name in
        if !names.contains(name) { names.append(name) }
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
    let isNamed = lost.isEmpty ? closed.contains { !$0.fits.isEmpty } : !fits.isEmpty || othersHeard == 0
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
