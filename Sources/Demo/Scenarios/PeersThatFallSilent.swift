// The peer, or the way to it, is gone, and says nothing.

extension DemoScenario {
  /// The server's host goes silent.
  public static let silentPeer = DemoScenario(
    name: "silent-peer",
    story: [
      "After one exchange the server's host goes deaf, as if its cable were cut.",
      "No FIN and no RST is sent. What does the client program notice, and when?",
    ],
    lesson:
      "Only the prober's kernel finds out that the peer is gone, after idle + interval × count; the program learns it "
      + "from the next call, or the one that waits. The far end learns nothing: it stays ESTABLISHED until it sends or probes itself.",
    byDefault: "this takes 2 h 11 min 15 s.",
    expectedVerdict: "dead",
    contribution: "finds the dead peer",
    script: DemoScript.silentPeer)

  /// It goes silent, and comes back before the last probe.
  public static let silentThenBack = DemoScenario(
    name: "silent-then-back",
    story: [
      "The server's host goes deaf, and hears again before the last probe.",
      "Do the probes that went unanswered leave anything behind?",
    ],
    lesson:
      "One answer sets the count of unanswered probes back to 0, and the program never learns of the outage. "
      + "So a short idle time costs nothing when the path comes back.",
    byDefault: "an outage of up to two hours is not even noticed.",
    expectedVerdict: "answered",
    contribution: "nothing is lost: the count starts over",
    fewestProbes: 2
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerThenGoDeaf + [.hearAgain, .awaitCue],
      cues: [.when(.unanswered(max(1, settings.count - 1)), .cueServer), .when(.answers(2), .end)])
  }

  /// A box on the path forgets what is idle.
  public static let forgetfulBox = DemoScenario(
    name: "forgetful-box",
    story: [
      "A box on the path forgets a connection that is silent for a while, and drops what comes later.",
      "Two clients differ in their idle time only. Which one loses its connection?",
    ],
    lesson:
      "Each probe and its answer keep the box's memory fresh, so the shorter idle time survives; the longer one finds out only "
      + "that it is too late. Keepalive prevents this where its idle time and interval are below the box's time: they must be "
      + "set, as the default is two hours.",
    byDefault: "both connections are forgotten, hours before the first probe.",
    expectedVerdict: "dead",
    contribution: "keeps one connection known; too late for the other",
    client: { settings in
      "SO_KEEPALIVE on    TCP_KEEPIDLE \(settings.idle + forgetfulness + 2) s and \(settings.idle) s   TCP_KEEPINTVL "
        + "\(settings.interval) s   TCP_KEEPCNT \(settings.count)"
    },
    server: { settings in
      "SO_KEEPALIVE off   its kernel plays the box, which forgets after \(settings.idle + forgetfulness) s"
    },
    script: DemoScript.forgetfulBox)

  /// So many seconds longer than the shorter idle time the box remembers.
  static let forgetfulness = 1

  /// The client's own interface goes down.
  public static let noRoute = DemoScenario(
    name: "no-route",
    story: [
      "The client's own interface goes down. Nothing can be sent any more.",
      "What does a capture show, and what does the program learn?",
    ],
    // The error is sk_err_soft where one was noted while sending, else ETIMEDOUT (net/ipv4/tcp_timer.c, tcp_write_err).
    lesson:
      "The kernel counts probes that never reach the wire, and gives up as if the peer were gone: with ETIMEDOUT, over IPv6 with "
      + "the reason why it could not send, ENETUNREACH. A capture shows nothing at all: an empty one does not prove that "
      + "keepalive is off.",
    byDefault: "this takes 2 h 11 min 15 s.",
    expectedVerdict: "not-probed",
    contribution: "finds the dead path, unseen"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [.when(.quiet, .takeLoopbackDown), .when(.clientsEnded, .end)],
      needsPrivateNetwork: true, showsTimer: true)
  }

  /// Keepalive is off, and the peer silent.
  public static let noKeepalive = DemoScenario(
    name: "no-keepalive",
    story: [
      "The server's host goes deaf, and the client never turned keepalive on.",
      "When does the client program notice?",
    ],
    lesson:
      "Never, unless it sends. An idle connection without keepalive has no timer, and stays ESTABLISHED for ever.",
    byDefault: "exactly this: keepalive is off.",
    expectedVerdict: "not-probed",
    contribution: "off: nobody ever notices",
    client: { _ in "SO_KEEPALIVE off" }
  ) { settings in
    DemoScript(
      client: [.connect] + DemoScript.ask + DemoScript.waitForTheEnd,
      server: DemoScript.answerThenGoDeaf,
      // Longer than keepalive with these settings would have taken.
      cues: [.when(.seconds(Double(settings.idle + settings.interval * settings.count) + 2), .end)])
  }
}
