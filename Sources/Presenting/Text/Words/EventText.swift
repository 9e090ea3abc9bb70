import Findings
import PacketWire

/// Phrases for events, the same in lines, time lines, comments and reasons.
enum EventText {
  /// The silence before a probe: "after 2.02 s".
  static func silence(_ probe: KeepaliveEvent.Probe) -> String {
    if let silence = probe.silence { return silence > 0 ? "after \(DurationText.text(silence))" : "at once" }
    guard let least = probe.silenceAtLeast, least > 0 else { return "as the capture begins" }
    return "after at least \(DurationText.text(least))"
  }

  /// The time from a probe to its answer: "in 0.4 ms", or that the capture has the two crosswise.
  static func delay(_ answer: KeepaliveEvent.Answer) -> String {
    answer.delay.map { "in \(DurationText.text($0))" } ?? "captured before it"
  }

  /// What the prober made of an answer, where that was seen not to be accepted.
  static func acceptance(_ answer: KeepaliveEvent.Answer) -> String {
    answer.isAccepted == false ? ", not accepted by the prober" : ""
  }

  // MARK: - Other readings

  /// What else a segment may be that looks like a probe; empty where it is one for certain.
  static func doubt(_ probe: KeepaliveEvent.Probe) -> String {
    switch probe.doubt {
    case nil: ""
    case .acknowledgmentThatCrossed: " (or a late ACK)"
    case .octetSentAgain: " (or data sent again)"
    case .windowProbe: " (or window probe)"
    }
  }

  /// The same in a sentence.
  static func reading(_ doubt: KeepaliveEvent.Probe.Doubt) -> String {
    switch doubt {
    case .acknowledgmentThatCrossed:
      "an acknowledgment that crossed what it seems to follow, as it comes soon and the round trip is not known"
    case .octetSentAgain:
      "one octet of data, sent again because its acknowledgment did not arrive, as its first time is not in the capture"
    case .windowProbe: "a probe of its peer's window, which is 0, as both have the same octets"
    }
  }

  /// What else an answer may be; empty where it is one to this probe for certain.
  static func doubt(_ answer: KeepaliveEvent.Answer) -> String {
    guard !answer.isCertain else { return "" }
    return answer.form == .reset ? " (or its sender gives up)" : " (or another probe)"
  }

  /// What else a give-up may be; empty where it is one for certain.
  static func doubt(_ giveUp: KeepaliveEvent.GiveUp) -> String { giveUp.isCertain ? "" : " (or a program aborts)" }

  // MARK: - ICMP errors

  /// An ICMP error: its type, code and sender, and what it quotes.
  static func quotedError(_ error: KeepaliveEvent.QuotedError) -> String {
    "ICMP \(name(error)) from \(error.reporter) quotes \(quoted(error.quoted))"
  }

  /// What an ICMP error means for the connection (net/ipv4/tcp_ipv4.c, tcp_v4_err).
  static func meaning(_ error: KeepaliveEvent.QuotedError) -> String {
    switch error.quoted {
    case .probe: return "The prober's kernel ignores it, as the quoted number is below SND.UNA"
    case .acknowledgment, .data:
      guard let number = errorNumber(error) else { return "It tells that end's program nothing" }
      return "Its error, \(number), may replace ETIMEDOUT when that end's kernel gives up"
    case .reset: return "That end had given up, so it changes nothing"
    }
  }

  /// The error that a program gets of an ICMP error on Linux; `nil` for none (net/ipv4/icmp.c, icmp_err_convert;
  /// net/ipv6/icmp.c, icmpv6_err_convert; tcp_v4_err, tcp_v6_err).
  static func errorNumber(_ error: KeepaliveEvent.QuotedError) -> String? {
    guard error.reporter.isIPv4 else {
      switch (error.type, error.code) {
      case (1, 0): return "ENETUNREACH"
      case (1, 1), (1, 5), (1, 6): return "EACCES"
      case (1, 4): return "ECONNREFUSED"
      case (1, _), (3, _): return "EHOSTUNREACH"
      case (4, _): return "EPROTO"
      default: return nil
      }
    }
    switch (error.type, error.code) {
    case (3, 0), (3, 6), (3, 9), (3, 11): return "ENETUNREACH"
    case (3, 2): return "ENOPROTOOPT"
    case (3, 3): return "ECONNREFUSED"
    case (3, 4): return nil
    case (3, 5): return "EOPNOTSUPP"
    case (3, 7): return "EHOSTDOWN"
    case (3, 8): return "ENONET"
    case (3, _), (11, _): return "EHOSTUNREACH"
    case (12, _): return "EPROTO"
    default: return nil
    }
  }

