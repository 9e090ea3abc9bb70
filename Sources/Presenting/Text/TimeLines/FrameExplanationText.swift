import Findings
import PacketWire

/// The reasons of one frame: what it is, and each condition of the rules with the values it was judged by.
public struct FrameExplanationText {
  private let style: TextStyle
  private let hasTimes: Bool

  /// A text in a style, of a capture that has times or not.
  public init(style: TextStyle, hasTimes: Bool) {
    self.style = style
    self.hasTimes = hasTimes
  }

  /// The lines for a frame.
  ///
  /// - Parameters:
  ///   - frame: its number.
  ///   - result: what its packet was.
  ///   - explanation: the reasons, where it is TCP.
  ///   - events: what was recognised in the capture at this frame.
  /// - Returns: lines for a person.
  public func lines(
    frame: Int, result: DecodeResult, explanation: FrameExplanation?, events: [KeepaliveEvent]
  ) -> [String] {
    guard let explanation else {
      let icmp = events.compactMap { event -> String? in
        guard case .quotedError(let error) = event.kind else { return nil }
        return " \(EventText.quotedError(error)) of \(event.source). \(EventText.meaning(error))."
      }.joined()
      return ["frame \(frame): no TCP segment (\(DecodeResultText.text(result))), so it changes no connection.\(icmp)"]
    }
    var lines = [
      style.bold("frame \(frame)") + ": " + segment(explanation), style.bold(claim(events, copy(explanation))),
    ]
    if explanation.segment.sourceAddress == explanation.segment.destinationAddress {
      return [lines[0], style.bold("Its socket is connected to itself: a probe and its answer cannot be told apart.")]
    }
    let knownBy = events.compactMap(\.knownBy).first
    lines +=
      knownBy.map {
        [
          "Known only since frame \($0.frame): until then the capture did not show what it is. The conditions below are judged "
            + "by what was known when it came."
        ]
      } ?? []
    for judgement in relevant(explanation.judgements, to: events) { lines += section(judgement) }
    return lines
  }

  /// The judgements that bear on what the frame was recognised as: where it is one thing, what it is not is no reason.
  private func relevant(_ judgements: [Judgement], to events: [KeepaliveEvent]) -> [Judgement] {
    guard let rule = events.first.flatMap({ Self.rule($0.kind) }) else {
      let copies = judgements.filter { $0.rule == .copy && $0.outcome == true }
      return copies.isEmpty ? judgements.filter { $0.rule != .copy } : copies
    }
    return judgements.filter { $0.rule == rule }
  }

  /// The rule by which something is recognised; `nil` where it has none of its own.
  private static func rule(_ kind: KeepaliveEvent.Kind) -> Judgement.Rule? {
    switch kind {
    case .probe: .probe
    case .windowProbe: .windowProbe
    case .answer(let answer): answer.form == .reset ? .answeringReset : .answer
    case .giveUp: .giveUp
    case .ignored: .acceptance
    case .quotedError: nil
    }
  }

  private func segment(_ explanation: FrameExplanation) -> String {
    let segment = explanation.segment
    return "connection \(explanation.connection), \(segment.sourceAddress) → \(segment.destinationAddress), "
      + segment.notation
  }

  /// Whether the frame was judged to be a copy.
  private func copy(_ explanation: FrameExplanation) -> Bool {
    explanation.judgements.contains { $0.rule == .copy && $0.outcome == true }
  }

  private func claim(_ events: [KeepaliveEvent], _ isCopy: Bool) -> String {
    guard let event = events.first else {
      return isCopy
        ? "It is a copy of an earlier frame, and counts once with it."
        : "It is no probe, no answer to one and no give-up."
    }
    switch event.kind {
    case .probe(let probe):
      let place = "It is a keepalive probe, the \(ordinal(probe.unansweredBefore + 1)) in a row"
      return probe.doubt.map { "\(place), or \(EventText.reading($0))." } ?? place + "."
    case .answer(let answer):
      switch answer.form {
      case .ack: return "It answers probe #\(answer.probe)\(EventText.doubt(answer))\(EventText.acceptance(answer))."
      case .reset:
        return
          "It is a reset that answers probe #\(answer.probe)\(EventText.doubt(answer)): its sender does not know the "
          + "connection."
      case .data: return "It is data, or a FIN, which ends the doubt that probe #\(answer.probe) stood for."
      }
    case .giveUp(let giveUp):
      return "It is the reset by which the prober's kernel gives up\(EventText.doubt(giveUp)), after "
        + "\(counted(giveUp.unanswered, "unanswered probe"))."
    case .windowProbe(let isCertain):
      return isCertain
        ? "It is a probe of a zero window, no keepalive."
        : "It is a probe of a zero window, or a keepalive: the capture does not tell which."
    case .quotedError(let error): return "It is an \(EventText.quotedError(error))."
    case .ignored(let ignored): return "It is \(EventText.ignored(ignored))"
    }
  }

  private func section(_ judgement: Judgement) -> [String] {
    ["", Self.title(judgement.rule)]
      + judgement.reasons.flatMap { reason in
        let (text, source) = ConditionText.text(reason)
        if !hasTimes, case .silence = reason.condition {
          return row(.notSeen, "the packets have no times, so that no silence can be seen", source: "")
        }
        return row(reason.finding, text, source: source)
      }
  }

