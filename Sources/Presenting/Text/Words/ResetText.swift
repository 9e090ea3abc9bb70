import Findings

/// Why a reset ended a connection, and who may have sent it.
enum ResetText {
  static func reset(_ report: ConnectionReport) -> String {
    let role = report.role(report.subject)
    guard let reset = report.reset else {
      return "A reset in the name of the \(role) (\(VerdictText.frame(report.deciding))) ended it."
    }
    let sentences = ["A reset in the name of the \(role) (\(VerdictText.frame(reset.frame))) ended it."]
    return (sentences + [cause(reset, report), origin(reset, role)].compactMap(\.self) + afterwards(reset, report))
      .joined(separator: " ")
  }

  /// What drew it; `nil` where that is not known.
  private static func cause(_ reset: ResetReport, _ report: ConnectionReport) -> String? {
    let role = report.role(reset.side)
    if reset.answersProbe {
      let own = report.probers.first { $0.side == reset.side }?.unanswered ?? 0
      if own > 0 {
        return "It answers a probe, or is the \(role)'s own give-up after \(counted(own, "unanswered probe"))."
      }
      guard let fin = reset.finBefore else {
        return "It answers a probe, so its sender does not know the connection any more."
      }
      return "It answers a probe. The \(role) had sent its FIN \(VerdictText.frame(fin))\(before(fin, reset)). Its "
        + "program had closed then, and its kernel has let go of the connection since."
    }
    if let lost = report.lost, lost.wasRefused {
      return "It answers \(VerdictText.frame(lost.frame)), which was sent after \(DurationText.text(lost.length)) of "
        + "silence."
    }
    if report.probers.isEmpty || reset.isOfBothEnds { return nil }
    return "It answers no probe. A program aborted, or a box on the path sent it."
  }

  private static func before(_ earlier: FrameReference, _ reset: ResetReport) -> String {
    guard let from = earlier.time, let until = reset.frame.time else { return "" }
    return ", \(DurationText.text(nanoseconds: until - from)) before"
  }

  /// Whether it looks as if the end itself had sent it.
  private static func origin(_ reset: ResetReport, _ role: String) -> String {
    guard let usual = reset.usualTimeToLive else {
      return "No other packet of the \(role) was captured to compare it with."
    }
    if reset.timeToLive != usual {
      let differs = "Its TTL is \(reset.timeToLive), where the \(role)'s packets before have \(usual)"
      return reset.hasForeignTimeToLive
        ? "\(differs). A box on the path may have sent it." : "\(differs). Routes differ by as much."
    }
    switch reset.continuesIdentification {
    case true?: return "Its TTL (\(usual)) and IP identification continue those of the \(role)'s packets."
    case false?:
      return "Its TTL (\(usual)) is that of the \(role)'s packets; its IP identification does not continue theirs."
    case nil: return "Its TTL (\(usual)) is that of the \(role)'s packets."
    }
  }

  /// What became of the other end, as far as the capture shows.
  private static func afterwards(_ reset: ResetReport, _ report: ConnectionReport) -> [String] {
    let other = report.role(reset.side.peer)
    if reset.isOfBothEnds { return ["Another reset came in the name of the \(other)."] }
    if let frame = reset.receiverWentOn {
      return ["The \(other)'s packets go on (\(VerdictText.frame(frame))), so it may not have accepted the reset."]
    }
    guard reset.answersProbe, reset.finBefore != nil, !report.closedBy.contains(reset.side.peer) else { return [] }
    return [
      "No FIN of the \(other) was captured. Its program leaks the socket (CLOSE-WAIT) unless it closes it."
    ]
  }
}
