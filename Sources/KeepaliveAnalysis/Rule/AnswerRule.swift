import PacketWire

/// The rule by which the answer to a keepalive probe is recognised: the acknowledgment that a segment outside the window
/// draws (RFC 9293 §3.10.7.4).
///
/// It is the first empty acknowledgment of the probe's SEG.SEQ + 1 that is no probe itself. Its TSecr does not echo the
/// probe's TSval, as a probe lies below the window (RFC 7323 §4.3), so timestamps are not compared.
struct AnswerRule: SegmentRule {
  static var name: Judgement.Rule { .answer }

  enum Question: CaseIterable {
    case probeWaits
    case isEmptyACK
    case acknowledgesProbe
    case isNoProbeItself
  }

  let segment: Segment
  let sender: Endpoint
  /// The peer's latest probe, held or reported; `nil` where none was seen.
  let probe: HeldSegment?
  /// Whether it waits for an answer.
  let isWaiting: Bool

  private var isEmptyACK: Bool { segment.flags.control == .ack && segment.payloadLength == 0 }
  private var expected: SequenceNumber? { probe?.sequence.advanced(by: 1) }
  private var nextToSend: SequenceNumber? { sender.knowledge.contains(.nextToSend) ? sender.nextToSend : nil }

  /// Whether it ends the doubt, though it is no answer: data, a FIN or a higher acknowledgment.
  var endsDoubt: Bool {
    guard isWaiting, let expected, segment.flags.contains(.ack) else { return false }
    return segment.acknowledgment.isAfter(expected) || (segment.acknowledgment == expected && !isEmptyACK)
  }

  func finding(_ question: Question) -> Judgement.Finding {
    switch question {
    case .probeWaits: isWaiting ? .holds : .fails
    case .isEmptyACK: isEmptyACK ? .holds : .fails
    case .acknowledgesProbe: segment.acknowledgment == expected ? .holds : .fails
    // Below the sender's SND.NXT it was sent before: an old acknowledgment that was overtaken.
    case .isNoProbeItself: nextToSend.map { !segment.sequence.isBefore($0) } ?? true ? .holds : .fails
    }
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    guard let probe, let expected else { return nil }
    switch question {
    case .probeWaits: return .probeWaits(isWaiting ? probe.frame : nil)
    case .isEmptyACK: return .isEmptyACK(segment.flags, segment.payloadLength)
    case .acknowledgesProbe: return .acknowledgesProbe(acknowledgment: segment.acknowledgment, expected: expected)
    case .isNoProbeItself: return .isNoProbeItself(sequence: segment.sequence, nextToSend: nextToSend)
    }
  }
}
