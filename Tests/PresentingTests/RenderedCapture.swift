import ApplicationLog
import CaptureFile
import Findings
import Foundation
import KeepaliveAnalysis
import PacketObservation
import PacketWire
import Presenting

/// A capture of the repository, and what renderers make of it.
struct RenderedCapture {
  private static let captures = URL(fileURLWithPath: #filePath + "/../../../captures").standardizedFileURL.path

  let findings: CaptureFindings
  let stories: ConnectionStories
  private let path: String
  private var activity = CaptureActivity()

  /// The capture `name` below captures/; its programs' calls, where they stand beside it.
  init(_ name: String) throws {
    path = "\(Self.captures)/\(name).pcap"
    var observer = PacketObserver()
    observer.analyzer.traced = .all
    try Self.read(path, into: &observer)
    for event in observer.analyzer.events { activity.take(event) }
    for segment in observer.analyzer.trace { activity.take(segment) }
    let log = "\(Self.captures)/\(name).calls.jsonl"
    var calls: [ApplicationCall] = []
    if FileManager.default.fileExists(atPath: log) {
      calls = try ApplicationLogFile(path: log, format: .jsonLines).newCalls(isLast: true)
    }
    let events = observer.analyzer.events
    let programs = ProgramFindings([calls], names: ["calls.jsonl"], with: observer.analyzer.connections)
    findings = CaptureFindings(
      of: observer, SourceFacts(names: ["\(name).pcap"]), programs, events: events, ConnectionFindings(.all),
      asked: nil
    ) { _ in }
    stories = findings.stories
  }

  private static func read(_ path: String, into observer: inout PacketObserver) throws {
    let sequence = CaptureSequence()
    sequence.add(path: path)
    while sequence.nextBatch({ file, bytes, records in observer.observe(records.span, in: bytes, file: file) }) {}
    if let error = sequence.errors.first { throw error }
    observer.finish()
  }

  // MARK: What renderers make of it

  /// The summary, with what programs saw, and pictures.
  func summary(_ style: TextStyle) -> String {
    let screen = SummaryScreen(style: style, zone: .utc, isReplay: true, room: .pipe)
    let lines = screen.lines(findings, showsPrograms: true, end: [])
    return Self.text(lines, style)
  }

  /// The time line of each connection, below its picture.
  func timelines(_ style: TextStyle) -> String {
    let lines = findings.connections.reports.flatMap { report in
      let story = stories.story(report)
      return LanesText(style: style, zone: .utc).lines(ConnectionFigure(story))
        + ConnectionTimeline(report, style: style, zone: .utc).lines(
          segments: story.packets, events: story.events, calls: story.calls, captureEnd: story.captureEnd) + [""]
    }
    return Self.text(lines, style)
  }

  /// Each event as a line, and the comments on its frame.
  func frames(_ style: TextStyle) -> String {
    let text = LiveText(style: style, zone: .utc)
    var comments = FrameComments()
    for event in findings.events { comments.note(event) }
    let lines = findings.events.flatMap { [text.line($0), "  " + (comments.text(frame: $0.frame) ?? "")] }
    return Self.text(lines, style)
  }

  /// The reasons of every frame.
  func reasons(_ style: TextStyle) throws -> String {
    var lines: [String] = []
    for frame in 1...findings.counts.packets {
      var observer = PacketObserver()
      observer.analyzer.explained = FrameKey(file: 0, frame: frame)
      try Self.read(path, into: &observer)
      guard let result = observer.explainedResult else { continue }
      let events = observer.analyzer.events.filter { $0.frame == frame }
      lines += FrameExplanationText(style: style, hasTimes: observer.counts.hasTimes).lines(
        frame: frame, result: result, explanation: observer.analyzer.explanation, events: events)
      lines.append("")
    }
    return Self.text(lines, style)
  }

  /// All as JSON lines.
  func json() -> String {
    let json = JSONReport(files: findings.source.names)
    let start = findings.counts.firstTime ?? 0
    var lines: [UInt8] = []
    json.capture(file: 0, kind: "pcap", linkTypes: ["EN10MB"], host: nil, interface: nil, to: &lines)
    for event in findings.events { json.event(event, start: start, to: &lines) }
    for call in findings.programs.calls { json.application(call, start: start, to: &lines) }
    for report in findings.connections.reports { json.connection(report, start: start, to: &lines) }
    json.paths(findings.connections.evidence, findings.source.path, to: &lines)
    json.summary(findings, to: &lines)
    return String(decoding: lines, as: UTF8.self)
  }

  /// The figures of all connections.
  func figures() -> String {
    FigureSVG(zone: .utc).document(findings.connections.reports.map { ConnectionFigure(stories.story($0)) })
  }

  private func overview(atMost most: Int) -> Overview? { Overview(findings, activity, atMost: most) }

  /// The whole at one look, in characters and as SVG.
  func overview(_ style: TextStyle) -> String {
    overview(atMost: 30).map { Self.text(OverviewText(style: style, zone: .utc).lines($0), style) } ?? ""
  }

  /// The same as SVG.
  func overviewFigure() -> String {
    overview(atMost: 30).map { OverviewSVG(zone: .utc).document($0, title: "capture.pcap") } ?? ""
  }

  /// The page for a browser.
  func page() -> String {
    let plain = TextStyle(hasColour: false, isASCII: false)
    let text = PathParagraphs(style: plain, zone: .utc, isAlone: false)
    return CapturePage(zone: .utc).page(
      overview: overview(atMost: OverviewSVG.mostRows), title: findings.source.names.joined(separator: ", "),
      head: CaptureSummaryText(style: plain, zone: .utc, isReplay: true).head(findings),
      explanations: text.paragraphs(findings.connections.evidence, findings.source.path).flatMap(\.self),
      reports: findings.connections.reports
    ) { ConnectionFigure(stories.story($0)) }
  }

  /// The stories of its programs: their calls beside their kernels' packets.
  func programStories(_ style: TextStyle) -> String {
    var stories = ProgramStories(style: style)
    var numbers: [SocketPair: Int] = [:]
    for report in findings.connections.reports {
      numbers[SocketPair(report.first, report.second).unordered] = report.number
    }
    for event in findings.events { stories.take(event) }
    for segment in findings.packets {
      if let number = numbers[segment.ends.unordered] { stories.take(segment, of: number) }
    }
    for call in findings.programs.calls { stories.take(call) }
    return Self.text(stories.lines(findings, isTraced: true), style)
  }

  static func text(_ lines: [String], _ style: TextStyle) -> String {
    lines.map { style.ascii($0) + "\n" }.joined()
  }
}
