import PacketWire

/// Which resets give a connection up, which answer a probe, and what speaks for who sent them.
extension KeepaliveAnalyzer {
  mutating func examineReset(_ segment: Segment, _ index: Int, _ side: Side) {
    let record = table.records[index]
    if record.history >= 0 {
      let history = Int(record.history)
      confirmByReset(segment, index, side, history)
      probers[Self.place(history, side)].recent.add(segment)
      if isGiveUp(segment, history, side) {
        reportGiveUp(segment, index, side, history)
      } else if answersProbe(segment, history, side) {
        report(answer: HeldSegment(segment), form: .reset, index, side, history)
      }
      noteReset(segment, index, side, history)
    } else if segment.time &- record.lastTime >= KeepaliveRule.shortestIdle {
      noteReset(segment, index, side, historyIndex(index))
    }
    update(segment, index, side, isProbe: false)
  }

  /// A reset at SEG.SEQ + 1 of an uncertain run, or one by the peer after a run that repeats, shows what it was.
  mutating func confirmByReset(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    if let sequence = probers[Self.place(history, side)].uncertain.sequence {
      if segment.flags.contains(.ack), segment.sequence == sequence.advanced(by: 1) {
        confirmUncertain(index, side)
      } else {
        probers[Self.place(history, side)].uncertain = UncertainRun()
      }
    }
    let run = probers[Self.place(history, side.peer)].uncertain
    if run.held.count >= 2, let last = run.held.last, segment.sequence == last.acknowledgment {
      confirmUncertain(index, side.peer)
    }
  }

  /// Whether a reset is the prober's own, one interval after the last of its unanswered probes.
  ///
  /// The kernel sends it from tcp_keepalive_timer (tcp_send_active_reset). A program's abort has the same octets, so the time must fit.
  func isGiveUp(_ segment: Segment, _ history: Int, _ side: Side) -> Bool {
    let prober = probers[Self.place(history, side)]
    guard prober.isAwaitingAnswer, let probe = prober.lastProbe, segment.flags.contains(.ack),
      segment.sequence == probe.sequence.advanced(by: 1)
    else { return false }
    return isOneIntervalLater(segment, after: probe, prober)
  }

  func isOneIntervalLater(_ segment: Segment, after probe: HeldSegment, _ prober: ProberHistory) -> Bool {
    let gap = Double(segment.time &- probe.time) / 1e9
    if prober.unansweredRun >= 2 {
      let interval = prober.latestInterval
      return gap >= TimerLateness.shortestSetting(forGap: interval)
        && TimerLateness.shortestSetting(forGap: gap) <= interval
    }
    // The interval was never seen. It is at least a second, and the period of answered probes is at least the interval.
    guard gap >= 0.95 else { return false }
    guard let period = prober.periods.range?.high else { return true }
    return TimerLateness.shortestSetting(forGap: gap) <= period
  }

  /// How long after a probe a reset that acknowledges may still be its answer; a bare one needs no limit, as only what it
  /// answers determines its sequence number.
  static let answeringResetDelay: Int64 = 300_000_000

  /// Whether a reset answers the peer's probe: bare with SEG.SEQ = the probe's SEG.ACK (RFC 9293 §3.10.7.1), or one that
  /// acknowledges the probe and comes at once, as some boxes and stacks send it.
  func answersProbe(_ segment: Segment, _ history: Int, _ side: Side) -> Bool {
    let prober = probers[Self.place(history, side.peer)]
    guard prober.isAwaitingAnswer, !prober.isAnsweredByReset, let probe = prober.lastProbe else { return false }
    if !segment.flags.contains(.ack) { return segment.sequence == probe.acknowledgment }
    return segment.time &- probe.time <= Self.answeringResetDelay && segment.sequence == probe.acknowledgment
      && !segment.acknowledgment.isBefore(probe.sequence)
      && !segment.acknowledgment.isAfter(probe.sequence.advanced(by: 1))
  }

  mutating func noteReset(_ segment: Segment, _ index: Int, _ side: Side, _ history: Int) {
    guard histories[history].reset == nil else { return }
    let sender = table.records[index][side]
    let wasHeard = sender.knowledge.contains(.heard)
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    histories[history].reset = ResetEvidence(
      side: side, frame: segment.frame, file: segment.file, time: segment.time, timeToLive: segment.timeToLive,
      usualTimeToLive: wasHeard ? sender.timeToLive : nil,
      continuesIdentification: wasHeard && segment.identification != 0 && sender.identification != 0
        ? step > 0 && step < 1000 : nil,
      answersProbe: probers[Self.place(history, side.peer)].isAnsweredByReset
        && probers[Self.place(history, side.peer)].resetAnsweredAt == segment.time)
  }
}
