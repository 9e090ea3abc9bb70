import ApplicationLog
import Findings
import PacketWire

/// What a picture of a connection shows: marks in the lanes of its two ends and their programs, in the order of time.
public struct ConnectionFigure {
  /// Something that is drawn at one time.
  struct Mark {
    enum Kind: String {
      /// The first packet, or a SYN.
      case open
      /// Segments with data: one, or many together.
      case data
      case probe
      /// Many probes in a row, all answered.
      case answeredProbes = "probes"
      case windowProbe = "window-probe"
      case giveUp = "give-up"
      case reset
      case fin
      /// A program's call.
      case call
      /// The capture ends.
      case end
    }
    var kind: Kind
    var time: Int64
    /// Where many are drawn together: the last.
    var until: Int64
    var side: Side
    var frame: Int?
    /// For a probe: when its answer came; `nil` where none did.
    var answered: Int64?
    /// Whether it tells of a failure.
    var isFailure = false
    /// What it is, in words.
    var text: String
    /// How many things it stands for.
    var count = 1
    /// Its header's fields, where the packet was kept.
    var fields: String?
  }

  /// More probes in a row that are all answered make one mark.
  private static let probesApart = 8
  /// Data packets further apart, in nanoseconds, are told one by one.
  private static let dataGap: Int64 = 1_000_000_000
  /// More data packets in a row make one mark.
  private static let dataApart = 3
  /// More marks cannot be told apart; the rest is left out, and that is said.
  private static let most = 400

  /// What the capture tells of the connection.
  let report: ConnectionReport
  let marks: [Mark]
  /// Marks that had no room.
  let leftOut: Int

  /// The figure of a connection; where its packets were not kept, what the events tell is shown.
  public init(_ story: ConnectionStory) {
    let (report, segments, events) = (story.report, story.packets, story.events)
    self.report = report
    guard report.hasTimes else {
      // Along an axis of time there is nothing to draw.
      (marks, leftOut) = ([], 0)
      return
    }
    var marks = Self.marks(of: events, report)
    marks += segments.isEmpty ? Self.frame(of: report) : Self.marks(of: segments, events, report)
    let packets = Dictionary(segments.map { ($0.frame, $0) }, uniquingKeysWith: { first, _ in first })
    for index in marks.indices { marks[index].fields = marks[index].frame.flatMap { packets[$0] }?.notation }
    marks += story.calls.compactMap { Self.mark(of: $0, report) }
    marks.sort { ($0.time, $0.kind == .call ? 1 : 0) < ($1.time, $1.kind == .call ? 1 : 0) }
    marks = Self.folded(marks)
    leftOut = max(0, marks.count - Self.most)
    if leftOut > 0 { marks = Array(marks.prefix(Self.most / 2) + marks.suffix(Self.most / 2)) }
    let isOpen = [.unanswered, .stalled, .blocked, .answered, .notProbed, .unknown].contains(report.verdict)
    if isOpen, let last = marks.last, story.captureEnd > last.until {
      marks.append(
        Mark(kind: .end, time: story.captureEnd, until: story.captureEnd, side: report.client, text: "the capture ends")
      )
    }
    self.marks = marks
  }

  private static func side(_ source: SocketAddress, _ report: ConnectionReport) -> Side {
    source == report.first ? .first : .second
  }

  private static func marks(of events: [KeepaliveEvent], _ report: ConnectionReport) -> [Mark] {
    var marks: [Mark] = []
    var probes: [FrameKey: Int] = [:]
    for event in events {
      let side = side(event.source, report)
      switch event.kind {
      case .probe(let probe):
        probes[FrameKey(file: event.file, frame: event.frame)] = marks.count
        let silence = probe.silence.map { ", after \(DurationText.text($0)) of silence" } ?? ""
        marks.append(
          Mark(
            kind: .probe, time: event.time, until: event.time, side: side, frame: event.frame,
            text: "probe \(probe.unansweredBefore + 1)\(silence)"))
      case .answer(let answer):
        guard let index = probes[FrameKey(file: answer.probeFile, frame: answer.probe)] else { continue }
        if answer.form == .reset {
          marks[index].isFailure = true
          marks[index].text += ", refused by #\(event.frame)"
          marks.append(
            Mark(
              kind: .reset, time: event.time, until: event.time, side: side, frame: event.frame, isFailure: true,
              text: "RST, answers probe #\(answer.probe)"))
        } else if answer.isAccepted == false {
          marks[index].isFailure = true
          marks[index].text += ", answered by #\(event.frame), which it did not accept"
        } else if answer.form == .ack {
          marks[index].answered = event.time
          marks[index].text +=
            ", answered \(answer.delay.map { "in \(DurationText.text($0)) " } ?? "")by #\(event.frame)"
        }
      case .giveUp(let giveUp):
        marks.append(
          Mark(
            kind: .giveUp, time: event.time, until: event.time, side: side, frame: event.frame, isFailure: true,
            text: "RST: gives up after \(counted(giveUp.unanswered, "unanswered probe"))"))
      case .windowProbe:
        marks.append(
          Mark(
            kind: .windowProbe, time: event.time, until: event.time, side: side, frame: event.frame,
            text: "window probe, no keepalive"))
      case .quotedError, .ignored: continue
      }
    }
    for index in marks.indices
    where marks[index].kind == .probe && marks[index].answered == nil && !marks[index].isFailure {
      marks[index].text += ", no answer"
    }
    return marks
  }

