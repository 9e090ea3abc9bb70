import PacketWire

/// What a segment means for the probes that went before it.
extension KeepaliveAnalyzer {
  /// What a segment that is no probe means for the probes of its sender's peer: an answer, or the end of the doubt.
  ///
  /// - Returns: whether it is an answer, or may be one.
  mutating func examineAnswer(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let history = Int(table.records[index].history)
    guard segment.flags.contains(.ack) else { return false }
    let sender = table.records[index][side]
    let isEmptyACK = segment.flags.control == .ack && segment.payloadLength == 0
    let wasUncertain = !probers[Self.place(history, side.peer)].uncertain.isEmpty
    examineUncertain(segment, isEmptyACK: isEmptyACK, index, side, history)
    if isEmptyACK, let held = probers[Self.place(history, side.peer)].zeroWindow.held.last,
      segment.acknowledgment == held.sequence.advanced(by: 1)
    {
      probers[Self.place(history, side.peer)].zeroWindow.take(answer: HeldSegment(segment))
    }
    guard probers[Self.place(history, side.peer)].isAwaitingAnswer,
      let probe = probers[Self.place(history, side.peer)].lastProbe
    else {
      probers[Self.place(history, side.peer)].heardAnswerLast = false
      return wasUncertain
    }
    let expected = probe.sequence.advanced(by: 1)
    if segment.acknowledgment.isBefore(expected) { return wasUncertain }
    let isInOrder = !sender.knowledge.contains(.nextToSend) || !segment.sequence.isBefore(sender.nextToSend)
    if isEmptyACK, segment.acknowledgment == expected {
      // Below the sender's SND.NXT it was sent before: an old acknowledgment that was overtaken.
      if isInOrder { report(answer: HeldSegment(segment), form: .ack, index, side, history) }
    } else {
      report(answer: HeldSegment(segment), form: .data, index, side, history)
    }
    return true
  }

  /// What the peer's segment says of an uncertain run: its acknowledgment tells where SND.NXT was.
  mutating func examineUncertain(
    _ segment: Segment, isEmptyACK: Bool, _ index: Int, _ side: Side, _ history: Int
  ) {
    guard let sequence = probers[Self.place(history, side.peer)].uncertain.sequence else { return }
    guard segment.acknowledgment == sequence.advanced(by: 1),
      !probers[Self.place(history, side.peer)].uncertain.isContradicted(by: segment)
    else {
      probers[Self.place(history, side.peer)].uncertain = UncertainRun()
      return
    }
    if isEmptyACK {
      if probers[Self.place(history, side.peer)].uncertain.takeAnswer(segment) {
        confirmUncertain(index, side.peer, isIntoZeroWindow: segment.window == 0)
      }
    } else if probers[Self.place(history, side.peer)].uncertain.held.count >= 2 {
      confirmUncertain(index, side.peer)
    }
  }

  /// What a segment that is no probe means for what its own sender sent before.
  mutating func follow(_ segment: Segment, _ index: Int, _ side: Side) {
    let history = Int(table.records[index].history)
    if let sequence = probers[Self.place(history, side)].uncertain.sequence {
      if segment.length > 0, segment.sequence == sequence.advanced(by: 1),
        table.records[index][side].oldestUnacknowledged == segment.sequence,
        !probers[Self.place(history, side)].uncertain.wasOvertaken(by: segment)
      {
        confirmUncertain(index, side)
      } else {
        probers[Self.place(history, side)].uncertain = UncertainRun()
      }
    }
    if segment.length > 0, probers[Self.place(history, side)].zeroWindow.isHolding {
      let kind = probers[Self.place(history, side)].zeroWindow.kind(whenDataSentAt: segment.time)
      releaseZeroWindow(index, side, as: kind ?? .windowProbe, certain: kind != nil)
    }
    if segment.length > 0 { probers[Self.place(history, side)].zeroWindow = ZeroWindow() }
    if segment.window > 0 { probers[Self.place(history, side.peer)].zeroWindow.windowOpened(at: segment.time) }
  }

  mutating func noteRetransmission(_ segment: Segment, _ index: Int, _ side: Side) {
    let sender = table.records[index][side]
    guard sender.isRetransmitting(segment) else { return }
    let place = Self.place(historyIndex(index), side)
    let sent = UnacknowledgedData(time: sender.lastTime, frame: Int(sender.lastFrame))
    probers[place].retransmitted = probers[place].retransmitted ?? sent
    probers[place].retransmitted?.retransmissions += 1
  }
}
