/// What happens in a demo.
public enum DemoScenario: String, CaseIterable, Sendable {
  /// Every probe is answered.
  case healthy
  /// The server's host goes silent.
  case silentPeer = "silent-peer"
  /// It goes silent, and comes back before the last probe.
  case silentThenBack = "silent-then-back"
  /// The server is killed.
  case killedServer = "killed-server"
  /// The server is killed with data that it has not read.
  case killedWithUnreadData = "killed-with-unread-data"
  /// The server is killed, and the client does not read.
  case zombieKernel = "zombie-kernel"
  /// The server's host forgets the connection.
  case lostState = "lost-state"
  /// The server program is stopped.
  case frozenServer = "frozen-server"
  /// The client sends into the silence.
  case dataInFlight = "data-in-flight"
  /// The server does not read, and data waits.
  case zeroWindow = "zero-window"
  /// The server does not read, and no data waits.
  case keepaliveIntoZeroWindow = "keepalive-into-zero-window"
  /// TCP_USER_TIMEOUT ends it before the count does.
  case userTimeout = "user-timeout"
  /// TCP_USER_TIMEOUT ends it after the count would have.
  case userTimeoutLonger = "user-timeout-longer"
  /// Both ends probe.
  case bothEnds = "both-ends"
  /// The client has ended its direction.
  case halfClosed = "half-closed"
  /// The client's own interface goes down.
  case noRoute = "no-route"
  /// Keepalive is off, and the peer silent.
  case noKeepalive = "no-keepalive"
  /// Keepalive is on, with the system's settings.
  case defaults
  /// The system's settings are changed.
  case systemWide = "system-wide"

  /// What keepalive is set to, where the user does not say: idle and interval in seconds, the count, and TCP_USER_TIMEOUT in
  /// milliseconds.
  public func settings(idle: Int?, interval: Int?, count: Int?, userTimeout: Int?) -> KeepaliveSettings {
    let idle = idle ?? 2
    let interval = interval ?? 1
    // The user timeout is looked at when the timer fires: halfway between two probes leaves no doubt which one is the last.
    let (usualCount, usualTimeout) =
      switch self {
      case .userTimeout: (9, 1000 * idle + 1500 * interval)
      case .userTimeoutLonger: (2, 1000 * idle + 4500 * interval)
      case .dataInFlight: (3, 1000 * (idle + 3 * interval))
      default: (3, 0)
      }
    return KeepaliveSettings(
      idle: idle, interval: interval, count: count ?? usualCount, userTimeout: userTimeout ?? usualTimeout)
  }
}

extension DemoScenario {
  /// What happens, and the question it asks; two lines.
  public var story: [String] {
    switch self {
    case .healthy:
      [
        "After one exchange nothing is said any more. The client's kernel asks now and then",
        "whether the server's is still there. What does either program notice of it?",
      ]
    case .silentPeer:
      [
        "After one exchange the server's host goes deaf, as if its cable were cut.",
        "No FIN and no RST is sent. What does the client program notice, and when?",
      ]
    case .silentThenBack:
      [
        "The server's host goes deaf, and hears again before the last probe.",
        "Do the probes that went unanswered leave anything behind?",
      ]
    case .killedServer:
      [
        "After one exchange the server program is killed (SIGKILL). Its kernel lives on.",
        "Does keepalive tell the client? Or is it told by something else?",
      ]
    case .killedWithUnreadData:
      [
        "The server program is killed while a message waits that it has not read.",
        "Does the client see the same as after any other kill?",
      ]
    case .zombieKernel:
      [
        "The server program is killed, and the client program does not read: it sleeps.",
        "Who answers the client's probes, when there is no server any more?",
      ]
    case .lostState:
      [
        "The server's host forgets the connection, as after a restart. It says nothing of it.",
        "What does the first probe find?",
      ]
    case .frozenServer:
      [
        "The server program is stopped (SIGSTOP): it will never answer again. Its kernel runs.",
        "Does keepalive notice?",
      ]
    case .dataInFlight:
      [
        "The server's host goes deaf, and the client sends before its idle time is over.",
        "Do probes find out that nobody is there?",
      ]
    case .zeroWindow:
      [
        "The server program does not read, and the client has more to send than fits.",
        "The kernel probes. Are these keepalives?",
      ]
    case .keepaliveIntoZeroWindow:
      [
        "The server program does not read; its window is full, and nothing waits to be sent.",
        "The octets on the wire are the same as for window probes. Which are these?",
      ]
    case .userTimeout:
      [
        "As silent-peer, with a count of 9 and TCP_USER_TIMEOUT on the client's socket.",
        "Which of the two decides?",
      ]
    case .userTimeoutLonger:
      [
        "As silent-peer, with a count of 2 and a longer TCP_USER_TIMEOUT.",
        "Does the count end it after two probes?",
      ]
    case .bothEnds:
      [
        "Both programs turned keepalive on, and both are silent.",
        "Does the one's probe spare the other's?",
      ]
    case .halfClosed:
      [
        "The client has said all that it has to say (shutdown), and waits for the rest.",
        "Is a connection probed that is closed in one direction?",
      ]
    case .noRoute:
      [
        "The client's own interface goes down. Nothing can be sent any more.",
        "What does a capture show, and what does the program learn?",
      ]
    case .noKeepalive:
      [
        "The server's host goes deaf, and the client never turned keepalive on.",
        "When does the client program notice?",
      ]
    case .defaults:
      [
        "The client turns keepalive on and sets nothing else, as most programs do.",
        "When does the first probe come?",
      ]
    case .systemWide:
      [
        "The system-wide settings (net.ipv4.tcp_keepalive_*) are changed while four connections are open.",
        "Which of their sockets does that reach?",
      ]
    }
  }

