import Findings
import PacketWire

/// What a verdict must say, in sentences, each with the frames that prove it.
public enum VerdictText {
  /// The reason for a connection's verdict, in one or two sentences.
  public static func reason(_ report: ConnectionReport) -> String { reason(report, beginningWith: verdict(report)) }

  /// The same with another first sentence, where more is known of its end than packets tell.
  static func reason(_ report: ConnectionReport, beginningWith first: String) -> String {
    var sentences = [first]
    sentences += sameConnection(report)
    sentences += doubtful(report)
    sentences += unaccepted(report)
    sentences += foreignProbes(report)
    sentences += ignored(report)
    sentences += quotedErrors(report)
    sentences += missingPackets(report)
    return sentences.joined(separator: " ")
  }

  /// That the capture has it twice, so that nothing of it counts twice.
  private static func sameConnection(_ report: ConnectionReport) -> [String] {
    guard let same = report.sameConnection else { return [] }
    switch same.how {
    case .otherAddresses:
      return [
        "Connection \(same.number) is the same one under other addresses: a NAT or redirect lies between two places."
      ]
    case .otherDirection:
      return [
        "Connection \(same.number) is its other direction, under other addresses: a redirect on the capturing host, as a "
          + "sidecar has it, or a NAT."
      ]
    case .otherNumbers:
      return [
        "Connection \(same.number) is the same one in other numbers: a proxy that renumbers, as a SYN proxy does, lies "
          + "between two places."
      ]
    }
  }

  // MARK: - What was not accepted

  /// Answers that the capture has, and their prober did not accept, with the proof.
  private static func unaccepted(_ report: ConnectionReport) -> [String] {
    report.probers.filter { $0.unaccepted > 0 }.map { prober in
      let frames = prober.unacceptedFrames.map(frame).joined(separator: " ")
      let more = prober.unaccepted - prober.unacceptedFrames.count
      let name = end(prober.side, report)
      let verb = prober.unacceptedIsCertain ? "were" : "were, it seems,"
      return
        "The answers in this capture (\(frames)\(more > 0 ? " and \(grouped(more)) more" : "")) \(verb) not accepted by "
        + "it (\(name)): dropped on its own host, lost behind the capture point, or rejected. " + proof(prober)
    }
  }

  private static func proof(_ prober: ProberReport) -> String {
    guard let echo = prober.staleEcho else {
      return
        "Its gaps fell to the interval, as after a probe without an answer; a program that had shortened its settings "
        + "would look the same."
    }
    return "Its TSecr stays \(echo), though they brought newer TSvals"
      + (prober.unacceptedIsCertain
        ? "." : "; how long they take from the capture point to it is not known: they may have come later.")
  }

  /// Probes that may be something else.
  private static func doubtful(_ report: ConnectionReport) -> [String] {
    report.probers.compactMap { prober in
      guard let (count, doubt) = prober.doubtful else { return nil }
      return
        "Not certain are \(grouped(count)) of \(counted(prober.probes, "probe")) of the \(report.role(prober.side)): each may "
        + "be \(EventText.reading(doubt))."
    }
  }

  /// Probes that a box on the path may have sent.
  private static func foreignProbes(_ report: ConnectionReport) -> [String] {
    report.probers.compactMap { prober in
      guard let foreign = prober.foreignProbes else { return nil }
      return
        "\(counted(foreign.count, "probe")) in the name of the \(report.role(prober.side)) ha\(foreign.count == 1 ? "s" : "ve") "
        + "TTL \(foreign.timeToLive), where its other packets have \(foreign.usualTimeToLive): a box on the path may send them."
    }
  }

  /// Resets, FINs and SYNs that ended nothing.
  private static func ignored(_ report: ConnectionReport) -> [String] {
    guard let first = report.firstIgnored else { return [] }
    let more = report.ignored > 1 ? " and \(grouped(report.ignored - 1)) more" : ""
    return ["\(frame(first.frame))\(more): \(EventText.ignored(first.what))."]
  }