  /// Where its packets were not kept: the first, the last heard, and the one that decided.
  private static func frame(of report: ConnectionReport) -> [Mark] {
    var marks = [
      Mark(
        kind: .open, time: report.firstTime, until: report.firstTime, side: report.client, text: "first packet captured"
      )
    ]
    if let heard = report.latestData {
      marks.append(Mark(kind: .data, time: heard.time, until: heard.time, side: heard.side, text: "last data"))
    }
    if let time = report.deciding.time {
      if report.verdict == .closed {
        marks.append(
          Mark(kind: .fin, time: time, until: time, side: report.subject, frame: report.deciding.frame, text: "FIN"))
      } else if report.verdict == .reset, report.reset?.answersProbe != true {
        marks.append(
          Mark(
            kind: .reset, time: time, until: time, side: report.subject, frame: report.deciding.frame, isFailure: true,
            text: "RST"))
      }
    }
    return marks
  }

  private static func marks(
    of segments: [Segment], _ events: [KeepaliveEvent], _ report: ConnectionReport
  ) -> [Mark] {
    let claimed = Set(events.map { FrameKey(file: $0.file, frame: $0.frame) })
    return segments.compactMap { segment in
      guard !claimed.contains(FrameKey(segment)) else { return nil }
      var mark = Mark(
        kind: .data, time: segment.time, until: segment.time, side: side(segment.sourceAddress, report),
        frame: segment.frame, text: "")
      if segment.flags.contains(.rst) {
        (mark.kind, mark.text, mark.isFailure) = (.reset, "RST", true)
      } else if segment.flags.contains(.fin) {
        (mark.kind, mark.text) = (.fin, "FIN")
      } else if segment.flags.contains(.syn) {
        (mark.kind, mark.text) = (.open, segment.flags.contains(.ack) ? "SYN,ACK" : "SYN")
      } else if segment.payloadLength > 0 {
        mark.text = counted(Int(segment.payloadLength), "byte")
      } else {
        return nil
      }
      return mark
    }
  }

  private static func mark(of joined: JoinedCall, _ report: ConnectionReport) -> Mark? {
    let call = joined.call
    guard call.result != nil || call.isEvent else { return nil }
    let side = joined.local.map { Self.side($0, report) } ?? report.client
    let learned = joined.learned.map { ", \(DurationText.text(nanoseconds: $0.delay)) after #\($0.frame.frame)" } ?? ""
    return Mark(
      kind: .call, time: call.time, until: call.time, side: side, isFailure: call.tellsOfTheEnd,
      text: call.process + (call.isEvent ? " " : ": ") + call.description + learned)
  }

  /// Runs of data, and of answered probes, as one mark each.
  private static func folded(_ marks: [Mark]) -> [Mark] {
    var result: [Mark] = []
    var index = 0
    while index < marks.count {
      var end = index
      while end < marks.count, foldClass(marks[end]) != 0, foldClass(marks[end]) == foldClass(marks[index]),
        end == index || marks[end].kind != .data || marks[end].time - marks[end - 1].time < dataGap
      {
        end += 1
      }
      let run = marks[index..<max(end, index + 1)]
      let isData = marks[index].kind == .data
      if let first = run.first, let last = run.last, run.count > (isData ? dataApart : probesApart) {
        var mark = first
        mark.until = last.answered ?? last.until
        mark.count = run.count
        mark.kind = isData ? .data : .answeredProbes
        mark.text =
          isData ? "\(counted(run.count, "packet")) with data" : "\(counted(run.count, "probe")), all answered"
        if let begin = first.frame, let finish = last.frame { mark.text += ", #\(begin) to #\(finish)" }
        result.append(mark)
      } else {
        result += run
      }
      index += run.count
    }
    return result
  }

  private static func foldClass(_ mark: Mark) -> Int {
    switch mark.kind {
    case .data: 1
    case .probe: mark.answered == nil ? 0 : mark.side == .first ? 2 : 3
    default: 0
    }
  }

  // MARK: What the picture says in words

  /// "connection 17: 10.0.0.5:44310 (client) and 10.0.9.8:5432 (server)".
  var title: String {
    "connection \(report.number): \(report.clientAddress) (client) and \(report.serverAddress) (server)"
  }

  /// The span of silence that the verdict rests on; `nil` where it rests on none.
  var silence: (from: Int64, to: Int64, text: String)? {
    guard let seconds = report.silence, seconds >= 0.5 else { return nil }
    let end: Int64?
    switch report.verdict {
    case .dead: end = marks.last { $0.kind == .giveUp }?.time
    case .closed: end = marks.first { $0.kind == .fin }?.time
    case .unanswered, .stalled, .blocked, .notProbed: end = marks.last { $0.kind == .end }?.time ?? marks.last?.until
    case .reset, .unknown, .answered: end = nil
    }
    guard let end else { return nil }
    // Probes and their answers are no silence of the wire, but nothing was said.
    let what = report.verdict == .closed && report.silenceOfDataBeforeEnd != nil ? " without data" : " of silence"
    let text = (report.silenceIsAtLeast ? "at least " : "") + DurationText.text(seconds) + what
    return (PacketTime.before(end, by: Int64(nanosecondsIn: seconds)), end, text)
  }

  /// The lanes from top to bottom: the client's program where calls are shown, the two kernels, the server's program.
  var lanes: [(name: String, side: Side, isProgram: Bool)] {
    let (client, server) = (report.client, report.client.peer)
    var lanes = [
      ("client \(report.clientAddress)", client, false), ("server \(report.serverAddress)", server, false),
    ]
    let callers = Set(marks.filter { $0.kind == .call }.map(\.side))
    if callers.contains(client) { lanes.insert(("client's program", client, true), at: 0) }
    if callers.contains(server) { lanes.append(("server's program", server, true)) }
    return lanes
  }
}
