import Testing

@testable import KeepaliveAnalysis

/// What is stated of stacks, against what it was derived from.
@Suite struct StacksTests {
  /// kernel/time/timer.c: LVL_GRAN(n) = 8ⁿ jiffies from LVL_START(n) = 63 × 8ⁿ⁻¹ on.
  private func granularity(_ seconds: Double, hertz: Double) -> Double {
    var (step, end) = (1.0, 63.0)
    while seconds * hertz >= end { (step, end) = (step * 8, end * 8) }
    return step / hertz
  }

  @Test("No setting of Linux fires later than its timer wheel's step, with HZ = 250 and with HZ = 1000")
  func timerWheel() {
    for setting in 1...32_767 {
      let step = max(granularity(Double(setting), hertz: 250), granularity(Double(setting), hertz: 1000))
      #expect(TimerLateness.bound(Double(setting)) >= step, "\(setting) s")
    }
  }
}

/// What is made of a TTL that differs from its end's others.
@Suite struct ForeignTimeToLiveTests {
  @Test(
    "A TTL that other routes explain is no sign of a box on the path", arguments: [(173, 172, false), (255, 64, true)])
  func ignored(timeToLive: UInt8, usual: UInt8, isForeign: Bool) {
    let ignored = KeepaliveEvent.Ignored(
      reason: .resetOutsideWindow, probe: nil, timeToLive: timeToLive, usualTimeToLive: usual)
    #expect(ignored.hasForeignTimeToLive == isForeign)
  }
}
