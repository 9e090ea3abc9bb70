import Findings

/// How the connections of a capture ended, in a line for each verdict.
struct VerdictTable {
  /// Fewer connections than this need no table: they are told one by one.
  static let tableFrom = 10

  let style: TextStyle

  /// The lines; none where no verdict was given.
  func lines(_ verdicts: VerdictTally) -> [String] {
    let given = Verdict.allCases.filter { verdicts[$0] > 0 }
    guard !given.isEmpty else { return [] }
    return [""]
      + given.flatMap { verdict in
        let label = style.padLeft(grouped(verdicts[verdict]), 8) + "  " + style.pad(style.coloured(verdict), 12)
        return style.beside(label, Self.meaning(verdict), indent: 22)
      }
  }

  /// What a verdict means, in few words.
  private static func meaning(_ verdict: Verdict) -> String {
    switch verdict {
    case .dead: "the prober's kernel gave up: it took no answer to its last probes"
    case .reset: "a reset ended it"
    case .stalled: "data was sent again and again, and not acknowledged"
    case .blocked: "one end's window is 0: its program does not read"
    case .unanswered: "no answer had come to the last probes when the capture ended"
    case .unknown: "the capture does not show what became of it"
    case .closed: "a FIN ended it"
    case .answered: "the last probe was answered: this says nothing of the program"
    case .notProbed: "no probe was seen, and no end of it"
    }
  }
}
