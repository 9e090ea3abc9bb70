import Findings

/// What a box that is asked for (`--through`) would explain of a capture.
struct PathAnswerText {
  /// More servers than this are not named.
  private static let serversShown = 5

  let style: TextStyle

  /// The lines for one box.
  func lines(_ answer: PathAnswer) -> [String] {
    var sentences: [String] = []
    if !answer.explains.isEmpty {
      sentences.append("It would explain \(ConnectionNumbers.text(answer.explains)).")
    }
    if !answer.leavesOpen.isEmpty {
      sentences.append(
        "It would not explain \(ConnectionNumbers.text(answer.leavesOpen)), lost after less silence or in another way.")
    }
    if answer.explains.isEmpty, answer.leavesOpen.isEmpty {
      sentences.append("Nothing was lost that it could explain.")
    }
    if let first = answer.survivors.first {
      let names = answer.survivors.prefix(Self.serversShown).map(\.server.description).joined(separator: ", ")
      let rest = answer.survivors.count - Self.serversShown
      sentences.append(
        "It is not on the path to \(names)\(rest > 0 ? " and \(counted(rest, "more server"))" : ""), where silences of up to "
          + "\(DurationText.text(nanoseconds: first.longest)) were survived.")
    }
    return ["", style.bold(PathThresholdText.title(answer.threshold))]
      + sentences.flatMap { style.wrapped($0, indent: 5) }
  }
}
