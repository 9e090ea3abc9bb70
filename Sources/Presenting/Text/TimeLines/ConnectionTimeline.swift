import Findings
import PacketWire

/// One connection's time line: its packets and what they are, silences and runs of data folded, and the verdict's proof.
public struct ConnectionTimeline {
  /// Probes in a row beyond this many are folded, but for the first and the last.
  private static let probesShown = 4

  private let style: TextStyle
  private let zone: TimeZoneChoice
  private let report: ConnectionReport
  private let boxes: [PathBox]

  /// A time line of a connection; of the boxes that may lie on its path it tells where they would have forgotten it.
  public init(
    _ report: ConnectionReport, style: TextStyle, zone: TimeZoneChoice, boxes: [PathBox] = PathBox.known
  ) {
    self.report = report
    self.boxes = boxes
    self.style = style
    self.zone = zone
  }

  /// The lines, from the connection's segments, what was recognised among them, and the calls of its programs in the order
  /// of time; a picture of it stands below the title.
  public func lines(
    segments: [Segment], events: [KeepaliveEvent], calls: [JoinedCall] = [], captureEnd: Int64, picture: [String] = []
  ) -> [String] {
    var calls = calls[...]
    var errors = events.filter { if case .quotedError = $0.kind { true } else { false } }[...]
    var claims: [FrameKey: KeepaliveEvent.Kind] = [:]
    for event in events { claims[FrameKey(file: event.file, frame: event.frame)] = event.kind }
    var lines = title + picture + heads
    var index = 0
    var previous: Int64?
    var heard: Int64?
    while index < segments.count {
      let end = foldEnd(segments, from: index, claims)
      lines += callLines(&calls, before: segments[index].time, isFolded: false)
      lines += errorLines(&errors, before: segments[index].time)
      if let previous { lines += gap(from: previous, to: segments[index].time) }
      for segment in segments[index..<end] where isHeard(segment, claims) { heard = segment.time }
      let silence = silenceColumn(segments[index].time, heard)
      if end - index > 1 {
        lines += folded(segments[index..<end], claims, silence)
        lines += callLines(&calls, before: segments[end - 1].time, isFolded: true)
        lines += errorLines(&errors, before: segments[end - 1].time)
      } else {
        lines += line(segments[index], claims[FrameKey(segments[index])], silence)
      }
      previous = segments[end - 1].time
      index = end
    }
    lines += callLines(&calls, before: .max, isFolded: false)
    lines += errorLines(&errors, before: .max)
    if let previous, captureEnd - previous >= 1_000_000_000 {
      lines += between("nothing more until the capture ends at \(ClockTime(captureEnd, zone).time)")
    }
    return lines + proof
  }

  /// The calls until `time`; of those among folded packets, only what is no plain exchange of data.
  private func callLines(_ calls: inout ArraySlice<JoinedCall>, before time: Int64, isFolded: Bool) -> [String] {
    let due = calls.prefix { $0.call.time < time }
    calls = calls.dropFirst(due.count)
    let text = ApplicationText(style: style, zone: zone)
    return due.filter { !isFolded || $0.call.error != nil || $0.call.tellsOfTheEnd || $0.call.isEvent }.flatMap {
      joined in
      let isServers = joined.local == report.serverAddress
      let line = joined.call.process + (joined.call.isEvent ? " " : ": ") + text.call(joined)
      let time = ClockTime(joined.call.time, zone).milliseconds
      guard isWide else { return style.beside(style.pad(time, 14), line, indent: 14) }
      return [style.pad(time, Self.timeWidth) + (isServers ? style.padLeft(line, arrowWidth) : line)]
    }
  }

  /// ICMP errors beyond this many between two rows are folded.
  private static let errorsShown = 3

  /// The ICMP errors until `time`.
  private func errorLines(_ errors: inout ArraySlice<KeepaliveEvent>, before time: Int64) -> [String] {
    let due = errors.prefix { $0.time < time }
    errors = errors.dropFirst(due.count)
    let more = due.count - Self.errorsShown
    let lines = due.prefix(Self.errorsShown).flatMap { event -> [String] in
      guard case .quotedError(let error) = event.kind else { return [] }
      let role = report.role(event.source == report.first ? .first : .second)
      return row(event.time, "", style.yellow(EventText.row(error, role: role)), "\(event.frame)")
    }
    guard more > 0, let first = due.dropFirst(Self.errorsShown).first, let last = due.last else { return lines }
    return lines + row(first.time, "", "\(counted(more, "more ICMP error"))", "\(first.frame)…\(last.frame)")
  }

