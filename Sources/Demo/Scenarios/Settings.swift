// What settings decide: TCP_USER_TIMEOUT, the defaults, the system's.

extension DemoScenario {
  /// TCP_USER_TIMEOUT ends it before the count does.
  public static let userTimeout = DemoScenario(
    name: "user-timeout",
    story: [
      "As silent-peer, with a count of 9 and TCP_USER_TIMEOUT on the client's socket.",
      "Which of the two decides?",
    ],
    lesson:
      "TCP_USER_TIMEOUT replaces the count: the kernel gives up at the first probe that is due after it. "
      + "On the wire it cannot be told from a smaller count, so both are named.",
    byDefault: "TCP_USER_TIMEOUT is 0: the count decides, after 2 h 11 min 15 s.",
    expectedVerdict: "dead",
    contribution: "finds the dead peer; TCP_USER_TIMEOUT sets when",
    usualCount: 9,
    usualUserTimeout: { idle, interval in 1000 * idle + 1500 * interval },
    script: DemoScript.silentPeer)

  /// TCP_USER_TIMEOUT ends it after the count would have.
  public static let userTimeoutLonger = DemoScenario(
    name: "user-timeout-longer",
    story: [
      "As silent-peer, with a count of 2 and a longer TCP_USER_TIMEOUT.",
      "Does the count end it after two probes?",
    ],
    lesson:
      "TCP_USER_TIMEOUT replaces the count the other way too: the probes go on until it is over. "
      + "A count that is set beside it has no effect.",
    byDefault: "TCP_USER_TIMEOUT is 0: the count decides, after 2 h 11 min 15 s.",
    expectedVerdict: "dead",
    contribution: "finds the dead peer; TCP_USER_TIMEOUT sets when",
    usualCount: 2,
    usualUserTimeout: { idle, interval in 1000 * idle + 4500 * interval },
    script: DemoScript.silentPeer)

  /// Keepalive is on, with the system's settings.
  public static let defaults = DemoScenario(
    name: "defaults",
    story: [
      "The client turns keepalive on and sets nothing else, as most programs do.",
      "When does the first probe come?",
    ],
    lesson:
      "The first probe is two hours away (tcp_keepalive_time, 7200 s), and a dead peer would be noticed after 2 h 11 min. "
      + "A program that cares must set TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT as well.",
    byDefault: "exactly this.",
    expectedVerdict: "not-probed",
    contribution: "armed, for two hours from now",
    client: { _ in "SO_KEEPALIVE on, nothing else set: 7200 s, 75 s and 9, unless this host's settings differ" }
  ) { settings in
    DemoScript(
      client: [.connect, .keepalive(nil)] + DemoScript.ask + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [.when(.seconds(5), .end)],
      showsTimer: true)
  }

  /// The system's settings are changed.
  public static let systemWide = DemoScenario(
    name: "system-wide",
    story: [
      "The system-wide settings (net.ipv4.tcp_keepalive_*) are changed while four connections are open.",
      "Which of their sockets does that reach?",
    ],
    lesson:
      "They reach sockets that turned keepalive on and set nothing of their own, from the next time their timer is set: a timer that "
      + "runs already is not shortened. They do not turn keepalive on for anybody.",
    byDefault: "7200 s, 75 s and 9, for every socket that asks for keepalive and sets nothing else.",
    expectedVerdict: "not-probed",
    contribution: "reaches sockets that turn it on afterwards",
    client: { settings in
      "before: SO_KEEPALIVE on, before the change    after: the same, after it    own: also TCP_KEEPIDLE "
        + "\(settings.idle + 1) s    off: SO_KEEPALIVE off"
    },
    script: DemoScript.systemWide)
}
