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
    let time = ClockTime(event.time, zone).milliseconds
    let ends = "\(event.source) \(style.right) \(event.destination)"
    return "\(time)  \(style.pad(ends, 44))  \(text(event))  #\(event.frame)"
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