  /// A reason, with its source beside it, or below it where there is no room beside.
  private func row(_ finding: Judgement.Finding, _ text: String, source: String) -> [String] {
    let label = "  " + style.pad(mark(finding), Self.markWidth - 2)
    let width = max(Self.narrowest, min(Self.widest, style.columns - Self.markWidth - Self.narrowest))
    if text.count < width, Self.markWidth + width + source.count <= style.columns {
      return [label + style.pad(text, width) + style.dim(source)]
    }
    let sources = source.isEmpty ? [] : style.wrapped(source, indent: Self.markWidth + 2).map(style.dim)
    return style.beside(label, text, indent: Self.markWidth) + sources
  }

  /// The columns of "against", and those of a reason at least and at most.
  private static let markWidth = 11
  private static let narrowest = 44
  private static let widest = 82

  private func mark(_ finding: Judgement.Finding) -> String {
    switch finding {
    case .holds: style.green("for")
    case .fails: style.red("against")
    case .open, .notSeen: style.yellow("unknown")
    }
  }

  private static func title(_ rule: Judgement.Rule) -> String {
    switch rule {
    case .probe: "as a keepalive probe"
    case .windowProbe: "as a probe of a zero window"
    case .answer: "as an answer to a probe"
    case .giveUp: "as the reset by which a prober's kernel gives up"
    case .answeringReset: "as a reset in answer to a probe"
    case .copy: "as a copy of an earlier frame"
    case .acceptance: "as a segment that its receiver does not accept"
    }
  }

  private func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (_, 11...13): "\(number)th"
    case (1, _): "\(number)st"
    case (2, _): "\(number)nd"
    case (3, _): "\(number)rd"
    default: "\(number)th"
    }
  }
}

