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
      histories[historyIndex(index)][side].uncertain.take(segment)
      if histories[Int(table.records[index].history)][side].uncertain.echoesAdvance {
        confirmUncertain(index, side)
      }
      return true
    case .belowNext:
      guard KeepaliveRule.isTimely(segment, from: sender, to: peer) else { return false }
      let history = historyIndex(index)
      let uncertain = histories[history][side].uncertain
      let isIntoZeroWindow = peer.knowledge.contains(.lastTime) && peer.window == 0
      if uncertain.sequence == segment.sequence {
        confirmUncertain(index, side, isIntoZeroWindow: isIntoZeroWindow)
      }
      if isIntoZeroWindow {
        takeIntoZeroWindow(HeldSegment(segment), index, side, history)
      } else {
        guard !segment.flags.contains(.urg) else { return false }
        report(probe: HeldSegment(segment), index, side, history)
      }
      return true
    }
  }

  mutating func takeIntoZeroWindow(_ segment: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    let peer = table.records[index][side.peer]
    let silence = peer.knowledge.contains(.lastTime) ? segment.time &- peer.lastTime : nil
    if let kind = histories[history][side].zeroWindow.take(segment, silence: silence) {
      releaseZeroWindow(index, side, as: kind, certain: true)
    } else {
      waiting.insert(index)
    }
  }

  mutating func releaseZeroWindow(_ index: Int, _ side: Side, as kind: ZeroWindow.Kind, certain: Bool) {
    let history = historyIndex(index)
    for held in histories[history][side].zeroWindow.release() {
      switch kind {
      case .keepalive: report(probe: held, index, side, history)
      case .windowProbe: report(windowProbe: held, certain: certain, index, side, history)
      }
    }
  }

  /// The segments of the uncertain run are probes: reports them, and the answer that was seen meanwhile.
  ///
  /// Where the peer's window is 0, they may be window probes.
  mutating func confirmUncertain(_ index: Int, _ side: Side, isIntoZeroWindow: Bool = false) {
    let history = historyIndex(index)
    let run = histories[history][side].uncertain
    histories[history][side].uncertain = UncertainRun()
    if isIntoZeroWindow || run.answer?.window == 0 {
      for held in run.held { takeIntoZeroWindow(held, index, side, history) }
      return
    }
    for held in run.held { report(probe: held, index, side, history) }
    if let answer = run.answer { report(answer: answer, form: .ack, index, side.peer, history) }
  }
}
