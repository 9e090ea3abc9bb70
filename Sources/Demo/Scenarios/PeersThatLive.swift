// The peer is there: every probe is answered.

extension DemoScenario {
  /// Every probe is answered.
  public static let healthy = DemoScenario(
    name: "healthy",
    story: [
      "After one exchange nothing is said any more. The client's kernel asks now and then",
      "whether the server's is still there. What does either program notice of it?",
    ],
    lesson:
      "A probe asks the other kernel, and the other kernel answers; no program takes part. While all are answered they come "
      + "every max(idle, interval) seconds, and interval and count do not show.",
    byDefault: "one probe every two hours.",
    expectedVerdict: "answered",
    contribution: "keeps an eye on the other kernel"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [.when(.answers(settings.enoughAnswers), .end)])
  }

  /// Both ends probe.
  public static let bothEnds = DemoScenario(
    name: "both-ends",
    story: [
      "Both programs turned keepalive on, and both are silent.",
      "Does the one's probe spare the other's?",
    ],
    lesson:
      "Each end probes on its own: neither the peer's probes nor the answers that it sends restart its idle time. "
      + "Two ends with keepalive cost two probes and two answers a period.",
    byDefault: "one probe every two hours.",
    expectedVerdict: "answered",
    contribution: "each end looks after itself",
    server: { $0.socketOptions }
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: [.listen(receiveBuffer: nil), .accept, .keepalive(settings)] + DemoScript.answer + [.receiveToEnd],
      cues: [.when(.probesOfEach(3), .end)])
  }

  /// The client has ended its direction.
  public static let halfClosed = DemoScenario(
    name: "half-closed",
    story: [
      "The client has said all that it has to say (shutdown), and waits for the rest.",
      "Is a connection probed that is closed in one direction?",
    ],
    lesson:
      "Keepalive goes on in FIN_WAIT2, with the sequence number of the FIN itself. It guards a program that has sent all and "
      + "still waits for the rest.",
    byDefault: "one probe every two hours.",
    expectedVerdict: "closed",
    contribution: "guards the half that is open"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + [.shutdownWriting, .receiveToEnd],
      server: DemoScript.answerOnce() + [.receive, .awaitCue, .send("The rest."), .close],
      cues: [.when(.answers(settings.enoughAnswers), .cueServer), .when(.clientsEnded, .end)])
  }
}
