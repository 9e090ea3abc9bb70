import Findings

/// Why a connection stands as it does when the capture ends.
enum StandingText {
  static func stalled(_ report: ConnectionReport) -> String {
    guard let stall = report.stall else { return "Data is unacknowledged." }
    let (sender, other) = (report.role(stall.side), report.role(stall.side.peer))
    let giveUp = GiveUpTime.retransmission()
    let sent = VerdictText.frame(stall.sent)
    return "\(counted(stall.octets, "byte")) of the \(sender) (\(sent)) are unacknowledged after "
      + "\(counted(stall.retransmissions, "retransmission")); the \(other) was silent for \(VerdictText.silence(report)). "
      + "Sent data waits for its acknowledgment, so no probes are sent. With the default tcp_retries2 (15) the \(sender)'s "
      + "kernel gives up \(DurationText.text(giveUp.lowerBound)) to \(DurationText.text(giveUp.upperBound)) after \(sent), "
      + "without a reset."
  }

  static func blocked(_ report: ConnectionReport) -> String {
    let text = "The \(report.role(report.subject.peer))'s window is 0, so its program does not read."
    let since = "since \(VerdictText.frame(report.deciding)), for \(VerdictText.silence(report))"
    if let probes = report.windowProbes {
      guard probes.certain == 0 else {
        return "\(text) \(counted(probes.count, "window probe")) came \(since). These are no keepalives."
      }
      return "\(text) \(counted(probes.count, "segment")) \(since), are probes of that window or keepalives; it cannot "
        + "be told which. Both have the same octets, and their times fit both, or what went before is not in the capture."
    }
    guard let data = report.refusedData else { return text }
    let sender = report.role(data.side)
    return
      "\(text) It closed its window over data in flight. \(counted(data.octets, "byte")) of the \(sender) went out "
      + "again in \(counted(data.retransmissions, "retransmission")) \(since), each acknowledged with window 0. "
      + "The \(sender)'s kernel goes on as long as it is answered."
  }

  static func unanswered(_ report: ConnectionReport) -> String {
    guard let prober = VerdictText.prober(report) else { return "Probes were unanswered when the capture ended." }
    return "\(counted(prober.unanswered, "probe")) of the \(report.role(prober.side)) unanswered when the "
      + "capture ends, the last \(VerdictText.frame(prober.latest)). The \(report.role(prober.side.peer)) was silent for "
      + "\(VerdictText.silence(report)). \(expectedDeath(prober))"
  }

  /// Linux's default of TCP_KEEPCNT (include/net/tcp.h, TCP_KEEPALIVE_PROBES).
  private static let defaultCount = 9

  /// When its kernel would give up, as far as the gaps tell.
  private static func expectedDeath(_ prober: ProberReport) -> String {
    if let gaps = prober.doublingGaps { return SettingsText.doubling(gaps) }
    guard let interval = prober.intervalGap, prober.unanswered > 1 else {
      let reason = prober.unanswered > 2 ? "the gaps between its probes differ" : "the interval was not seen"
      return "When its kernel gives up cannot be said, as \(reason)."
    }
    let left = max(1, defaultCount - prober.unanswered + 1)
    return "If TCP_KEEPCNT is \(max(defaultCount, prober.unanswered)), its kernel gives up "
      + "\(DurationText.text(interval * Double(left))) after that probe."
  }

  static func unknown(_ report: ConnectionReport, _ zone: TimeZoneChoice?) -> String {
    guard report.hasTimes else {
      return "The capture's packets have no times, so nothing can be said of silences, probes or settings."
    }
    if let missed = report.missedProbe { return self.missed(missed, report, zone) }
    guard let unheard = report.unheard else { return "The capture cannot tell." }
    var text = "No packet from \(report.address(unheard)) on this connection was captured."
    if report.uncertain > 0 {
      text +=
        " \(report.uncertain) equal segments of its peer are probes or answers to probes; it cannot be known which."
    } else if !report.probers.isEmpty {
      text += " Whether the probes were answered cannot be seen."
    }
    return text
  }