  // MARK: - ICMP errors

  /// Kinds of ICMP errors that are told one by one.
  private static let errorKindsTold = 3

  private static func quotedErrors(_ report: ConnectionReport) -> [String] {
    let told = report.quotedErrorKinds.prefix(errorKindsTold)
    let rest = report.quotedErrors - told.reduce(0) { $0 + $1.count }
    return told.enumerated().map { index, kind in
      let isSame = index > 0 && kind.first.isLike(told[index - 1].first)
      let what = isSame ? "The same quotes \(EventText.quoted(kind.first.quoted))" : EventText.quotedError(kind.first)
      let frames =
        kind.count == 1
        ? frame(kind.first.frame)
        : "\(frame(kind.first.frame)) to \(frame(kind.latest)), \(grouped(kind.count)) times"
      return "\(what) of the \(report.role(kind.side)) (\(frames)): \(EventText.meaning(kind.first))."
    } + (rest > 0 ? ["\(counted(rest, "more ICMP error")) quote\(rest == 1 ? "s" : "") its packets."] : [])
  }

  /// The error that may take the place of ETIMEDOUT at a prober's give-up: of the latest ICMP error that its kernel kept.
  private static func softError(_ prober: ProberReport, _ report: ConnectionReport) -> String? {
    report.quotedErrorKinds.filter { $0.side == prober.side && [.acknowledgment, .data].contains($0.first.quoted) }
      .compactMap { kind in EventText.errorNumber(kind.first).map { ($0, frame(kind.latest)) } }
      .last.map { "Its program sees ETIMEDOUT, or \($0) because of ICMP \($1)." }
  }

  /// What losses of the capture itself leave open.
  private static func missingPackets(_ report: ConnectionReport) -> [String] {
    guard report.hasGaps else { return [] }
    switch report.verdict {
    case .unanswered, .notProbed, .stalled, .unknown:
      return ["The capture misses packets of it: what seems not sent, or not answered, may be among them."]
    default: return []
    }
  }

  private static func verdict(_ report: ConnectionReport) -> String {
    if report.isToItself { return toItself(report) }
    return switch report.verdict {
    case .dead: dead(report)
    case .reset: reset(report)
    case .stalled: stalled(report)
    case .blocked: blocked(report)
    case .unanswered: unanswered(report)
    case .unknown: unknown(report)
    case .closed: closed(report)
    case .answered: answered(report)
    case .notProbed: notProbed(report)
    }
  }

  /// A socket connected to itself.
  private static func toItself(_ report: ConnectionReport) -> String {
    let end =
      switch report.verdict {
      case .closed: " A FIN (\(frame(report.deciding))) closed it."
      case .reset: " A reset (\(frame(report.deciding))) ended it."
      default: ""
      }
    return "both ends are one socket, \(report.first), connected to itself: each segment is its own peer's, so that "
      + "keepalive probes and their answers cannot be told apart.\(end)"
  }

  static func frame(_ reference: FrameReference) -> String { "#\(reference.frame)" }

  private static func prober(_ report: ConnectionReport) -> ProberReport? {
    report.probers.first { $0.side == report.subject } ?? report.probers.first
  }

  private static func silence(_ report: ConnectionReport) -> String {
    guard let silence = report.silence else { return "an unknown silence" }
    return (report.silenceIsAtLeast ? "at least " : "") + DurationText.text(silence)
  }

