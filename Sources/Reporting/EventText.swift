import KeepaliveAnalysis
import PacketWire

/// Phrases for events, the same in lines, time lines, comments and reasons.
enum EventText {
  /// The time from a probe to its answer: "in 0.4 ms", or that the capture has the two crosswise.
  static func delay(_ answer: KeepaliveEvent.Answer) -> String {
    answer.delay.map { "in \(DurationText.text($0))" } ?? "captured before it"
  }

  /// What the prober made of an answer, where that was seen not to be accepted.
  static func acceptance(_ answer: KeepaliveEvent.Answer) -> String {
    answer.isAccepted == false ? ", which did not accept it" : ""
  }

  /// An ICMP error: its type, code and sender, and what it quotes.
  static func quotedError(_ error: KeepaliveEvent.QuotedError) -> String {
    "ICMP \(name(error)) from \(error.reporter) quotes \(quoted(error.quoted))"
  }

  /// What an ICMP error means for the connection (net/ipv4/tcp_ipv4.c, tcp_v4_err).
  static func meaning(_ quoted: KeepaliveEvent.QuotedError.Quoted) -> String {
    switch quoted {
    case .probe: "the prober's kernel ignores it, as the quoted number is below SND.UNA"
    case .acknowledgment, .data: "its error may replace ETIMEDOUT when that end's kernel gives up"
    }
  }

  private static func quoted(_ quoted: KeepaliveEvent.QuotedError.Quoted) -> String {
    switch quoted {
    case .probe: "a probe"
    case .acknowledgment: "an acknowledgment"
    case .data: "data"
    }
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

  /// A segment that its receiver does not accept: what it is, and what caused it.
  static func ignored(_ ignored: KeepaliveEvent.Ignored) -> String {
    let cause = ignored.probe.map { ", caused by probe #\($0.frame)" } ?? ""
    let origin = ignored.usualTimeToLive.flatMap { usual in
      usual == ignored.timeToLive ? nil : ", TTL \(ignored.timeToLive) where that end's packets have \(usual)"
    }
    return reason(ignored.reason) + cause + (origin ?? "")
  }

  static func reason(_ reason: KeepaliveEvent.Ignored.Reason) -> String {
    switch reason {
    case .resetOutsideWindow: "a reset outside the window: ignored by its receiver"
    case .resetInsideWindow: "a reset inside the window, but not at RCV.NXT: its receiver asks back and goes on"
    case .synOnStandingConnection: "a SYN on a connection that stands: its receiver asks back and goes on"
    }
  }
}