  /// What to learn from it: two sentences.
  public var lesson: String {
    switch self {
    case .healthy:
      "A probe asks the other kernel, and the other kernel answers; no program takes part. While all are answered they come "
        + "every max(idle, interval) seconds, and interval and count do not show."
    case .silentPeer:
      "Only the prober's kernel finds out that the peer is gone, after idle + interval × count; the program learns it "
        + "from the next call, or the one that waits. The far end learns nothing: it stays ESTABLISHED until it sends or probes itself."
    case .silentThenBack:
      "One answer sets the count of unanswered probes back to 0, and the program never learns of the outage. "
        + "So a short idle time costs nothing when the path comes back."
    case .killedServer:
      "A killed program's kernel closes its sockets: the client is told at once by a FIN, and recv() returns 0. Keepalive "
        + "plays no part; EPIPE comes only on the second send, from the reset that the first one drew."
    case .killedWithUnreadData:
      "Data that the program had not read is lost, and its kernel says so with a reset instead of a FIN. The client gets "
        + "ECONNRESET at once, without any probe."
    case .zombieKernel:
      "The FIN was acknowledged by the client's kernel, and a program that does not read never learns of it; the dead "
        + "program's kernel goes on answering probes until its FIN_WAIT2 ends (tcp_fin_timeout, 60 s unless changed). Only then "
        + "does a probe draw a reset, and the next send fails with EPIPE."
    case .lostState:
      "A kernel that does not know a connection answers its probe with a reset, so one probe is enough. Without keepalive "
        + "the client would wait for ever: a restarted host announces nothing."
    case .frozenServer:
      "Every probe is answered, because keepalive asks the kernel and not the program. To know that a program is well, "
        + "programs must ask each other: a heartbeat of their own."
    case .dataInFlight:
      "Data that waits for its acknowledgment suspends keepalive: retransmissions rule, and at their end no reset is sent. "
        + "Without TCP_USER_TIMEOUT that lasts some 15 minutes (tcp_retries2), whatever keepalive is set to."
    case .zeroWindow:
      "These are window probes, octet for octet the same as keepalives; the doubling gaps and the waiting data tell. "
        + "As long as they are answered the connection lives, and keepalive has no part in it."
    case .keepaliveIntoZeroWindow:
      "With nothing waiting to be sent these are keepalives, though the window is 0: their gaps stay equal. The answers show "
        + "that the server's host is up, and that its program still does not read."
    case .userTimeout:
      "TCP_USER_TIMEOUT replaces the count: the kernel gives up at the first probe that is due after it. "
        + "On the wire it cannot be told from a smaller count, so both are named."
    case .userTimeoutLonger:
      "TCP_USER_TIMEOUT replaces the count the other way too: the probes go on until it is over. "
        + "A count that is set beside it has no effect."
    case .bothEnds:
      "Each end probes on its own: neither the peer's probes nor the answers that it sends restart its idle time. "
        + "Two ends with keepalive cost two probes and two answers a period."
    case .halfClosed:
      "Keepalive goes on in FIN_WAIT2, with the sequence number of the FIN itself. It guards a program that has sent all and "
        + "still waits for the rest."
    case .noRoute:
      // The error is sk_err_soft where one was noted while sending, else ETIMEDOUT (net/ipv4/tcp_timer.c, tcp_write_err).
      "The kernel counts probes that never reach the wire, and gives up as if the peer were gone: with ETIMEDOUT, over IPv6 with "
        + "the reason why it could not send, ENETUNREACH. A capture shows nothing at all: an empty one does not prove that "
        + "keepalive is off."
    case .noKeepalive:
      "Never, unless it sends. An idle connection without keepalive has no timer, and stays ESTABLISHED for ever."
    case .defaults:
      "The first probe is two hours away (tcp_keepalive_time, 7200 s), and a dead peer would be noticed after 2 h 11 min. "
        + "A program that cares must set TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT as well."
    case .systemWide:
      "They reach sockets that turned keepalive on and set nothing of their own, from the next time their timer is set: a timer that "
        + "runs already is not shortened. They do not turn keepalive on for anybody."
    }
  }

