import KeepaliveAnalysis
import Testing

@testable import Demo

/// The scenarios as values: each is whole, and its script can be played.
@Suite struct ScenarioTests {
  static let names = DemoScenario.all.map(\.name)

  static func scenario(_ name: String) throws -> DemoScenario { try #require(DemoScenario.named(name)) }

  @Test("Each scenario has a name of its own, and is found by it")
  func foundByName() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(Self.names.allSatisfy { DemoScenario.named($0)?.name == $0 })
    #expect(DemoScenario.named("all") == nil, "that is every one of them")
  }

  @Test("Each is told in two lines and ends with a verdict that there is", arguments: names)
  func story(name: String) throws {
    let scenario = try Self.scenario(name)
    #expect(scenario.story.count == 2 && scenario.story.allSatisfy { !$0.isEmpty && $0.count < 100 })
    #expect(scenario.lesson.hasSuffix(".") && scenario.byDefault.hasSuffix("."))
    #expect(Verdict(rawValue: scenario.expectedVerdict) != nil)
    #expect(scenario.contribution.contains("\t") == false, "it is a cell of a table")
  }

  @Test(
    "Each script ends the story, cues only clients that it has, and changes no network but a private one",
    arguments: names)
  func script(name: String) throws {
    let scenario = try Self.scenario(name)
    let script = scenario.script(scenario.settings(idle: nil, interval: nil, count: nil, userTimeout: nil))
    guard case .end? = script.cues.last?.action else {
      Issue.record("nothing ends it")
      return
    }
    for cue in script.cues {
      if case .cueClient(let number) = cue.action { #expect(script.clients.indices.contains(number)) }
    }
    let changesNetwork = script.changesNetwork || script.server.contains(where: \.changesNetwork)
    #expect(!script.changesNetwork || script.needsPrivateNetwork)
    #expect(changesNetwork == ["zombie-kernel", "lost-state", "no-route", "system-wide"].contains(name))
  }

  @Test("What the user says of the settings stands, and the rest is the scenario's")
  func settings() throws {
    let usual = try Self.scenario("user-timeout").settings(idle: nil, interval: nil, count: nil, userTimeout: nil)
    #expect(usual.idle == 2 && usual.interval == 1 && usual.count == 9 && usual.userTimeout == 3500)
    let own = try Self.scenario("user-timeout").settings(idle: 10, interval: 5, count: 4, userTimeout: 0)
    #expect(own.idle == 10 && own.interval == 5 && own.count == 4 && own.userTimeout == 0)
    #expect(try Self.scenario("silent-then-back").fewestProbes == 2)
  }

  @Test("The socket of each end is told as it is set")
  func socketOptions() throws {
    let both = try Self.scenario("both-ends")
    let settings = both.settings(idle: 4, interval: 3, count: 2, userTimeout: 100)
    let text = "SO_KEEPALIVE on    TCP_KEEPIDLE 4 s   TCP_KEEPINTVL 3 s   TCP_KEEPCNT 2   TCP_USER_TIMEOUT 100 ms"
    #expect(both.clientSettings(settings) == text && both.serverSettings(settings) == text)
    let silent = try Self.scenario("silent-peer")
    #expect(silent.clientSettings(settings) == text && silent.serverSettings(settings) == "SO_KEEPALIVE off")
  }
}
