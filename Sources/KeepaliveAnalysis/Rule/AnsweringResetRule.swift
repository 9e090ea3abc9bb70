import PacketWire

/// The rule by which a reset is recognised that answers a probe: its sender does not know the connection.
///
/// It is bare, with SEG.SEQ = the probe's SEG.ACK (RFC 9293 §3.10.7.1), or it acknowledges the probe and comes at once,
/// as some boxes and stacks send it.
struct AnsweringResetRule: SegmentRule {
  static var name: Judgement.Rule { .answeringReset }

  enum Question: CaseIterable {
    case probeWaits
    case resetAtProbesAcknowledgment
    case acknowledgesProbe
    case comesAtOnce
  }

  let segment: Segment
  /// The peer's latest probe; `nil` where none was seen.
  let probe: HeldSegment?
  /// Whether it waits for an answer, and no reset has answered it yet.
  let isWaiting: Bool

  private var isBare: Bool { !segment.flags.contains(.ack) }

  func finding(_ question: Question) -> Judgement.Finding {
    guard let probe else { return .fails }
    switch question {
    case .probeWaits: return isWaiting ? .holds : .fails
    case .resetAtProbesAcknowledgment: return segment.sequence == probe.acknowledgment ? .holds : .fails
    case .acknowledgesProbe:
      let isAtProbe =
        !segment.acknowledgment.isBefore(probe.sequence)
        && !segment.acknowledgment.isAfter(probe.sequence.advanced(by: 1))
      return isBare ? .notSeen : isAtProbe ? .holds : .fails
    // A bare one needs no limit, as only what it answers determines its sequence number.
    case .comesAtOnce: return isBare ? .notSeen : segment.time &- probe.time <= Reaction.atOnce ? .holds : .fails
    }
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    guard let probe, isWaiting else { return question == .probeWaits ? .probeWaits(nil) : nil }
    switch question {
    case .probeWaits: return .probeWaits(probe.frame)
    case .resetAtProbesAcknowledgment:
      return .resetAtProbesAcknowledgment(sequence: segment.sequence, expected: probe.acknowledgment)
    case .acknowledgesProbe:
      return isBare
        ? nil
        : .acknowledgesProbe(
          acknowledgment: segment.acknowledgment, expected: probe.sequence.advanced(by: 1))
    case .comesAtOnce: return isBare ? nil : .comesAtOnce(segment.time &- probe.time)
    }
  }
}
