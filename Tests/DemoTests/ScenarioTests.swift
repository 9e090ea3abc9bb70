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

  /// What a scenario's text must say, and what it must not: it would be wrong, or promise too much.
  struct Words: CustomTestStringConvertible, Sendable {
    let name: String
    let says: [String]
    let never: [String]
    var testDescription: String { name }
  }

  static let words = [
    Words(name: "healthy", says: ["no program takes part", "max(idle, interval)"], never: ["program answers"]),
    Words(name: "silent-peer", says: ["idle + interval × count", "ESTABLISHED"], never: ["FIN tells", "BrokenPipe"]),
    Words(name: "silent-then-back", says: ["back to 0", "never learns"], never: ["ETIMEDOUT", "gives up"]),
    Words(
      name: "forgetful-box",
      says: [
        "shorter idle time survives",
        "below the box's "
          + "time",
      ], never: ["FIN", "reset"]),
    Words(
      name: "killed-server", says: ["FIN", "recv() returns 0", "second send", "no part"],
      never: ["ETIMEDOUT", "gives up", "a probe finds"]),
    Words(name: "killed-with-unread-data", says: ["reset instead of a FIN", "ECONNRESET"], never: ["ETIMEDOUT"]),
    Words(name: "zombie-kernel", says: ["FIN_WAIT2", "goes on answering", "EPIPE"], never: ["ETIMEDOUT"]),
    Words(name: "lost-state", says: ["reset", "one probe is enough"], never: ["ETIMEDOUT", "count probes"]),
    Words(name: "frozen-server", says: ["the kernel and not the program", "heartbeat"], never: ["notices it"]),
    Words(
      name: "data-in-flight", says: ["suspends keepalive", "no reset is sent", "tcp_retries2"],
      never: ["keepalive finds", "2 h 11"]),
    Words(name: "zero-window", says: ["window probes", "doubling gaps"], never: ["these are keepalives"]),
    Words(name: "keepalive-into-zero-window", says: ["these are keepalives", "gaps stay equal"], never: ["double"]),
    Words(name: "user-timeout", says: ["replaces the count", "cannot be told"], never: ["adds to the count"]),
    Words(name: "user-timeout-longer", says: ["replaces the count", "no effect"], never: ["after two probes."]),
    Words(name: "both-ends", says: ["on its own", "two probes and two answers"], never: ["spares"]),
    Words(name: "half-closed", says: ["FIN_WAIT2", "number of the FIN"], never: ["is not probed"]),
    Words(
      name: "no-route", says: ["never reach the wire", "does not prove", "ENETUNREACH"],
      never: ["EHOSTUNREACH", "a reset is captured"]),
    Words(name: "no-keepalive", says: ["Never, unless it sends"], never: ["two hours", "2 h"]),
    Words(name: "defaults", says: ["7200 s", "TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT"], never: ["15 minutes"]),
    Words(name: "system-wide", says: ["do not turn keepalive on", "not shortened"], never: ["every socket of"]),
  ]

  @Test("Every scenario's text says what is so, and not what is not", arguments: words)
  func text(words: Words) throws {
    let scenario = try Self.scenario(words.name)
    let text = (scenario.story + [scenario.lesson, scenario.byDefault, scenario.contribution]).joined(separator: " ")
    for phrase in words.says { #expect(text.contains(phrase), "\(phrase)\n\(text)") }
    for phrase in words.never { #expect(!text.contains(phrase), "\(phrase)\n\(text)") }
  }

  @Test("No scenario's text is left out of that")
  func allTexts() { #expect(Set(Self.words.map(\.name)) == Set(Self.names)) }

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
