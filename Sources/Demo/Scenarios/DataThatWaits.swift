// Data waits, or the window is closed: not every probe is a keepalive.

extension DemoScenario {
  /// The client sends into the silence.
  public static let dataInFlight = DemoScenario(
    name: "data-in-flight",
    story: [
      "The server's host goes deaf, and the client sends before its idle time is over.",
      "Do probes find out that nobody is there?",
    ],
    lesson:
      "Data that waits for its acknowledgment suspends keepalive: retransmissions rule, and at their end no reset is sent. "
      + "Without TCP_USER_TIMEOUT that lasts some 15 minutes (tcp_retries2), whatever keepalive is set to.",
    byDefault: "about 15 minutes of retransmissions, if tcp_retries2 is 15.",
    expectedVerdict: "stalled",
    contribution: "none: suspended by the data",
    usualUserTimeout: { idle, interval in 1000 * (idle + 3 * interval) }
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + [.awaitCue, .send("Are you there?")] + DemoScript.waitForTheEnd,
      server: DemoScript.answerThenGoDeaf,
      cues: [.when(.quiet, .cueClient(0)), .when(.clientsEnded, .end)])
  }

  /// The server does not read, and data waits.
  public static let zeroWindow = DemoScenario(
    name: "zero-window",
    story: [
      "The server program does not read, and the client has more to send than fits.",
      "The kernel probes. Are these keepalives?",
    ],
    lesson:
      "These are window probes, octet for octet the same as keepalives; the doubling gaps and the waiting data tell. "
      + "As long as they are answered the connection lives, and keepalive has no part in it.",
    byDefault: "the same: window probes, up to two minutes apart, as long as they are answered.",
    expectedVerdict: "blocked",
    contribution: "none: these are window probes"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + [.sendOctets(12_000), .receiveToEnd],
      server: DemoScript.answerOnce(receiveBuffer: 4096) + [.awaitCue],
      cues: [.when(.windowProbes(5), .end)])
  }

  /// The server does not read, and no data waits.
  public static let keepaliveIntoZeroWindow = DemoScenario(
    name: "keepalive-into-zero-window",
    story: [
      "The server program does not read; its window is full, and nothing waits to be sent.",
      "The octets on the wire are the same as for window probes. Which are these?",
    ],
    lesson:
      "With nothing waiting to be sent these are keepalives, though the window is 0: their gaps stay equal. The answers show "
      + "that the server's host is up, and that its program still does not read.",
    byDefault: "one probe every two hours.",
    expectedVerdict: "answered",
    contribution: "shows that the host is up"
  ) { settings in
    DemoScript(
      client: [.connect] + DemoScript.ask + [.fillWindow, .keepalive(settings), .receiveToEnd],
      server: DemoScript.answerOnce(receiveBuffer: 4096) + [.awaitCue],
      cues: [.when(.answers(settings.enoughAnswers), .end)])
  }
}