/// A condition in words, and where the rule stands.
enum ConditionText {
  static func text(_ reason: Judgement.Reason) -> (text: String, source: String) {
    let holds = reason.finding == .holds
    switch reason.condition {
    case .onlyACK(let flags):
      return (
        holds ? "its only control bit is ACK" : "its flags are [\(flags.text)], a probe's are [.]", "RFC 9293 §3.8.4"
      )
    case .payload(let length):
      return (
        length == 0
          ? "it carries no data" : length == 1 ? "it carries one octet" : "it carries \(length) octets of data",
        "RFC 9293 §3.8.4: none, or one octet of garbage"
      )
    case .nothingInFlight(let next, let acknowledged):
      guard let next, let acknowledged else {
        return ("the capture does not show what its sender had sent, or what was acknowledged", "RFC 9293 §3.8.4")
      }
      return (
        holds
          ? "all its sender had sent was acknowledged: SND.UNA = SND.NXT = \(next.value)"
          : "data is in flight: SND.UNA is \(acknowledged.value), SND.NXT is \(next.value)",
        "net/ipv4/tcp_timer.c, tcp_keepalive_timer"
      )
    case .belowNext(let sequence, let next):
      guard let next else { return ("the capture does not show its sender's SND.NXT", "RFC 9293 §3.8.4") }
      return (
        "SEG.SEQ is \(sequence.value), SND.NXT − 1 is \(next.moved(backBy: 1).value)", "RFC 9293 §3.8.4"
      )
    case .octetIsGarbage:
      return (
        holds
          ? "its octet is garbage: that place was acknowledged" : "its octet was data when it first came: sent again",
        "RFC 9293 §3.8.4"
      )
    case .silence(let silence, let frame, let bound):
      guard let silence else { return ("its peer sent nothing before that may have caused it", "RFC 9293 §3.8.4") }
      return (
        "its peer's last segment that may have caused it came \(DurationText.text(nanoseconds: silence)) before (#\(frame))",
        "RFC 9293 §3.8.4: idle; under \(DurationText.text(nanoseconds: bound)) it was caused by that"
      )
    case .afterLatestProbe(let gap, let bound):
      return (
        "its sender's latest probe came \(DurationText.text(Double(gap) / 1e9)) before",
        "no keepalive timer is as short as \(DurationText.text(Double(bound) / 1e9))"
      )
    case .timestamp(let value, let latest):
      return (
        holds
          ? "it was not overtaken: TSval \(value) follows \(latest)"
          : "it was overtaken: TSval \(value) after \(latest)",
        "RFC 7323 §5.3"
      )
    case .identification(let own, let latest):
      return ("it was overtaken: IP identification \(own) after \(latest)", "RFC 6864 §4")
    case .repeats(let frame, let after):
      return ("it repeats #\(frame), \(DurationText.text(nanoseconds: after)) later", "docs/recognition.md")
    case .goesBackInTime:
      return ("the file goes back in time here, and the packet's own marks with it", "docs/recognition.md")
    case .octetAtUnacknowledged(let sequence, let acknowledged):
      return (
        "SEG.SEQ is \(sequence.value), SND.UNA is \(acknowledged.map { "\($0.value)" } ?? "not known"): "
          + (holds ? "a new octet" : "no new octet"),
        "RFC 9293 §3.8.6.1"
      )
    case .windowIsClosed(let window):
      return (window.map { "its peer's window is \($0)" } ?? "its peer's window is not known", "RFC 9293 §3.8.6.1")
    case .notAtReceiveNext(let sequence, let next, let isInWindow):
      guard let next else { return ("its receiver's RCV.NXT is not known", "RFC 9293 §3.10.7.4") }
      return (
        "SEG.SEQ is \(sequence.value), RCV.NXT is \(next.value): "
          + (isInWindow ? "inside the window, it draws a challenge ACK" : "outside the window, it is dropped"),
        "RFC 9293 §3.10.7.4, RFC 5961 §3.2"
      )
    case .synOnStandingConnection:
      return ("its peer goes on in the connection that stands", "RFC 5961 §4.2")
    case .windowIsOpen(let window):
      guard let window else { return ("its peer's window is not known", "RFC 9293 §3.8.6.1") }
      return (
        holds
          ? "its peer's window is \(window)"
          : "its peer's window is 0: an empty probe of the window has the same octets, and times decide",
        "RFC 9293 §3.8.6.1"
      )
    case .comesEvenly(let gap, let previous):
      let before = previous.map { ", after a gap of \(DurationText.text($0))" } ?? ""
      return (
        "it comes \(DurationText.text(gap)) after the last\(before): a keepalive's gaps are even, at least 1 s",
        "RFC 9293 §3.8.6.1, RFC 6298 §5.5: a persist timer's double"
      )
    case .comesAsPersistTimer(let gap, let previous):
      let before = previous.map { ", after a gap of \(DurationText.text($0))" } ?? ""
      return (
        "it comes \(DurationText.text(gap)) after the last\(before): "
          + (holds ? "too soon or too unevenly for a keepalive" : "a keepalive may come so too"),
        "RFC 9293 §3.8.6.1, RFC 6298 §5.5: a persist timer's double"
      )
    case .probeWaits(let probe):
      return (probe.map { "probe #\($0) of its peer waits" } ?? "no probe of its peer waits", "RFC 9293 §3.8.4")
    case .isEmptyACK(let flags, let length):
      return (
        holds
          ? "it is an empty acknowledgment" : "its flags are [\(flags.text)], with \(counted(Int(length), "octet"))",
        "RFC 9293 §3.10.7.4"
      )
    case .acknowledgesProbe(let acknowledgment, let expected):
      return (
        "SEG.ACK is \(acknowledgment.value), the probe's SEG.SEQ + 1 is \(expected.value)", "RFC 9293 §3.10.7.4"
      )
    case .isNoProbeItself(let sequence, let next):
      return (
        holds
          ? "it stands at its sender's SND.NXT"
          : "SEG.SEQ \(sequence.value) is below its sender's SND.NXT \(next?.value ?? 0): a probe itself, or overtaken",
        "RFC 9293 §3.10.7.4"
      )
    case .hasUnansweredProbes(let count):
      return (
        count == 0 ? "its sender has no unanswered probe" : "its sender has \(counted(count, "unanswered probe"))",
        "net/ipv4/tcp_timer.c, tcp_keepalive_timer"
      )
    case .resetAcknowledges(let flags):
      return ("its flags are [\(flags.text)]", "net/ipv4/tcp_output.c, tcp_send_active_reset: [R.]")
    case .resetAtNext(let sequence, let expected):
      return ("SEG.SEQ is \(sequence.value), SND.NXT is \(expected.value)", "tcp_send_active_reset")
    case .oneIntervalLater(let gap, let interval):
      let text = DurationText.text(nanoseconds: gap)
      guard let interval else {
        return ("it comes \(text) after the probe; the interval was not seen", "tcp_keepalive_timer")
      }
      return (
        "it comes \(text) after the last probe, the interval was \(DurationText.text(interval))"
          + (holds ? "" : ": a program's abort"),
        "tcp_keepalive_timer"
      )
    case .comesAtOnce(let delay):
      return (
        "it acknowledges, \(DurationText.text(nanoseconds: delay)) after the probe"
          + (holds ? "" : ": a program's abort, or a give-up"),
        "docs/recognition.md: within 300 ms"
      )
    case .resetAtProbesAcknowledgment(let sequence, let expected):
      return ("SEG.SEQ is \(sequence.value), the probe's SEG.ACK is \(expected.value)", "RFC 9293 §3.10.7.1")
    }
  }
}

/// What a packet was, in words.
enum DecodeResultText {
  static func text(_ result: DecodeResult) -> String {
    switch result {
    case .segment: "TCP"
    case .quotedSegment: "an ICMP error that quotes a TCP segment"
    case .notTCP: "something else than TCP over IP"
    case .fragment: "a fragment of an IP datagram"
    case .truncated: "the snapshot length cut it before the end of its TCP header"
    case .unsupportedLinkType: "its link type is not decoded"
    case .malformedIPHeader: "its IP header is wrong"
    case .malformedIPLength: "its IP length is wrong"
    case .malformedTCPHeader: "its TCP data offset is wrong"
    }
  }
}
