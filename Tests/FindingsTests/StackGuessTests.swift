import Testing

@testable import Findings
@testable import KeepaliveAnalysis

@Suite struct StackGuessTests {
  func names(
    idle: ClosedRange<Double>? = nil, interval: ClosedRange<Double>? = nil, period: ClosedRange<Double>? = nil,
    count: Int? = nil, sendsGarbage: Bool = false, omitsTimestamps: Bool = false
  ) -> [String] {
    let range = { (bounds: ClosedRange<Double>?) in
      bounds.map { SettingRange(low: $0.lowerBound, high: $0.upperBound, observations: 1) }
    }
    let prober = ProberReport(
      side: .first, probes: 3, answered: 3, unanswered: 0, longestUnanswered: 0,
      latest: FrameReference(frame: 1, file: 0, time: 0), sendsGarbage: sendsGarbage, omitsTimestamps: omitsTimestamps,
      timeToLive: 64, idle: range(idle), interval: range(interval),
      count: count.map { SettingRange(low: Double($0), high: Double($0), observations: 1) }, userTimeout: nil,
      period: range(period), answerDelay: nil, longestSilenceSurvived: 0, unaccepted: 0, unacceptedIsCertain: true,
      giveUp: nil)
    return StackGuess.guesses(prober).map(\.name)
  }

  @Test("Values that fit are named, and one value that does not fit rules a stack out")
  func values() {
    #expect(names(period: 14.6...15.3) == ["Go's defaults"])
    #expect(names(idle: 14.6...15.3, interval: 14.6...15.3, count: 9) == ["Go's defaults"])
    #expect(names(idle: 14.6...15.3, interval: 14.6...15.3, count: 3).isEmpty)
    #expect(names(idle: 7100...7260) == ["the defaults of Linux or lwIP", "FreeBSD's defaults"])
    #expect(names(idle: 7100...7260, interval: 74...76, count: 8) == ["FreeBSD's defaults"])
  }

  @Test("An interval alone tells nothing; the form of the probes does")
  func form() {
    #expect(names(interval: 0.95...1.02).isEmpty)
    #expect(names(interval: 0.95...1.02, count: 10) == ["Node.js"])
    #expect(names(omitsTimestamps: true) == ["macOS or iOS"])
    #expect(names(interval: 0.95...1.02, count: 10, sendsGarbage: true).first == "Windows' interval and count")
    #expect(names().isEmpty)
  }
}
