import PacketWire

extension ProberHistory {
  mutating func note(probe: HeldSegment, silence: Double?) {
    if let last = lastProbe, isAwaitingAnswer {
      let gap = Double(probe.time &- last.time) / 1e9
      if gap > 0 {
        intervals.add(gap)
        latestInterval = gap
      }
    } else if let silence, silence > 0 {
      if heardAnswerLast { periods.add(silence) } else { idleGaps.add(silence) }
    }
    lastProbe = probe
    lastProbeSilence = silence
    probes += 1
    unansweredRun += 1
    longestUnansweredRun = max(longestUnansweredRun, unansweredRun)
    isAwaitingAnswer = true
  }

  mutating func note(answer form: KeepaliveEvent.Answer.Form, delay: Double, silence: Double?, time: Int64) {
    switch form {
    case .reset:
      resetAnsweredAt = time
      return
    case .ack:
      answered += 1
      answerDelays.add(delay)
    case .data: break  // It ends the doubt without being caused by the probe.
    }
    isAwaitingAnswer = false
    unansweredRun = 0
    heardAnswerLast = form == .ack
    longestSilenceSurvived = max(longestSilenceSurvived, silence ?? 0)
  }

  mutating func note(giveUp held: HeldSegment, silence: Double?) {
    giveUp = held
    giveUpSilence = silence
    if let last = lastProbe, unansweredRun >= 1 {
      intervals.add(Double(held.time &- last.time) / 1e9)
    }
  }
}
