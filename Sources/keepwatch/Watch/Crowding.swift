import KeepaliveAnalysis

/// Says, once each, that connections are given up because there are more than may be tracked.
struct Crowding {
  private var isTold = false
  private var lossOfProbedIsTold = false

  /// What is to be said now; `nil` where there is nothing new.
  mutating func news(_ connections: Connections) -> String? {
    let forgotten = connections.forgotten
    if forgotten.protectedCrowdedOut > 0, !lossOfProbedIsTold {
      (isTold, lossOfProbedIsTold) = (true, true)
      return "more connections are probed at once than may be watched: those with the fewest probes are given up; "
        + "--max-connections N watches more"
    }
    guard forgotten.crowdedOut > 0, !isTold else { return nil }
    isTold = true
    return "more connections than may be watched at once: some are given up of which two probes were not seen yet; "
      + "--max-connections N watches more"
  }
}
