import Testing

@testable import KeepaliveAnalysis

/// Which setting is told by gaps as they were measured.
@Suite struct LikelySettingTests {
  private func likely(_ gaps: [Double], _ kind: LikelySetting.Kind, other: Double? = nil) -> Double? {
    var statistics = GapStatistics()
    for gap in gaps { statistics.add(gap) }
    return LikelySetting.seconds(statistics, kind, other: other)
  }

  /// Linux' timer wheel with HZ = 100, 250 and 1000, in seconds: measured, or the setting's next step of the wheel.
  static let ofLinux: [(gaps: [Double], setting: Double)] = [
    ([1.002], 1), ([1.03], 1), ([1.016, 1.02, 1.028], 1), ([2.02], 2), ([3.07], 3), ([3.17], 3), ([5.12], 5),
    ([10.24], 10), ([12.288], 12), ([13.056], 13), ([13.256], 13), ([15.104], 15), ([15.36], 15), ([20.48], 20),
    ([25.6], 25), ([26.6], 25), ([30.72], 30), ([40.96], 40), ([45.056], 45), ([51.2], 50), ([55.296], 55),
    ([61.4], 60),
    ([61.96], 60), ([61.4, 61.96], 60), ([65.5], 65), ([75.776], 75), ([76.8], 75), ([90.1], 90), ([100.35], 100),
    ([120.8], 120), ([163.84], 150), ([180.2], 180), ([212.99], 200), ([245.76], 240), ([262.1], 250), ([301.6], 300),
    ([409.6], 400), ([425.98], 400), ([458.75], 450), ([491.5], 480), ([507.9], 500), ([606.2], 600), ([622.6], 600),
    ([917.5], 900), ([1015.8], 1000), ([1310.7], 1200), ([1835], 1800), ([3670], 3600), ([7208.96], 7200),
    ([7340], 7200),
    ([30.599, 30.6], 30), ([51], 50), ([61.2], 60), ([102], 100), ([306], 300), ([612], 600), ([7344], 7200),
  ]

  /// Timers that are neither early nor late, by clocks that run a little slow or fast.
  static let ofOthers: [(gaps: [Double], setting: Double)] = [
    ([59.999], 60), ([60.0], 60), ([400], 400), ([399.999], 400), ([45], 45), ([44], 44), ([59], 59), ([390], 390),
    ([350], 350), ([600], 600), ([12], 12), ([7199.86], 7200), ([7200.01], 7200), ([86_391.5], 86_400), ([0.5], 0.5),
    ([0.498, 0.502], 0.5), ([0.25], 0.25), ([0.1, 0.1], 0.1), ([1.5], 1.5), ([2.5], 2.5), ([0.992], 1),
  ]

  @Test("Linux' late timers tell what was set, whichever gaps they made", arguments: ofLinux)
  func linux(gaps: [Double], setting: Double) {
    for kind in [LikelySetting.Kind.idle, .period(delay: 0.05), .interval] {
      #expect(likely(gaps, kind) == setting, "\(kind)")
    }
  }

  @Test("Punctual timers lose no unit, and millisecond timers are told as such", arguments: ofOthers)
  func others(gaps: [Double], setting: Double) {
    for kind in [LikelySetting.Kind.idle, .period(delay: 0.05), .interval] {
      #expect(likely(gaps, kind) == setting, "\(kind)")
    }
  }

  @Test("Single early gaps do not decide")
  func early() {
    let windows = [Double](repeating: 45.003, count: 25) + [44.988, 44.999, 44.997, 44.99, 44.995]
    #expect(likely(windows, .interval) == 45)
    #expect(likely(windows + [44.5], .period(delay: 0.01)) == 45)
    #expect(likely([44.5] + windows, .idle) == 45)
  }

  @Test("A device that looks every 500 ms may be early on the first gap only")
  func slowTimer() {
    #expect(likely([59.6], .idle) == 60)
    #expect(likely([29.6], .idle) == 30)
    #expect(likely([44.7], .idle) == 45)
    #expect(likely([7199.6], .idle) == 7200)
    #expect(likely([59.6], .idle, other: 60) == 60)
    #expect(likely([59.6], .interval) != 60)
  }

  @Test("Some stacks count from the probe, so that a gap from the answer is shorter by the round trip")
  func countingFromProbe() {
    #expect(likely([59.9, 59.9], .period(delay: 0.1)) == 60)
  }

  @Test("Gaps that differ tell no setting")
  func uneven() {
    #expect(likely([0.4, 0.8, 1.6, 3.2], .interval) == nil)
    #expect(likely([3.07, 6.14], .interval) == nil)
    #expect(likely([], .interval) == nil)
  }
}
