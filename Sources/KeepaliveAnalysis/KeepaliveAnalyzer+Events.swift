import PacketWire

/// What is recognised becomes an event, and part of its connection's history.
extension KeepaliveAnalyzer {
  func event(_ kind: KeepaliveEvent.Kind, _ held: HeldSegment, _ index: Int, _ side: Side) -> KeepaliveEvent {
    let ends = table.addresses(index)
    let isKnownAtOnce = examined == nil || examined == FrameKey(file: held.file, frame: held.frame)
    return KeepaliveEvent(
      kind: kind, frame: held.frame, file: held.file, knownBy: isKnownAtOnce ? nil : examined, time: held.time,
      connection: index + 1,
      source: side == .first ? ends.first : ends.second, destination: side == .first ? ends.second : ends.first)
  }

  mutating func report(probe held: HeldSegment, _ index: Int, _ side: Side, _ history: Int) {
    let peer = table.records[index][side.peer]
    let since = peer.knowledge.contains(.lastTime) && peer.lastTime <= held.time ? held.time &- peer.lastTime : nil
    let silence = since.map { Double($0) / 1e9 }
    let before = probers[Self.place(history, side)].unansweredRun
    probers[Self.place(history, side)].note(probe: held, silence: silence)
    if held.payloadLength > 0 { probers[Self.place(history, side)].sendsGarbage = true }
    if !held.hasTimestamps, table.records[index][side].knowledge.contains(.timestamps) {
      probers[Self.place(history, side)].omitsTimestamps = true
    }
    let probe = KeepaliveEvent.Probe(
      bytes: Int(held.payloadLength), unansweredBefore: before, silence: silence,
      silenceAtLeast: silence == nil ? Double(held.time &- (captureStart ?? held.time)) / 1e9 : nil)
    events.append(event(.probe(probe), held, index, side))
  }

  mutating func report(
    windowProbe held: HeldSegment, certain: Bool, _ index: Int, _ side: Side, _ history: Int
  ) {
    probers[Self.place(history, side)].windowProbes += 1
    if probers[Self.place(history, side)].firstWindowProbe == nil {
      probers[Self.place(history, side)].firstWindowProbe = held
    }
    events.append(event(.windowProbe(certain: certain), held, index, side))
  }

  mutating func report(
    answer held: HeldSegment, form: KeepaliveEvent.Answer.Form, _ index: Int, _ side: Side, _ history: Int
  ) {
    guard let probe = probers[Self.place(history, side.peer)].lastProbe else { return }
    let lastHeard = table.records[index][side]
    let silence = lastHeard.knowledge.contains(.lastTime) ? Double(held.time &- lastHeard.lastTime) / 1e9 : nil
    let delay = Double(held.time &- probe.time) / 1e9
    probers[Self.place(history, side.peer)].note(answer: form, delay: delay, silence: silence, time: held.time)
    let answer = KeepaliveEvent.Answer(form: form, probe: probe.frame, probeFile: probe.file, delay: delay)
    events.append(event(.answer(answer), held, index, side))
  }

  mutating func reportGiveUp(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    let held = HeldSegment(segment)
    let peer = table.records[index][side.peer]
    let silence = peer.knowledge.contains(.lastTime) ? Double(held.time &- peer.lastTime) / 1e9 : nil
    let unanswered = probers[Self.place(history, side)].unansweredRun
    let isKnown = unanswered >= 2
    probers[Self.place(history, side)].note(giveUp: held, silence: silence)
    let giveUp = KeepaliveEvent.GiveUp(unanswered: unanswered, silence: silence, intervalIsKnown: isKnown)
    events.append(event(.giveUp(giveUp), held, index, side))
  }
}