  private static func dead(_ report: ConnectionReport) -> String {
    guard let prober = prober(report) else { return "the prober's kernel gave up" }
    let heard = prober.unaccepted > 0 ? "without a word from its peer that it accepted" : "without a word from its peer"
    var text = "\(end(prober.side, report)) gave up (RST \(frame(report.deciding))) after \(silence(report)) \(heard): "
    text += "\(counted(prober.unanswered, "probe")) unanswered, the last \(frame(prober.latest))\(sum(report, prober))."
    if let gaps = prober.doublingGaps {
      text += " " + SettingsText.doubling(gaps)
    } else if prober.unanswered == 1 {
      text += " With one probe the interval is not known: a program's abort would look the same."
    } else if let timeout = prober.userTimeout, let high = timeout.high {
      text +=
        " The count is \(prober.unanswered), or TCP_USER_TIMEOUT is between "
        + "\(DurationText.text(timeout.low)) and \(DurationText.text(high)): the wire looks the same."
    }
    if let other = report.probers.first(where: { $0.side != prober.side })?.giveUp {
      text += " The \(report.role(prober.side.peer)) gave up on it too (RST \(frame(other)))."
    }
    return text + (softError(prober, report).map { " " + $0 } ?? "")
  }

  /// An end by its host; by its role where both ends are of one host.
  private static func end(_ side: Side, _ report: ConnectionReport) -> String {
    let host = report.address(side).address
    return host == report.address(side.peer).address ? "the \(report.role(side))" : host.description
  }

  /// "= idle 2.01 s + 3 × interval 1.02 s", where both were seen.
  private static func sum(_ report: ConnectionReport, _ prober: ProberReport) -> String {
    guard !report.silenceIsAtLeast, let interval = prober.intervalGap, prober.unanswered > 1,
      let silence = report.silence
    else { return "" }
    let first = silence - interval * Double(prober.unanswered)
    guard first > 0 else { return "" }
    return " (idle \(DurationText.text(first)) + \(prober.unanswered) × interval \(DurationText.text(interval)))"
  }

  private static func reset(_ report: ConnectionReport) -> String {
    let sender = report.address(report.subject).address
    let role = report.role(report.subject)
    guard let reset = report.reset else {
      return "a reset in the name of the \(role) \(sender) (\(frame(report.deciding)))."
    }
    var text = "a reset in the name of the \(role) \(sender) (\(frame(reset.frame)))"
    let own = report.probers.first { $0.side == reset.side }?.unanswered ?? 0
    if reset.answersProbe, own > 0 {
      text += ", in answer to a probe, or its own give-up after \(counted(own, "unanswered probe"))"
    } else if reset.answersProbe, let fin = reset.finBefore {
      text +=
        ", in answer to a probe, explained by that end's FIN \(frame(fin))" + before(fin, reset)
        + ": its program had closed, and its kernel has let go of the connection since"
    } else if reset.answersProbe {
      text += ", in answer to a probe: that end does not know the connection any more"
    } else if !report.probers.isEmpty {
      text += ", not in answer to a probe: a program's abort, or a box on the path"
    }
    return text + "; " + origin(reset) + "." + afterwards(reset, report)
  }

  private static func before(_ earlier: FrameReference, _ reset: ResetReport) -> String {
    guard let from = earlier.time, let until = reset.frame.time else { return "" }
    return ", \(DurationText.text(nanoseconds: until - from)) before"
  }

  /// What became of the other end, as far as the capture shows.
  private static func afterwards(_ reset: ResetReport, _ report: ConnectionReport) -> String {
    let other = report.role(reset.side.peer)
    if let frame = reset.receiverWentOn {
      return " The \(other)'s packets go on (\(self.frame(frame))): it may not have accepted the reset."
    }
    guard reset.answersProbe, reset.finBefore != nil, !report.closedBy.contains(reset.side.peer) else { return "" }
    return
      " No FIN of the \(other) was captured: its program leaks the socket, which stood in CLOSE-WAIT, unless it closes it."
  }

  /// Whether the reset looks as if the end itself had sent it.
  private static func origin(_ reset: ResetReport) -> String {
    guard let usual = reset.usualTimeToLive else { return "nothing else of that end was captured to compare it with" }
    if reset.timeToLive != usual, !reset.hasForeignTimeToLive {
      return "its TTL is \(reset.timeToLive), and \(usual) that of the end's packets before: routes differ by as much"
    }
    if usual != reset.timeToLive {
      return "its TTL is \(reset.timeToLive), that end's packets have \(usual): a box on the path may have sent it"
    }
    switch reset.continuesIdentification {
    case true?: return "its TTL (\(usual)) and IP identification continue that end's own"
    case false?: return "its TTL (\(usual)) is that end's own, its IP identification is not"
    case nil: return "its TTL (\(usual)) is that end's own"
    }
  }

