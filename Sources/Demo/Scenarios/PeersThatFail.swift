// The peer's program or its host fails, and a kernel still answers for it.

extension DemoScenario {
  /// The server is killed.
  public static let killedServer = DemoScenario(
    name: "killed-server",
    story: [
      "After one exchange the server program is killed (SIGKILL). Its kernel lives on.",
      "Does keepalive tell the client? Or is it told by something else?",
    ],
    lesson:
      "A killed program's kernel closes its sockets: the client is told at once by a FIN, and recv() returns 0. Keepalive "
      + "plays no part; EPIPE comes only on the second send, from the reset that the first one drew.",
    byDefault: "the same: the FIN or the reset comes at once.",
    expectedVerdict: "closed",
    contribution: "none: a FIN told it"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [.when(.quiet, .killServer), .when(.clientsEnded, .end)])
  }

  /// The server is killed with data that it has not read.
  public static let killedWithUnreadData = DemoScenario(
    name: "killed-with-unread-data",
    story: [
      "The server program is killed while a message waits that it has not read.",
      "Does the client see the same as after any other kill?",
    ],
    lesson:
      "Data that the program had not read is lost, and its kernel says so with a reset instead of a FIN. The client gets "
      + "ECONNRESET at once, without any probe.",
    byDefault: "the same: the FIN or the reset comes at once.",
    expectedVerdict: "reset",
    contribution: "none: a reset told it"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + [.send("Are you there?")] + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [.when(.quiet, .killServer), .when(.clientsEnded, .end)])
  }

  /// The server is killed, and the client does not read.
  public static let zombieKernel = DemoScenario(
    name: "zombie-kernel",
    story: [
      "The server program is killed, and the client program does not read: it sleeps.",
      "Who answers the client's probes, when there is no server any more?",
    ],
    lesson:
      "The FIN was acknowledged by the client's kernel, and a program that does not read never learns of it; the dead "
      + "program's kernel goes on answering probes until its FIN_WAIT2 ends (tcp_fin_timeout, 60 s unless changed). Only then "
      + "does a probe draw a reset, and the next send fails with EPIPE.",
    byDefault: "the first probe comes after two hours, and draws a reset: FIN_WAIT2 ended long before.",
    expectedVerdict: "reset",
    contribution: "misled while FIN_WAIT2 lasted, then found out"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + [.awaitCue, .sendInVain],
      server: DemoScript.answerOnce() + [.awaitCue],
      cues: [
        .when(.atOnce, .setKernelParameters(["tcp_fin_timeout": 2 * settings.idle + 1])),
        .when(.quiet, .killServer),
        .when(.refusal, .cueClient(0)),
        .when(.clientsEnded, .end),
      ],
      needsPrivateNetwork: true)
  }

  /// The server's host forgets the connection.
  public static let lostState = DemoScenario(
    name: "lost-state",
    story: [
      "The server's host forgets the connection, as after a restart. It says nothing of it.",
      "What does the first probe find?",
    ],
    lesson:
      "A kernel that does not know a connection answers its probe with a reset, so one probe is enough. Without keepalive "
      + "the client would wait for ever: a restarted host announces nothing.",
    byDefault: "the first probe comes after two hours.",
    expectedVerdict: "reset",
    contribution: "its probe drew the reset"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.waitUntilAcknowledged, .awaitCue, .loseState, .awaitCue],
      cues: [.when(.quiet, .cueServer), .when(.clientsEnded, .end)])
  }

  /// The server program is stopped.
  public static let frozenServer = DemoScenario(
    name: "frozen-server",
    story: [
      "The server program is stopped (SIGSTOP): it will never answer again. Its kernel runs.",
      "Does keepalive notice?",
    ],
    lesson:
      "Every probe is answered, because keepalive asks the kernel and not the program. To know that a program is well, "
      + "programs must ask each other: a heartbeat of their own.",
    byDefault: "one probe every two hours.",
    expectedVerdict: "answered",
    contribution: "none: the kernel answers for the program"
  ) { settings in
    DemoScript(
      client: DemoScript.connectAndAsk(settings) + DemoScript.waitForTheEnd,
      server: DemoScript.answerOnce() + [.receive],
      cues: [.when(.quiet, .stopServer), .when(.answers(settings.enoughAnswers), .end)])
  }
}
