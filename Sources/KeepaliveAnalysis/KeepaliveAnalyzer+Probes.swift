import PacketWire

/// Which segments are probes, of either kind.
extension KeepaliveAnalyzer {
  /// Looks whether the segment is a probe of either kind, and reports it if that is known.
  ///
  /// - Returns: whether it is one, or may be: it tells nothing of what its sender's program does.
  mutating func examineForm(_ segment: Segment, _ index: Int, _ side: Side) -> Bool {
    let record = table.records[index]
    let sender = record[side]
    let peer = record[side.peer]
    switch KeepaliveRule.position(of: segment, from: sender, to: peer) {
    case .ordinary:
      return false
    case .oneOctetBeyondWindow:
      let history = historyIndex(index)
      report(windowProbe: HeldSegment(segment), certain: true, index, side, history)
      return true
    case .unknown:
      guard !segment.flags.contains(.urg), !segment.flags.contains(.psh) else { return false }
      // A connection whose first packet is an ordinary ACK is the normal case: its history begins with the second.
      probers[Self.place(historyIndex(index), side)].uncertain.take(segment)
      if probers[Self.place(Int(table.records[index].history), side)].uncertain.echoesAdvance {
        confirmUncertain(index, side)
      }
      return true
    case .belowNext:
      guard KeepaliveRule.isTimely(segment, from: sender, to: peer) else { return false }
      let history = historyIndex(index)
      let uncertain = probers[Self.place(history, side)].uncertain
      let isIntoZeroWindow = peer.knowledge.contains(.lastTime) && peer.window == 0
      if !isIntoZeroWindow, uncertain.isRepeatedTooSoon(by: segment) {
        // Acknowledgments sent twice, or doubled on the way: neither is a probe. Window probes do come as soon.
        probers[Self.place(history, side)].uncertain = UncertainRun()
        return false
      }
      if uncertain.sequence == segment.sequence {
        confirmUncertain(index, side, isIntoZeroWindow: isIntoZeroWindow)
      }
      if isIntoZeroWindow {
        takeIntoZeroWindow(HeldSegment(segment), index, side, history)
      } else {
        guard !segment.flags.contains(.urg) else { return false }
        confirmCrossing(segment, index, side, history)
        report(probe: HeldSegment(segment), index, side, history)
      }
      return true
    }
  }

  mutating func takeIntoZeroWindow(_ segment: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    let peer = table.records[index][side.peer]
    let silence = peer.knowledge.contains(.lastTime) ? segment.time &- peer.lastTime : nil
    if let kind = probers[Self.place(history, side)].zeroWindow.take(segment, silence: silence) {
      releaseZeroWindow(index, side, as: kind, certain: true)
    } else {
      waiting.insert(index)
    }
  }

  mutating func releaseZeroWindow(_ index: Int, _ side: Side, as kind: ZeroWindow.Kind, certain: Bool) {
    let history = historyIndex(index)
    for (held, answer) in probers[Self.place(history, side)].zeroWindow.release() {
      switch kind {
      case .keepalive:
        report(probe: held, index, side, history)
        if let answer { report(answer: answer, form: .ack, index, side.peer, history) }
      case .windowProbe: report(windowProbe: held, certain: certain, index, side, history)
      }
    }
  }

  /// A probe that acknowledges SEG.SEQ + 1 of the peer's uncertain run was not caused by it: its sender had heard nothing,
  /// so the run stood below what was acknowledged before, and its segments are probes.
  private mutating func confirmCrossing(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    guard let sequence = probers[Self.place(history, side.peer)].uncertain.sequence,
      segment.acknowledgment == sequence.advanced(by: 1)
    else { return }
    confirmUncertain(index, side.peer, isIntoZeroWindow: segment.window == 0)
  }

  /// The segments of the uncertain run are probes: reports them, and the answer that was seen meanwhile.
  ///
  /// Where the peer's window is 0, they may be window probes.
  mutating func confirmUncertain(_ index: Int, _ side: Side, isIntoZeroWindow: Bool = false) {
    let history = historyIndex(index)
    let run = probers[Self.place(history, side)].uncertain
    probers[Self.place(history, side)].uncertain = UncertainRun()
    if let sequence = run.sequence, !table.records[index][side].knowledge.contains(.nextToSend) {
      table.records[index][side].nextToSend = sequence.advanced(by: 1)
      table.records[index][side].knowledge.insert(.nextToSend)
    }
    if isIntoZeroWindow || run.answer?.window == 0 {
      for held in run.held { takeIntoZeroWindow(held, index, side, history) }
      if let answer = run.answer { takeZeroWindowAnswer(answer, index, side, history) }
      return
    }
    for held in run.held { report(probe: held, index, side, history) }
    if let answer = run.answer { report(answer: answer, form: .ack, index, side.peer, history) }
  }

  /// The peer's acknowledgment of a held segment, or of the latest probe if none is held any more.
  private mutating func takeZeroWindowAnswer(_ answer: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    if probers[Self.place(history, side)].zeroWindow.isHolding {
      probers[Self.place(history, side)].zeroWindow.take(answer: answer)
    } else if probers[Self.place(history, side)].isAwaitingAnswer {
      report(answer: answer, form: .ack, index, side.peer, history)
    }
  }
}
