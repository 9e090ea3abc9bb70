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
