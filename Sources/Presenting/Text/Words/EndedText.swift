import Findings

/// Why a connection has ended: given up, or closed.
enum EndedText {
  /// The prober's kernel gave up.
  static func dead(_ report: ConnectionReport) -> String {
    guard let prober = VerdictText.prober(report) else { return "The prober's kernel gave up." }
    let heard = prober.unaccepted > 0 ? "without a word from its peer that it accepted" : "without a word from its peer"
    var sentences = [
      "\(VerdictText.endFirst(prober.side, report)) gave up (RST \(VerdictText.frame(report.deciding))) after "
        + "\(VerdictText.silence(report)) \(heard)\(sum(report, prober)).",
      "\(counted(prober.unanswered, "probe")) unanswered, the last \(VerdictText.frame(prober.latest)).",
    ]
    if let gaps = prober.doublingGaps {
      sentences.append(SettingsText.doubling(gaps))
    } else if prober.unanswered == 1 {
      sentences.append("One probe shows no interval, so a program's abort would look the same.")
    } else if let timeout = prober.userTimeout, let high = timeout.high {
      sentences.append(
        "TCP_KEEPCNT is \(prober.unanswered), or TCP_USER_TIMEOUT is \(DurationText.text(timeout.low)) to "
          + "\(DurationText.text(high)); packets cannot tell which.")
    }
    if let other = report.probers.first(where: { $0.side != prober.side })?.giveUp {
      sentences.append("The \(report.role(prober.side.peer)) gave up on it too (RST \(VerdictText.frame(other))).")
    }
    if let error = softError(prober, report) { sentences.append(error) }
    return sentences.joined(separator: " ")
  }

  /// " = idle 2.01 s + 3 × interval 1.02 s", where both were seen.
  private static func sum(_ report: ConnectionReport, _ prober: ProberReport) -> String {
    guard !report.silenceIsAtLeast, let interval = prober.intervalGap, prober.unanswered > 1,
      let silence = report.silence
    else { return "" }
    let first = silence - interval * Double(prober.unanswered)
    guard first > 0 else { return "" }
    return " (idle \(DurationText.text(first)) + \(prober.unanswered) × interval \(DurationText.text(interval)))"
  }

  /// The error that may take the place of ETIMEDOUT at a prober's give-up: of the latest ICMP error that its kernel kept.
  private static func softError(_ prober: ProberReport, _ report: ConnectionReport) -> String? {
    report.quotedErrorKinds.filter { $0.side == prober.side && [.acknowledgment, .data].contains($0.first.quoted) }
      .compactMap { kind in EventText.errorNumber(kind.first).map { ($0, VerdictText.frame(kind.latest)) } }
      .last.map { "Its program sees ETIMEDOUT, or \($0) because of ICMP \($1)." }
  }

  /// A FIN ended it.
  static func closed(_ report: ConnectionReport) -> String {
    var text = "The \(report.role(report.subject)) closed it (FIN \(VerdictText.frame(report.deciding)))"
    if let silence = report.silence, silence >= 1 {
      text +=
        " after \(DurationText.text(silence)) without \(report.silenceOfDataBeforeEnd == nil ? "a packet" : "data")"
    }
    text += "."
    if report.closedBy.count == 1 { text += " No FIN of the other end was captured." }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    let isHeard = report.probers.allSatisfy { $0.unaccepted == 0 && $0.foreignAnswers == nil }
    if answered > 0, isHeard {
      text +=
        " \(counted(answered, "probe")) answered, so keepalive was not the cause. A program closed it, or a proxy with "
        + "an idle timeout."
    }
    return text
  }

  /// A socket connected to itself.
  static func toItself(_ report: ConnectionReport) -> String {
    let end =
      switch report.verdict {
      case .closed: " A FIN (\(VerdictText.frame(report.deciding))) closed it."
      case .reset: " A reset (\(VerdictText.frame(report.deciding))) ended it."
      default: ""
      }
    return "Both ends are one socket, \(report.first), connected to itself. Each segment is its own peer's, so that "
      + "keepalive probes and their answers cannot be told apart.\(end)"
  }
}
