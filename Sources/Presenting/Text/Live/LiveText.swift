import Findings
import PacketWire

/// Events as lines, as they are seen: what `live` prints, and `replay` of a pipe.
public struct LiveText {
  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// Lines in a style, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// The line for an event.
  public func line(_ event: KeepaliveEvent) -> String {
    line(event.time, SocketPair(event.source, event.destination), "\(text(event))  #\(event.frame)")
  }

  /// The line for a segment that opens a connection, or ends it or one direction of it.
  public func line(_ segment: Segment) -> String {
    line(segment.time, segment.ends, "\(text(segment))  #\(segment.frame)")
  }

  /// The line for segments of that sort that had none, as they were too many.
  public func line(_ tally: SegmentTally, at time: Int64) -> String {
    ClockTime(time, zone).milliseconds + "  " + style.dim("and \(tally.text) more in that second")
  }

  /// The line for a connection whose data stays unacknowledged.
  public func line(stalled report: ConnectionReport, at time: Int64) -> String {
    guard let stall = report.stall else { return "" }
    let since = stall.sent.time.map { " for \(DurationText.text(nanoseconds: time - $0))" } ?? ""
    let what =
      "\(counted(stall.octets, "byte")) unacknowledged\(since), \(counted(stall.retransmissions, "retransmission"))"
    return line(
      time, ends(stall.side, report), style.red("\(style.hollow) stalled: \(what)") + "  #\(stall.sent.frame)")
  }

  /// The line for one that had stalled, and does no more.
  public func line(goesOn report: ConnectionReport, at time: Int64) -> String {
    line(time, ends(report.stall?.side ?? report.client, report), style.green("goes on: its data was acknowledged"))
  }

  private func ends(_ side: Side, _ report: ConnectionReport) -> SocketPair {
    SocketPair(report.address(side), report.address(side.peer))
  }

  private func line(_ time: Int64, _ ends: SocketPair, _ text: String) -> String {
    "\(ClockTime(time, zone).milliseconds)  \(style.pad("\(ends.one) \(style.right) \(ends.other)", 44))  \(text)"
  }

  /// The line for a program's call.
  public func line(_ joined: JoinedCall) -> String {
    let time = ClockTime(joined.call.time, zone).milliseconds
    var ends = ""
    if let local = joined.local ?? joined.call.localEnd { ends = "\(local)" }
    if let remote = joined.remote { ends += (ends.isEmpty ? "? " : " ") + "\(style.right) \(remote)" }
    let text = ApplicationText(style: style, zone: zone).call(joined)
    return "\(time)  \(style.pad(ends, 44))  \(joined.call.process)\(joined.call.isEvent ? "" : ":") \(text)"
  }

  private func text(_ segment: Segment) -> String {
    if segment.flags.contains(.rst) { return style.red("\(style.cross) RST: ends the connection") }
    if segment.flags.contains(.fin) { return "FIN: sends no more data" }
    return "SYN: opens a connection"
  }

  private func text(_ event: KeepaliveEvent) -> String {
    switch event.kind {
    case .probe(let probe):
      let before = probe.unansweredBefore == 0 ? "" : ", \(probe.unansweredBefore) unanswered before it"
      return style.yellow("\(style.diamond) probe \(EventText.silence(probe))\(before)\(EventText.doubt(probe))")
    case .answer(let answer):
      switch answer.form {
      case .ack:
        return style.green(
          "answers #\(answer.probe)\(EventText.doubt(answer)) \(EventText.delay(answer))\(EventText.acceptance(answer))"
        )
      case .reset:
        return style.red(
          "RST answers #\(answer.probe)\(EventText.doubt(answer)): its sender does not know the connection")
      case .data: return style.green("data after #\(answer.probe): the other end is there")
      }
    case .giveUp(let giveUp):
      return style.red(
        "\(style.cross) RST: gives up after \(counted(giveUp.unanswered, "unanswered probe"))"
          + EventText.doubt(giveUp)
          + (giveUp.silence.map { ", \(DurationText.text($0)) of silence" } ?? ""))
    case .windowProbe(let certain):
      return style.yellow("window probe, no keepalive\(certain ? "" : " (or one: they look the same)")")
    case .quotedError(let error): return "\(EventText.quotedError(error)). \(EventText.meaning(error))"
    case .ignored(let ignored): return EventText.ignored(ignored)
    }
  }
}