  /// A probe was due, and did not come.
  private static func missed(_ missed: MissedProbe, _ report: ConnectionReport, _ zone: TimeZoneChoice?) -> String {
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    let time = ClockTime(missed.due, zone ?? .utc).time + (zone == nil ? " UTC" : "")
    let role = report.role(missed.side)
    var sentences = [
      "\(grouped(answered)) of \(counted(probes, "probe")) answered.",
      "The \(role)'s next probe was due at \(time), and none came in the \(VerdictText.silence(report)) from the last packet "
        + "to the capture's end.",
    ]
    if !missed.periodIsKnown {
      let idle = DurationText.text(missed.period)
      sentences.append("It was due later if TCP_KEEPINTVL is longer than the idle time of \(idle).")
    }
    sentences.append(
      "The \(role)'s host fell silent, its keepalive was switched off, or its packets were not captured.")
    return sentences.joined(separator: " ")
  }

  static func answered(_ report: ConnectionReport) -> String {
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    // A probe that stands at the end of the capture may yet be answered.
    let waiting = report.probers.reduce(0) { $0 + $1.unanswered }
    let lost = probes - answered - waiting
    var sentences = ["\(grouped(answered)) of \(counted(probes, "probe")) answered\(delay(report) ?? "")."]
    if lost > 0 {
      sentences.append("No answer to \(grouped(lost)) of them was captured, but one to a later probe was.")
    }
    if waiting > 0 { sentences.append("After the last \(waiting == 1 ? "" : "\(grouped(waiting)) ")the capture ends.") }
    sentences += answerer(report) ?? ["A kernel answers, which says nothing of its program."]
    sentences += closedWindow(report) + owesWord(report)
    return sentences.joined(separator: " ")
  }

  /// Answers that take longer than probes are apart look as if they were others'.
  private static func delay(_ report: ConnectionReport) -> String? {
    guard report.probers.count == 1, let prober = report.probers.first, let delay = prober.answerDelay,
      let interval = (prober.interval ?? prober.period)?.high, delay.lowerBound > interval
    else { return nil }
    return " after \(DurationText.text(delay.lowerBound)), which is longer than the interval"
  }

  /// That another than the end itself may have answered; `nil` where nothing speaks for it.
  private static func answerer(_ report: ConnectionReport) -> [String]? {
    guard let prober = report.probers.first(where: { $0.foreignAnswers != nil }), let foreign = prober.foreignAnswers
    else { return nil }
    let peer = report.role(prober.side.peer)
    let all = foreign.count >= prober.answered
    let which = all ? "The answers" : foreign.count == 1 ? "One answer" : "\(grouped(foreign.count)) answers"
    let have = all || foreign.count > 1 ? "have" : "has"
    let (without, with) = foreign.lacksTimestamps ? (" and no timestamps", " and timestamps") : ("", "")
    return [
      "\(which) \(have) TTL \(foreign.timeToLive)\(without), where the \(peer)'s other packets have TTL "
        + "\(foreign.usualTimeToLive)\(with).",
      all
        ? "A box on the path may have answered, and the \(peer) may be gone."
        : "A box on the path may have sent "
          + "them.",
    ]
  }

  /// Probes of a closed window look like keepalives.
  private static func closedWindow(_ report: ConnectionReport) -> [String] {
    guard let side = report.closedWindow, report.probers.contains(where: { $0.side != side }) else { return [] }
    return [
      "The \(report.role(side))'s window is 0, so its program does not read.",
      "Probes of a closed window have the same octets; by their times these are keepalives.",
    ]
  }

  /// Whose turn it is to speak: the end that got data last.
  private static func owesWord(_ report: ConnectionReport) -> [String] {
    guard let data = report.latestData, let heard = report.lastHeard, heard > data.time else { return [] }
    let silence = DurationText.text(
      nanoseconds: heard - data.time - report.clockSteps.amount(from: data.time, to: heard))
    return [
      "The \(report.role(data.side)) sent data last, \(silence) before the last packet, and the "
        + "\(report.role(data.side.peer)) has said nothing since."
    ]
  }

  static func notProbed(_ report: ConnectionReport) -> String {
    guard report.silence ?? 0 >= 1 else { return "No probe was seen, and no silence in which one would be due." }
    return "No probe was seen in \(VerdictText.silence(report)) of silence. Keepalive is off, its idle time is "
      + "longer than that, or its probes were not captured."
  }
}