  /// A row's lines: on a narrow terminal what happened stands below its time.
  private func row(_ time: Int64, _ silence: String, _ text: String, _ frames: String) -> [String] {
    let begin =
      style.pad(report.hasTimes ? ClockTime(time, zone).milliseconds : "", 12) + "  " + style.padLeft(silence, 7) + "  "
    guard isWide else {
      return [begin + frames] + (TextStyle.width(text) < textWidth ? ["  " + text] : style.wrapped(text, indent: 2))
    }
    guard TextStyle.width(text) >= textWidth else { return [begin + style.pad(text, textWidth) + frames] }
    // What is a little longer may take some of the room of the frames.
    if Self.timeWidth + TextStyle.width(text) + 1 + frames.count <= style.columns {
      return [begin + text + " " + frames]
    }
    var narrow = style
    narrow.columns = textWidth - 1
    let parts = narrow.wrapped(text, indent: 0)
    return [begin + style.pad(parts[0], textWidth) + frames]
      + parts.dropFirst().map { String(repeating: " ", count: Self.timeWidth) + $0 }
  }

  /// The columns of a time and a silence, and of the frames' numbers.
  private static let timeWidth = 24
  private static let frameWidth = 13
  private static let narrowest = 42

  /// Whether a row's parts have room beside each other.
  private var isWide: Bool { style.columns >= Self.timeWidth + Self.narrowest + Self.frameWidth }
  /// The columns of what happened.
  private var textWidth: Int { isWide ? style.columns - Self.timeWidth - Self.frameWidth : style.columns - 2 }
  /// The columns between the two ends.
  private var arrowWidth: Int { isWide ? textWidth - 4 : textWidth }

  /// The side whose silence is told: the peer of the one that the verdict is about, or of the first prober.
  private var silentSide: Side {
    (report.probers.first { $0.side == report.subject } ?? report.probers.first)?.side.peer ?? report.subject.peer
  }

  /// Whether a segment ends that side's silence: its own probes do not, nor what its peer did not accept.
  private func isHeard(_ segment: Segment, _ claims: [FrameKey: KeepaliveEvent.Kind]) -> Bool {
    switch claims[FrameKey(segment)] {
    case .probe, .ignored: return false
    case .answer(let answer) where answer.isAccepted == false: return false
    default: break
    }
    return segment.sourceAddress == report.address(silentSide)
  }

  private func silenceColumn(_ time: Int64, _ heard: Int64?) -> String {
    guard let heard, report.hasTimes else { return style.padLeft("–", 7) }
    let silence = time - heard - report.clockSteps.amount(from: heard, to: time)
    return style.padLeft(silence < .second ? "0 s" : DurationText.text(nanoseconds: silence), 7)
  }

  /// What stands between two rows, and how long the silence has lasted there.
  private func between(_ text: String, at silence: String = "") -> [String] {
    let label = "     ┆         \(style.padLeft(silence, 7))  "
    guard isWide else { return style.wrapped("┆ \(silence.isEmpty ? "" : silence + ": ")\(text)", indent: 2) }
    return style.beside(label, text, indent: Self.timeWidth)
  }

  /// What lies between two packets: their distance, and the boxes that would have forgotten the connection there.
  private func gap(from previous: Int64, to next: Int64) -> [String] {
    let step = report.clockSteps.amount(from: previous, to: next)
    let length = next - previous - step
    guard length >= .second || step > 0 else { return [] }
    var lines = between(style.dim("\(DurationText.text(nanoseconds: length)) without a packet"))
    if step > 0 {
      let text = "the capture's clock was set forward by about \(DurationText.text(nanoseconds: step)) here"
      lines += between(style.yellow(text))
    }
    if let lost = report.lost, lost.frame.time == next {
      let timeouts = Set(boxes.filter { $0.forgets && $0.timeout < length }.map(\.timeout)).sorted()
      for timeout in timeouts {
        let names = boxes.filter { $0.forgets && $0.timeout == timeout }.map(\.name)
        let text = "┄┄┄ \(names.joined(separator: ", ")): forgotten here by default"
        lines += between(text, at: DurationText.text(nanoseconds: timeout))
      }
    }
    return lines
  }