  static func quoted(_ quoted: KeepaliveEvent.QuotedError.Quoted) -> String {
    switch quoted {
    case .probe: "a probe"
    case .acknowledgment: "an acknowledgment"
    case .data: "data"
    case .reset: "the reset"
    }
  }

  /// The same as a row of a time line.
  static func row(_ error: KeepaliveEvent.QuotedError, role: String) -> String {
    "ICMP type \(error.type) code \(error.code) from \(error.reporter) quotes \(quoted(error.quoted)) of the \(role)"
  }

  /// "type 3 code 13 (communication administratively prohibited)".
  private static func name(_ error: KeepaliveEvent.QuotedError) -> String {
    let numbers = "type \(error.type) code \(error.code)"
    let names = error.reporter.isIPv4 ? namesIPv4 : namesIPv6
    return names[[error.type, error.code]].map { "\(numbers) (\($0))" } ?? numbers
  }

  /// RFC 792, RFC 1812 §5.2.7.1.
  private static let namesIPv4: [[UInt8]: String] = [
    [3, 0]: "network unreachable", [3, 1]: "host unreachable", [3, 2]: "protocol unreachable",
    [3, 3]: "port unreachable", [3, 4]: "fragmentation needed", [3, 9]: "network administratively prohibited",
    [3, 10]: "host administratively prohibited", [3, 13]: "communication administratively prohibited",
    [11, 0]: "time to live exceeded",
  ]

  /// RFC 4443 §3.
  private static let namesIPv6: [[UInt8]: String] = [
    [1, 0]: "no route to destination", [1, 1]: "communication administratively prohibited",
    [1, 3]: "address unreachable", [1, 4]: "port unreachable", [2, 0]: "packet too big", [3, 0]: "hop limit exceeded",
  ]

  /// A segment that its receiver does not accept, in sentences: what it is, why it ends nothing, and what caused it.
  static func ignored(_ ignored: KeepaliveEvent.Ignored) -> String {
    var text = reason(ignored.reason)
    if let probe = ignored.probe { text += " Probe #\(probe.frame) caused it." }
    if let usual = ignored.usualTimeToLive, ignored.hasForeignTimeToLive {
      text +=
        " Its TTL is \(ignored.timeToLive), where its sender's other packets have \(usual). A box on the path may have sent it."
    }
    return text
  }

  private static func reason(_ reason: KeepaliveEvent.Ignored.Reason) -> String {
    switch reason {
    case .resetOutsideWindow:
      "a reset outside the window. It was ignored, as Linux drops it and the connection goes on."
    case .resetInsideWindow:
      "a reset inside the window, but not at RCV.NXT. It was ignored, as its receiver asks back (challenge ACK) and goes on."
    case .synOnStandingConnection:
      "a SYN on a connection that stands. It was ignored, as its receiver asks back (challenge ACK) and goes on."
    case .finOutsideWindow:
      "a FIN outside the window. It was ignored, as its receiver drops it and the connection goes on."
    case .finBeforeData:
      "a FIN whose number its sender then used for data. It was ignored, as it was another's, or is damaged in the capture."
    }
  }

  /// The same as a row of a time line.
  static func row(_ ignored: KeepaliveEvent.Ignored) -> String {
    switch ignored.reason {
    case .resetOutsideWindow: "RST outside the window: ignored"
    case .resetInsideWindow: "RST not at RCV.NXT: ignored"
    case .synOnStandingConnection: "SYN on a standing connection: ignored"
    case .finOutsideWindow: "FIN outside the window: ignored"
    case .finBeforeData: "FIN, then data at its number: ignored"
    }
  }
}
