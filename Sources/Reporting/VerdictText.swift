import KeepaliveAnalysis
import PacketWire

/// What a verdict must say, in sentences, each with the frames that prove it.
public enum VerdictText {
  /// The reason for a connection's verdict, in one or two sentences.
  public static func reason(_ report: ConnectionReport) -> String {
    ([verdict(report)] + quotedErrors(report) + missingPackets(report)).joined(separator: " ")
  }

  /// ICMP errors, and that they change nothing.
  private static func quotedErrors(_ report: ConnectionReport) -> [String] {
    guard report.quotedErrors > 0 else { return [] }
    return [
      "\(counted(report.quotedErrors, "ICMP error")) quote\(report.quotedErrors == 1 ? "s" : "") its packets; the kernel "
        + "ignores those about a probe, whose sequence number is below SND.UNA."
    ]
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
    switch report.verdict {
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
    let host = report.address(prober.side).address
    var text = "\(host) gave up (RST \(frame(report.deciding))) after \(silence(report)) without a word from its peer: "
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
    return text
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
      return "a reset in the name of the \(role) \(sender) ended it (\(frame(report.deciding)))."
    }
    var text = "a reset in the name of the \(role) \(sender) ended it (\(frame(reset.frame)))"
    if reset.answersProbe {
      text += ", in answer to a probe: that end does not know the connection any more"
    } else if !report.probers.isEmpty {
      text += ", not in answer to a probe: a program's abort, or a box on the path"
    }
    return text + "; " + origin(reset) + "."
  }

  /// Whether the reset looks as if the end itself had sent it.
  private static func origin(_ reset: ResetReport) -> String {
    guard let usual = reset.usualTimeToLive else { return "nothing else of that end was captured to compare it with" }
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
    return "\(counted(stall.octets, "byte")) from the \(report.role(stall.side)) unacknowledged since "
      + "\(frame(stall.sent)), \(counted(stall.retransmissions, "retransmission")), the other end silent for \(silence(report)): "
      + "data in flight suspends keepalive. The kernel gives up about \(DurationText.text(giveUpOfRetransmissions)) after it was sent if tcp_retries2 "
      + "is 15, its default, and sends no reset then."
  }

  /// With tcp_retries2 = 15: nine doublings from TCP_RTO_MIN, 0.2 s, then six times TCP_RTO_MAX, 120 s
  /// (net/ipv4/tcp_timer.c, tcp_model_timeout).
  private static let giveUpOfRetransmissions = 0.2 * 1023 + 6 * 120

  private static func blocked(_ report: ConnectionReport) -> String {
    let reader = report.role(report.subject.peer)
    let count = report.windowProbes.map { counted($0.count, "window probe") } ?? "window probes"
    return "the \(reader)'s window is 0: its program does not read. \(count) since \(frame(report.deciding)), "
      + "\(silence(report)); these are no keepalives."
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
    if report.closedBy.count == 1 { text += "; the other end has not closed" }
    let answered = report.probers.reduce(0) { $0 + $1.answered }
    if answered > 0 {
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
      + (lost > 0 ? " (\(grouped(lost)) not, but a later one)" : "")
      + (waiting > 0 ? " (after \(grouped(waiting)) the capture ends)" : "")
      + ", by a kernel: this says nothing of its program."
      + owesWord(report)
  }

  /// Whose turn it is to speak: the end that got data last.
  private static func owesWord(_ report: ConnectionReport) -> String {
    guard let data = report.latestData, let heard = report.lastHeard, heard > data.time else { return "" }
    let silence = DurationText.text(
      Double(heard - data.time - report.clockSteps.amount(from: data.time, to: heard)) / 1e9)
    return " The \(report.role(data.side)) sent data last, \(silence) before the last packet: the "
      + "\(report.role(data.side.peer)) has said nothing since."
  }

  private static func notProbed(_ report: ConnectionReport) -> String {
    "no probe in \(silence(report)) of silence: keepalive is off, or its idle time is longer than that."
  }
}