  private var title: [String] {
    let opened: String
    switch report.clientBasis {
    case .syn: opened = "SYN seen"
    case .sharedEnd(let count): opened = "assumed: \(counted(count, "connection")) share the other end"
    case .higherPort: opened = "assumed from the higher port"
    }
    let first = report.clientAddress
    let title = "connection \(report.number)"
    return style.wrapped("\(title): \(first) (client, \(opened)) ⇄ \(report.serverAddress) (server)", indent: 0)
      .enumerated().map { $0 == 0 ? $1.replacing(title, with: style.bold(title), maxReplacements: 1) : $1 }
      + style.wrapped(
        "Wireshark: \(first.address.isIPv4 ? "ip" : "ipv6").addr==\(first.address) && tcp.port==\(first.port) && "
          + "tcp.port==\(report.serverAddress.port)", indent: 0) + [""]
  }

  /// What stands above the rows.
  private var heads: [String] {
    let date = (report.hasTimes ? ClockTime(report.firstTime, zone).date : "no times  ") + "     silence  "
    let (client, server) = ("client \(report.clientAddress)", "server \(report.serverAddress)")
    if isWide { return [date + style.pad(style.pad(client, arrowWidth - server.count) + server, textWidth) + "frame"] }
    let hasRoom = client.count + server.count < arrowWidth
    return [date + "frame"]
      + (hasRoom
        ? ["  " + style.pad(client, arrowWidth - server.count) + server]
        : ["  " + client, style.padLeft(server, style.columns)])
  }

  /// How many segments from `start` on make one line: data both ways, or many probes alike.
  private func foldEnd(_ segments: [Segment], from start: Int, _ claims: [FrameKey: KeepaliveEvent.Kind]) -> Int {
    var end = start
    while end < segments.count, isData(segments[end], claims),
      end == start || segments[end].time - segments[end - 1].time < 1_000_000_000
    {
      end += 1
    }
    if end - start > 6 { return end }
    end = start
    while end < segments.count, isProbeOrAnswer(segments[end], claims) { end += 1 }
    return end - start > 4 * Self.probesShown ? end - 2 : start + 1
  }

  private func isData(_ segment: Segment, _ claims: [FrameKey: KeepaliveEvent.Kind]) -> Bool {
    claims[FrameKey(segment)] == nil && segment.flags.isDisjoint(with: [.syn, .fin, .rst])
  }

  private func isProbeOrAnswer(_ segment: Segment, _ claims: [FrameKey: KeepaliveEvent.Kind]) -> Bool {
    switch claims[FrameKey(segment)] {
    case .probe, .windowProbe: true
    case .answer(let answer): answer.form == .ack
    default: false
    }
  }

  private func folded(
    _ run: ArraySlice<Segment>, _ claims: [FrameKey: KeepaliveEvent.Kind], _ silence: String
  ) -> [String] {
    guard let first = run.first, let last = run.last else { return [] }
    let probes = run.filter {
      if case .probe = claims[FrameKey($0)] { true } else { false }
    }.count
    let until = report.hasTimes ? " until \(ClockTime(last.time, zone).time)" : ""
    let text =
      probes > 0
      ? "◆ \(counted(probes, "probe"))\(until), with " + counted(run.count - probes, "answer")
      : "\(counted(run.count, "packet")) with data or acknowledgments\(until)"
    return row(first.time, silence, text, "\(first.frame)…\(last.frame)")
  }

  private func line(_ segment: Segment, _ claim: KeepaliveEvent.Kind?, _ silence: String) -> [String] {
    let isClients = segment.sourceAddress == report.clientAddress
    let text = label(segment, claim)
    let shaft = { (count: Int) in String(repeating: "─", count: max(2, count)) }
    let width = arrowWidth
    let arrow =
      isClients
      ? text + " " + shaft(width - 2 - TextStyle.width(text)) + "▶"
      : "◀" + shaft(width - 2 - TextStyle.width(text)) + " " + text
    return row(segment.time, silence, arrow, "\(segment.frame)")
  }

