import PacketWire

/// Why a frame is, or is not, what keepwatch says: every condition of the rules, with the values it was judged by.
public struct FrameExplanation: Sendable {
  /// One of the rules' conditions.
  public struct Reason: Sendable {
    /// Whether it holds; `nil` where the capture did not show that when the frame came.
    public let holds: Bool?
    /// Which, with the values that decide it.
    public let condition: Condition
  }

  /// A condition, with the values that decide it.
  ///
  /// Times are nanoseconds.
  public enum Condition: Sendable {
    /// Of a probe: its only control bit is ACK.
    case onlyACK(TCPFlags)
    /// No payload, or one octet.
    case payload(UInt32)
    /// SND.NXT is known, and everything sent was acknowledged.
    case nothingInFlight(nextToSend: SequenceNumber?, oldestUnacknowledged: SequenceNumber?)
    /// SEG.SEQ = SND.NXT − 1.
    case belowNext(sequence: SequenceNumber, nextToSend: SequenceNumber?)
    /// The peer was silent before; `nil` where it was not heard yet.
    case silence(Int64?, since: Int)
    /// TSval is no older than the sender's latest.
    case timestamp(value: UInt32, latest: UInt32)
    /// The IP identification is no older.
    case identification(UInt16, latest: UInt16)
    /// It was not captured before.
    case capturedOnce
    /// The peer's window is open; a closed one is probed by the same octets.
    case windowIsOpen(UInt16?)
    /// Into a zero window: the gap before it, and the one before that, in seconds; keepalives come evenly, and never in
    /// less than a second.
    case comesEvenly(gap: Double, previous: Double?)
    /// Of an answer: a probe of the peer waits, this one.
    case probeWaits(Int?)
    /// An empty acknowledgment.
    case isEmptyACK(TCPFlags, UInt32)
    /// SEG.ACK = the probe's SEG.SEQ + 1.
    case acknowledgesProbe(acknowledgment: SequenceNumber, expected: SequenceNumber)
    /// It is not below its sender's own SND.NXT: no probe itself, and no old acknowledgment.
    case isNoProbeItself(sequence: SequenceNumber, nextToSend: SequenceNumber?)
    /// Of a reset: its sender has unanswered probes, so many.
    case hasUnansweredProbes(Int)
    /// RST and ACK.
    case resetAcknowledges(TCPFlags)
    /// A give-up's SEG.SEQ = the probe's + 1 = SND.NXT.
    case resetAtNext(sequence: SequenceNumber, expected: SequenceNumber)
    /// It comes one interval after the last probe; the interval is `nil` where it was not seen.
    case oneIntervalLater(gap: Int64, interval: Double?)
    /// An answering reset's SEG.SEQ = the probe's SEG.ACK.
    case resetAtProbesAcknowledgment(sequence: SequenceNumber, expected: SequenceNumber)
    /// One that acknowledges is an answer only if it comes at once.
    case comesAtOnce(Int64)
  }

  /// The segment.
  public let segment: Segment
  /// Its connection's number, from 1.
  public let connection: Int
  /// What speaks for and against a keepalive probe; empty for a reset.
  public let asProbe: [Reason]
  /// For and against an answer to a probe; empty where no probe of the peer was seen before.
  public let asAnswer: [Reason]
  /// For and against a give-up; empty where it is no reset.
  public let asGiveUp: [Reason]
  /// For and against a reset that answers a probe; empty where it is no reset.
  public let asAnsweringReset: [Reason]
}

extension KeepaliveAnalyzer {
  /// Judges `segment` by every condition, before it changes what is known of its connection.
  func explain(_ segment: Segment, _ tag: UInt32) -> FrameExplanation {
    let found = table.find(segment, tag)
    let side = found?.side ?? .first
    let record = found.map { table.records[$0.index] } ?? Connection()
    let history = wholeHistory(record)
    let isReset = segment.flags.contains(.rst)
    return FrameExplanation(
      segment: segment, connection: (found?.index ?? table.records.count) + 1,
      asProbe: isReset ? [] : probeReasons(segment, record, history, side),
      asAnswer: isReset ? [] : answerReasons(segment, record, history, side),
      asGiveUp: isReset ? giveUpReasons(segment, history[side]) : [],
      asAnsweringReset: isReset ? answeringResetReasons(segment, history[side.peer]) : [])
  }