  private static func stalled(_ report: ConnectionReport) -> String {
    guard let stall = report.stall else { return "data is unacknowledged." }
    let giveUp = GiveUpTime.retransmission()
    return "\(counted(stall.octets, "byte")) from the \(report.role(stall.side)) unacknowledged since "
      + "\(frame(stall.sent)), \(counted(stall.retransmissions, "retransmission")), the other end silent for \(silence(report)): "
      + "data in flight suspends keepalive. If tcp_retries2 is 15, its default, and no acknowledgment comes, the kernel "
      + "gives up between \(DurationText.text(giveUp.lowerBound)) and \(DurationText.text(giveUp.upperBound)) after it was "
      + "sent, and sends no reset then."
  }

  private static func blocked(_ report: ConnectionReport) -> String {
    let text = "the \(report.role(report.subject.peer))'s window is 0: its program does not read. "
    let since = "since \(frame(report.deciding)), \(silence(report))"
    if let probes = report.windowProbes {
      guard probes.certain == 0 else {
        return text + "\(counted(probes.count, "window probe")) \(since); these are no keepalives."
      }
      return text
        + "\(counted(probes.count, "segment")) \(since), are probes of that window or keepalives, which have the same "
        + "octets: either, it cannot be told, as what went before is not in the capture, or their times fit both."
    }
    guard let data = report.refusedData else { return text }
    return text + "It closed its window over data in flight: \(counted(data.octets, "byte")) from the "
      + "\(report.role(data.side)) \(since), \(counted(data.retransmissions, "retransmission")), acknowledged each time with "
      + "window 0. The \(report.role(data.side))'s kernel goes on as long as it is answered."
  }

  private static func unanswered(_ report: ConnectionReport) -> String {
    guard let prober = prober(report) else { return "probes were unanswered when the capture ended." }
    return
      "\(counted(prober.unanswered, "probe")) of the \(report.role(prober.side)) unanswered when the capture ends, "
      + "the last \(frame(prober.latest)); the other end was silent for \(silence(report)). \(expectedDeath(prober))"
  }

  /// Linux's default of TCP_KEEPCNT (include/net/tcp.h, TCP_KEEPALIVE_PROBES).
  private static let defaultCount = 9

  /// When its kernel would give up, as far as the gaps tell.
  private static func expectedDeath(_ prober: ProberReport) -> String {
    if let gaps = prober.doublingGaps { return SettingsText.doubling(gaps) }
    guard let interval = prober.intervalGap, prober.unanswered > 1 else {
      let reason = prober.unanswered > 2 ? "the gaps between its probes differ" : "the interval was not seen"
      return "When its kernel gives up cannot be said: \(reason)."
    }
    let left = max(1, defaultCount - prober.unanswered + 1)
    return "If the count is \(max(defaultCount, prober.unanswered)), its kernel gives up "
      + "\(DurationText.text(interval * Double(left))) after that probe."
  }

  private static func unknown(_ report: ConnectionReport) -> String {
    guard report.hasTimes else {
      return "the capture's packets have no times: nothing can be said of silences, probes or settings."
    }
    guard let unheard = report.unheard else { return "the capture cannot tell." }
    var text = "no packet from \(report.address(unheard)) on this connection was captured"
    if report.uncertain > 0 {
      text += ": \(report.uncertain) equal segments of its peer are probes or answers to probes, which cannot be known"
    } else if !report.probers.isEmpty {
      text += ": whether the probes were answered cannot be seen"
    }
    return text + "."
  }

