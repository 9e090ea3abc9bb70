import Findings
import PacketWire

/// What a verdict must say, in sentences, each with the frames that prove it.
public enum VerdictText {
  /// The reason for a connection's verdict, in a few sentences.
  ///
  /// - Parameters:
  ///   - report: what is told of.
  ///   - zone: in which times of day are told, as all others beside it; `nil`: in UTC, which is said.
  /// - Returns: sentences.
  public static func reason(_ report: ConnectionReport, in zone: TimeZoneChoice? = nil) -> String {
    reason(report, beginningWith: verdict(report, zone))
  }

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

  private static func verdict(_ report: ConnectionReport, _ zone: TimeZoneChoice?) -> String {
    if report.isToItself { return EndedText.toItself(report) }
    return switch report.verdict {
    case .dead: EndedText.dead(report)
    case .reset: ResetText.reset(report)
    case .stalled: StandingText.stalled(report)
    case .blocked: StandingText.blocked(report)
    case .unanswered: StandingText.unanswered(report)
    case .unknown: StandingText.unknown(report, zone)
    case .closed: EndedText.closed(report)
    case .answered: StandingText.answered(report)
    case .notProbed: StandingText.notProbed(report)
    }
  }

  // MARK: - Words of all verdicts

  static func frame(_ reference: FrameReference) -> String { "#\(reference.frame)" }

  static func prober(_ report: ConnectionReport) -> ProberReport? {
    report.probers.first { $0.side == report.subject } ?? report.probers.first
  }

  static func silence(_ report: ConnectionReport) -> String {
    guard let silence = report.silence, silence > 0 else { return "an unknown time" }
    return (report.silenceIsAtLeast ? "at least " : "") + DurationText.text(silence)
  }

  /// An end by its host; by its role where both ends are of one host.
  static func end(_ side: Side, _ report: ConnectionReport) -> String {
    let host = report.address(side).address
    return host == report.address(side.peer).address ? "the \(report.role(side))" : host.description
  }

  /// The same at the beginning of a sentence.
  static func endFirst(_ side: Side, _ report: ConnectionReport) -> String {
    let text = end(side, report)
    return text.hasPrefix("the ") ? "The" + text.dropFirst(3) : text
  }

  // MARK: - What was seen beside it

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

  /// Answers that the capture has, and their prober did not accept, with the proof.
  private static func unaccepted(_ report: ConnectionReport) -> [String] {
    report.probers.filter { $0.unaccepted > 0 }.map { prober in
      let frames = prober.unacceptedFrames.map(frame).joined(separator: " ")
      let more = prober.unaccepted - prober.unacceptedFrames.count
      let which = "the answers in this capture (\(frames)\(more > 0 ? " and \(grouped(more)) more" : ""))"
      let end = end(prober.side, report)
      let isCertain = prober.unacceptedIsCertain
      return (isCertain ? "\(endFirst(prober.side, report)) did" : "It seems that \(end) did")
        + " not accept \(which). "
        + "They were dropped on its own host, lost behind the capture point, or rejected. " + proof(prober)
    }
  }

  private static func proof(_ prober: ProberReport) -> String {
    guard let echo = prober.staleEcho else {
      return
        "Its gaps fell to the interval, as after a probe without an answer; a program that had shortened its settings "
        + "would look the same."
    }
    return "Its TSecr stays \(echo), though they brought newer TSvals."
      + (prober.unacceptedIsCertain
        ? "" : " How long they take from the capture point to it is not known, so they may have come later.")
  }

  /// Probes that may be something else.
  private static func doubtful(_ report: ConnectionReport) -> [String] {
    report.probers.compactMap { prober in
      guard let (count, doubt) = prober.doubtful else { return nil }
      let which = "\(grouped(count)) of \(counted(prober.probes, "probe")) of the \(report.role(prober.side))"
      return count == 1
        ? "\(which) is not certain. It may be \(EventText.reading(doubt))."
        : "\(which) are not certain. Each may be \(EventText.reading(doubt))."
    }
  }

  /// Probes that a box on the path may have sent.
  private static func foreignProbes(_ report: ConnectionReport) -> [String] {
    report.probers.compactMap { prober in
      guard let foreign = prober.foreignProbes else { return nil }
      return
        "\(counted(foreign.count, "probe")) in the name of the \(report.role(prober.side)) ha\(foreign.count == 1 ? "s" : "ve") "
        + "TTL \(foreign.timeToLive), where its other packets have \(foreign.usualTimeToLive). A box on the path may send them."
    }
  }

  /// Resets, FINs and SYNs that ended nothing.
  private static func ignored(_ report: ConnectionReport) -> [String] {
    guard let first = report.firstIgnored else { return [] }
    let more = report.ignored - 1
    return ["\(frame(first.frame)) is \(EventText.ignored(first.what))"]
      + (more > 0 ? ["So \(more == 1 ? "was" : "were") \(counted(more, "later segment"))."] : [])
  }

  /// Kinds of ICMP errors that are told one by one.
  private static let errorKindsTold = 3

  private static func quotedErrors(_ report: ConnectionReport) -> [String] {
    let told = report.quotedErrorKinds.prefix(errorKindsTold)
    let rest = report.quotedErrors - told.reduce(0) { $0 + $1.count }
    return told.enumerated().map { index, kind in
      let isSame = index > 0 && kind.first.isLike(told[index - 1].first)
      let what =
        isSame ? "The same error quotes \(EventText.quoted(kind.first.quoted))" : EventText.quotedError(kind.first)
      let frames =
        kind.count == 1
        ? frame(kind.first.frame)
        : "\(frame(kind.first.frame)) to \(frame(kind.latest)), \(grouped(kind.count)) times"
      return "\(what) of the \(report.role(kind.side)) (\(frames)). \(EventText.meaning(kind.first))."
    } + (rest > 0 ? ["\(counted(rest, "more ICMP error")) quote\(rest == 1 ? "s" : "") its packets."] : [])
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
}