  private func probeReasons(
    _ segment: Segment, _ record: Connection, _ history: WholeHistory, _ side: Side
  ) -> [FrameExplanation.Reason] {
    let sender = record[side]
    let peer = record[side.peer]
    let next = sender.knowledge.contains(.nextToSend) ? sender.nextToSend : nil
    let acknowledged = sender.knowledge.contains(.acknowledged) ? sender.oldestUnacknowledged : nil
    let window = peer.knowledge.contains(.lastTime) ? peer.window : nil
    let isCopy = history[side].recent.contains(segment) || record.isDuplicate(segment, from: side)
    let silence = KeepaliveRule.silence(before: segment, of: peer)
    var reasons: [FrameExplanation.Reason] = [
      .init(
        holds: segment.flags.control == .ack || segment.flags.control == [.ack, .urg],
        condition: .onlyACK(segment.flags)),
      .init(holds: segment.payloadLength <= 1, condition: .payload(segment.payloadLength)),
      .init(
        holds: next == nil || acknowledged == nil ? nil : next == acknowledged,
        condition: .nothingInFlight(nextToSend: next, oldestUnacknowledged: acknowledged)),
      .init(
        holds: next.map { segment.sequence.advanced(by: 1) == $0 },
        condition: .belowNext(sequence: segment.sequence, nextToSend: next)),
      .init(
        holds: silence.map { _ in KeepaliveRule.followsSilence(segment, to: peer) },
        condition: .silence(silence, since: Int(peer.lastFrame))),
    ]
    if segment.traits.contains(.timestamps), sender.knowledge.contains(.timestamps) {
      reasons.append(
        .init(
          holds: KeepaliveRule.timestampGoesOn(segment, from: sender, to: peer),
          condition: .timestamp(value: segment.timestampValue, latest: sender.timestampValue)))
    }
    if !KeepaliveRule.identificationGoesOn(segment, from: sender, to: peer) {
      reasons.append(
        .init(holds: false, condition: .identification(segment.identification, latest: sender.identification)))
    }
    reasons.append(.init(holds: !isCopy, condition: .capturedOnce))
    reasons.append(.init(holds: window.map { $0 != 0 }, condition: .windowIsOpen(window)))
    if window == 0, let gap = history[side].zeroWindow.gap(before: segment.time) ?? silence.map({ Double($0) / 1e9 }) {
      let previous = history[side].zeroWindow.latestGap
      let isEven = previous.map { gap < $0 * ZeroWindow.growth } ?? true
      reasons.append(.init(holds: gap >= 1 && isEven, condition: .comesEvenly(gap: gap, previous: previous)))
    }
    return reasons
  }

  private func answerReasons(
    _ segment: Segment, _ record: Connection, _ history: WholeHistory, _ side: Side
  ) -> [FrameExplanation.Reason] {
    let prober = history[side.peer]
    guard let probe = prober.lastProbe ?? prober.uncertain.held.last else { return [] }
    let sender = record[side]
    let expected = probe.sequence.advanced(by: 1)
    let next = sender.knowledge.contains(.nextToSend) ? sender.nextToSend : nil
    let isWaiting = prober.isAwaitingAnswer || !prober.uncertain.isEmpty
    return [
      .init(holds: isWaiting, condition: .probeWaits(isWaiting ? probe.frame : nil)),
      .init(
        holds: segment.flags.control == .ack && segment.payloadLength == 0,
        condition: .isEmptyACK(segment.flags, segment.payloadLength)),
      .init(
        holds: segment.acknowledgment == expected,
        condition: .acknowledgesProbe(acknowledgment: segment.acknowledgment, expected: expected)),
      .init(
        holds: next.map { !segment.sequence.isBefore($0) } ?? true,
        condition: .isNoProbeItself(sequence: segment.sequence, nextToSend: next)),
    ]
  }

  private func giveUpReasons(_ segment: Segment, _ own: ProberHistory) -> [FrameExplanation.Reason] {
    guard own.isAwaitingAnswer, let probe = own.lastProbe else {
      return [.init(holds: false, condition: .hasUnansweredProbes(0))]
    }
    let expected = probe.sequence.advanced(by: 1)
    let interval = own.unansweredRun >= 2 ? own.latestInterval : nil
    return [
      .init(holds: true, condition: .hasUnansweredProbes(own.unansweredRun)),
      .init(holds: segment.flags.contains(.ack), condition: .resetAcknowledges(segment.flags)),
      .init(
        holds: segment.sequence == expected, condition: .resetAtNext(sequence: segment.sequence, expected: expected)),
      .init(
        holds: isOneIntervalLater(segment, after: probe, own),
        condition: .oneIntervalLater(gap: segment.time &- probe.time, interval: interval)),
    ]
  }

  private func answeringResetReasons(_ segment: Segment, _ prober: ProberHistory) -> [FrameExplanation.Reason] {
    guard prober.isAwaitingAnswer, !prober.isAnsweredByReset, let probe = prober.lastProbe else {
      return [.init(holds: false, condition: .probeWaits(nil))]
    }
    var reasons: [FrameExplanation.Reason] = [
      .init(holds: true, condition: .probeWaits(probe.frame)),
      .init(
        holds: segment.sequence == probe.acknowledgment,
        condition: .resetAtProbesAcknowledgment(sequence: segment.sequence, expected: probe.acknowledgment)),
    ]
    if segment.flags.contains(.ack) {
      let delay = segment.time &- probe.time
      reasons.append(.init(holds: delay <= Self.answeringResetDelay, condition: .comesAtOnce(delay)))
    }
    return reasons
  }
}