  /// What the defaults (7200 s, 75 s, 9; off unless a program turns keepalive on) would make of it.
  public var byDefault: String {
    switch self {
    case .healthy, .frozenServer, .keepaliveIntoZeroWindow, .bothEnds, .halfClosed: "one probe every two hours."
    case .silentPeer, .noRoute: "this takes 2 h 11 min 15 s."
    case .silentThenBack: "an outage of up to two hours is not even noticed."
    case .killedServer, .killedWithUnreadData: "the same: the FIN or the reset comes at once."
    case .zombieKernel: "the first probe comes after two hours, and draws a reset: FIN_WAIT2 ended long before."
    case .lostState: "the first probe comes after two hours."
    case .dataInFlight: "about 15 minutes of retransmissions, if tcp_retries2 is 15."
    case .zeroWindow: "the same: window probes, up to two minutes apart, as long as they are answered."
    case .userTimeout, .userTimeoutLonger: "TCP_USER_TIMEOUT is 0: the count decides, after 2 h 11 min 15 s."
    case .noKeepalive: "exactly this: keepalive is off."
    case .defaults: "exactly this."
    case .systemWide: "7200 s, 75 s and 9, for every socket that asks for keepalive and sets nothing else."
    }
  }

  /// The verdict on the first connection that the scenario is known to end with; see `Verdict` of KeepaliveAnalysis.
  public var expectedVerdict: String {
    switch self {
    case .healthy, .silentThenBack, .frozenServer, .keepaliveIntoZeroWindow, .bothEnds: "answered"
    case .silentPeer, .userTimeout, .userTimeoutLonger: "dead"
    case .killedServer, .halfClosed: "closed"
    case .killedWithUnreadData, .zombieKernel, .lostState: "reset"
    case .dataInFlight: "stalled"
    case .zeroWindow: "blocked"
    case .noRoute, .noKeepalive, .defaults, .systemWide: "not-probed"
    }
  }

  /// What keepalive had to do with the end, for the table of all scenarios.
  public var contribution: String {
    switch self {
    case .healthy: "keeps an eye on the other kernel"
    case .silentPeer: "finds the dead peer"
    case .silentThenBack: "nothing is lost: the count starts over"
    case .killedServer: "none: a FIN told it"
    case .killedWithUnreadData: "none: a reset told it"
    case .zombieKernel: "misled while FIN_WAIT2 lasted, then found out"
    case .lostState: "its probe drew the reset"
    case .frozenServer: "none: the kernel answers for the program"
    case .dataInFlight: "none: suspended by the data"
    case .zeroWindow: "none: these are window probes"
    case .keepaliveIntoZeroWindow: "shows that the host is up"
    case .userTimeout, .userTimeoutLonger: "finds the dead peer; TCP_USER_TIMEOUT sets when"
    case .bothEnds: "each end looks after itself"
    case .halfClosed: "guards the half that is open"
    case .noRoute: "finds the dead path, unseen"
    case .noKeepalive: "off: nobody ever notices"
    case .defaults: "armed, for two hours from now"
    case .systemWide: "reaches sockets that turn it on afterwards"
    }
  }
}
