import Testing

@testable import Demo

/// When the demo does what its script says.
@Suite struct DirectorTests {
  static let second: Int64 = 1_000_000_000

  /// The actions that are due after `seconds`, by their names.
  static func due(_ director: inout DemoDirector, _ progress: DemoProgress, after seconds: Double) -> [String] {
    director.dueActions(progress, at: Int64(seconds * 1e9)).map { "\($0)" }
  }

  @Test("A cue waits for its moment, and the next one for it")
  func order() {
    var director = DemoDirector([.when(.answers(2), .killServer), .when(.clientsEnded, .end)], at: 0)
    var progress = DemoProgress()
    progress.clientsEnded = true
    #expect(Self.due(&director, progress, after: 1) == [])
    progress.answers = 2
    #expect(Self.due(&director, progress, after: 2) == ["killServer", "end"])
    #expect(Self.due(&director, progress, after: 3) == [], "each is done once")
  }

  @Test("Seconds count from the cue before")
  func seconds() {
    var director = DemoDirector([.when(.unanswered(1), .cueServer), .when(.seconds(2), .end)], at: 0)
    var progress = DemoProgress()
    progress.unanswered = 1
    #expect(Self.due(&director, progress, after: 5) == ["cueServer"])
    #expect(Self.due(&director, progress, after: 6.9) == [])
    #expect(Self.due(&director, progress, after: 7) == ["end"])
  }

  @Test("It is quiet a third of a second after the last packet or call, and not before there was one")
  func quiet() {
    var director = DemoDirector([.when(.quiet, .stopServer)], at: 0)
    var progress = DemoProgress()
    #expect(Self.due(&director, progress, after: 9) == [])
    progress.lastActivity = 9 * Self.second
    #expect(Self.due(&director, progress, after: 9.3) == [])
    #expect(Self.due(&director, progress, after: 9.4) == ["stopServer"])
  }

  @Test("Both ends must have probed, each so often")
  func probesOfEach() {
    var director = DemoDirector([.when(.probesOfEach(3), .end)], at: 0)
    var progress = DemoProgress()
    for probes in [[5], [2, 5]] {
      progress.probesOfEnds = probes
      #expect(Self.due(&director, progress, after: 1) == [])
    }
    progress.probesOfEnds = [3, 5]
    #expect(Self.due(&director, progress, after: 2) == ["end"])
  }
}
