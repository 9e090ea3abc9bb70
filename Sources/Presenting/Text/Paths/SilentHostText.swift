import Findings

/// WHY, where everything of one host stopped at one moment; and HELP.
struct SilentHostText {
  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// A text in a style, with times in a zone.
  init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// The lines for a host.
  func lines(_ host: SilentHost) -> [String] {
    let ids = ConnectionNumbers.text(host.connections)
    var why = [
      "Everything from \(host.host) stopped at \(ClockTime(host.lastHeard, zone).time). "
        + "\(counted(host.connections.count, "connection")) hang\(host.connections.count == 1 ? "s" : "") or died since (\(ids))."
    ]
    why += host.missedProbes.prefix(Self.missedShown).map { number, due in
      "On \(number) a probe of that host was due at \(ClockTime(due, zone).time), and did not come."
    }
    if host.unansweredOpenings > 0 {
      let asked = counted(host.unansweredOpenings, "later attempt")
      why.append("\(asked) to connect to it drew no answer either (SYN).")
    }
    why.append(
      "One cause explains them all: that host, or the path to it, was gone from then on. The capture cannot tell which."
    )
    var help = ["A shorter idle time, interval or count notices a silent host sooner."]
    if !host.stalled.isEmpty {
      help.append(
        "\(ConnectionNumbers.text(host.stalled)): data waits, and then no probe is sent. TCP_USER_TIMEOUT limits that.")
    }
    return [""] + style.labelled("WHY", why) + style.labelled("HELP", help)
  }

  /// More probes that did not come than this are not told one by one.
  private static let missedShown = 3
}