  private func label(_ segment: Segment, _ claim: KeepaliveEvent.Kind?) -> String {
    switch claim {
    case .probe(let probe): return style.yellow("◆ probe \(probe.unansweredBefore + 1)\(EventText.doubt(probe))")
    case .answer(let answer) where answer.form == .ack:
      let text =
        (answer.delay.map { "answer after \(DurationText.text($0))" } ?? "answer, captured before its probe")
        + (answer.isCertain ? "" : ", to #\(answer.probe)\(EventText.doubt(answer))")
      return answer.isAccepted == false ? style.yellow(text + ", not accepted") : style.green(text)
    case .answer(let answer) where answer.form == .reset:
      return style.red("RST: answers probe #\(answer.probe)\(EventText.doubt(answer))")
    case .giveUp(let giveUp): return style.red("✖ RST,ACK: gives up\(EventText.doubt(giveUp))")
    case .ignored(let ignored): return style.yellow(EventText.row(ignored))
    case .windowProbe(let certain): return style.yellow("window probe\(certain ? "" : " (or keepalive)")")
    default: break
    }
    var names: [String] = []
    for (flag, name) in [(TCPFlags.syn, "SYN"), (.fin, "FIN"), (.rst, "RST")] where segment.flags.contains(flag) {
      names.append(name)
    }
    if segment.flags.contains(.ack), segment.payloadLength == 0 { names.append("ACK") }
    var text = names.joined(separator: ",")
    if segment.payloadLength > 0 {
      text = counted(Int(segment.payloadLength), "byte") + (text.isEmpty ? "" : ", " + text)
    }
    return segment.window == 0 && !segment.flags.contains(.rst) ? text + ", window 0" : text
  }

  private var proof: [String] {
    var lines = ["", style.bold(report.verdict.rawValue.uppercased())]
    lines += style.wrapped(VerdictText.reason(report, in: zone), indent: 2)
    for prober in report.probers {
      lines += style.wrapped(SettingsText.line(prober, of: report), indent: 0)
      lines += Self.guess(prober).map { "a guess at its stack: \($0)" }
    }
    lines += unknowns.flatMap { style.wrapped("unknown: \($0)", indent: 0) }
    lines += placesOfCapture.flatMap { style.wrapped($0, indent: 0) }
    return lines + ["The reasons of one frame: add --why \(report.deciding.frame)"]
  }

  /// How the capture was made, as far as its packets show.
  private var placesOfCapture: [String] {
    var sentences: [String] = []
    if report.copies > 0 {
      let places =
        report.timeToLiveOfCopies.map { " at places with routers between them, TTL \($0.first) and \($0.again)" } ?? ""
      sentences.append("\(counted(report.copies, "packet")) captured more than once\(places), counted once.")
    }
    if report.answersComeEarly {
      sentences.append(
        "Answers stand before their probes: the two directions were captured at two places, or stamped by two clocks.")
    }
    return sentences
  }

  /// What the capture cannot tell of this connection.
  private var unknowns: [String] {
    var unknowns: [String] = []
    switch report.verdict {
    case .dead, .unanswered:
      let peer = report.address(report.subject.peer).address
      unknowns.append("whether \(peer) still holds its end, and what the programs saw.")
    case .answered where report.probers.allSatisfy { $0.foreignAnswers == nil }:
      unknowns.append("whether the programs are well: kernels answer probes.")
    default: break
    }
    if report.hasGaps { unknowns.append("what stood in the packets of this connection that the capture misses.") }
    switch report.clientBasis {
    case .syn: break
    case .sharedEnd(let count):
      unknowns.append(
        "which end is the client: no SYN was captured; \(counted(count, "connection")) share \(report.serverAddress), so that "
          + "is taken for the server.")
    case .higherPort: unknowns.append("which end is the client: no SYN was captured, the higher port is assumed.")
    }
    return unknowns
  }

  private static func guess(_ prober: ProberReport) -> [String] {
    let names = StackGuess.guesses(prober).map { "\($0.name) (\($0.source))" }
    return names.isEmpty ? [] : [names.joined(separator: ", or ")]
  }
}