  private static func closed(_ report: ConnectionReport) -> String {
    let role = report.role(report.subject)
    var text = "the \(role) sent a FIN (\(frame(report.deciding)))"
    if let silence = report.silence, silence >= 1 {
      text +=
        " after \(DurationText.text(silence)) without \(report.silenceOfDataBeforeEnd == nil ? "a packet" : "data")"
    }
    if report.closedBy.count == 1 { text += "; no FIN of the other end was captured" }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    let isHeard = report.probers.allSatisfy { $0.unaccepted == 0 && $0.foreignAnswers == nil }
    if answered > 0, isHeard {
      text += "; \(counted(answered, "probe")) answered: keepalive did not end it, and could not have kept it open: "
      text += "a program decided that, or a proxy with an idle timeout"
    }
    return text + "."
  }

  private static func answered(_ report: ConnectionReport) -> String {
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    // A probe that stands at the end of the capture may yet be answered.
    let waiting = report.probers.reduce(0) { $0 + $1.unanswered }
    let lost = probes - answered - waiting
    return "\(grouped(answered)) of \(counted(probes, "probe")) answered"
      + (lost > 0 ? " (no answer to \(grouped(lost)) of them was captured, and then one to a later probe)" : "")
      + (waiting > 0 ? " (after \(grouped(waiting)) the capture ends)" : "")
      + (delay(report) ?? "") + (answerer(report) ?? ", by a kernel: this says nothing of its program.")
      + closedWindow(report) + owesWord(report)
  }

  /// Answers that take longer than probes are apart look as if they were others'.
  private static func delay(_ report: ConnectionReport) -> String? {
    guard report.probers.count == 1, let prober = report.probers.first, let delay = prober.answerDelay,
      let interval = (prober.interval ?? prober.period)?.high, delay.lowerBound > interval
    else { return nil }
    return " after \(DurationText.text(delay.lowerBound)), which is longer than the interval"
  }

  /// That another than the end itself may have answered; `nil` where nothing speaks for it.
  private static func answerer(_ report: ConnectionReport) -> String? {
    guard let prober = report.probers.first(where: { $0.foreignAnswers != nil }), let foreign = prober.foreignAnswers
    else { return nil }
    let peer = report.role(prober.side.peer)
    let all = foreign.count >= prober.answered
    let which = all ? "but maybe" : "\(grouped(foreign.count)) of them maybe"
    let without = foreign.lacksTimestamps ? " and no timestamps" : ""
    let with = foreign.lacksTimestamps ? " and timestamps" : ""
    return ", \(which) by a box on the path: the \(peer) may be gone. \(all ? "The" : "Those") answers have TTL "
      + "\(foreign.timeToLive)\(without), where the \(peer)'s other packets have TTL \(foreign.usualTimeToLive)\(with)."
  }

  /// Probes of a closed window look like keepalives.
  private static func closedWindow(_ report: ConnectionReport) -> String {
    guard let side = report.closedWindow, report.probers.contains(where: { $0.side != side }) else { return "" }
    return
      " The \(report.role(side))'s window is 0: its program does not read. Probes of a closed window have the same octets: "
      + "by their times these are keepalives."
  }

  /// Whose turn it is to speak: the end that got data last.
  private static func owesWord(_ report: ConnectionReport) -> String {
    guard let data = report.latestData, let heard = report.lastHeard, heard > data.time else { return "" }
    let silence = DurationText.text(
      nanoseconds: heard - data.time - report.clockSteps.amount(from: data.time, to: heard))
    return " The \(report.role(data.side)) sent data last, \(silence) before the last packet: the "
      + "\(report.role(data.side.peer)) has said nothing since."
  }

  private static func notProbed(_ report: ConnectionReport) -> String {
    guard report.silence ?? 0 >= 1 else { return "no probe was seen, and no silence in which one would be due." }
    return
      "no probe was seen in \(silence(report)) of silence: keepalive is off, its idle time is longer than that, or its "
      + "probes were not captured."
  }
}
