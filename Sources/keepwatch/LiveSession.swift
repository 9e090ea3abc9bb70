import ArgumentParser
import CaptureFile
import Glibc
import KeepaliveAnalysis
import PacketCapture
import PacketObservation
import Reporting

/// One run over an interface: captures, observes, prints.
final class LiveSession {
  private let capture: LiveCapture
  private let loop: EventLoop
  private let interface: String
  private let packetLimit: Int
  private let options: ReportOptions
  private let json: JSONReport
  private let style = TextStyle.standardOutput()
  private var writer: PcapWriter?
  private var observer = PacketObserver()
  private var output = Output()
  private var tally = EventTally()

  init(
    _ live: LiveOptions, isDefaultInterface: Bool, file: String?, packetLimit: Int?, report: ReportOptions
  ) throws {
    options = report
    interface = live.interface
    self.packetLimit = packetLimit ?? .max
    json = JSONReport(files: [live.interface])
    do throws(LiveCaptureError) { capture = try LiveCapture(live) } catch {
      complain(error.description)
      throw ExitCode(error.isPrivilege ? 77 : 1)
    }
    writer = try openWriter(file, for: capture)
    loop = try EventLoop()
    announce(isDefaultInterface: isDefaultInterface, file: file)
  }

  private func announce(isDefaultInterface: Bool, file: String?) {
    if options.json {
      output.line(json.capture(file: 0, kind: "live", linkTypes: [capture.linkType.name]))
    } else {
      complain(
        "watching \(interface)"
          + (isDefaultInterface ? " (default; -i eth0, -i any for others; -D lists them)" : "") + "; Ctrl-C ends it")
    }
    if let file, capture.snapshotLength < 262_144 {
      complain("packets saved in \(file) are cut to \(capture.snapshotLength) bytes; -s 0 keeps them whole")
    }
    output.flush()
  }

  /// Watches until Ctrl-C, or until enough packets came.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    var problem: String?
    while observer.counts.packets < packetLimit, problem == nil {
      if loop.wait(for: [capture.descriptor], milliseconds: 200).isEnding { break }
      do throws(LiveCaptureError) { try take() } catch { problem = error.description }
      // What is held waits for the wire's clock; packets may still be in the buffer for its timeout.
      observer.analyzer.advance(to: currentTime() - 1_000_000_000)
      printEvents()
    }
    writer?.flush()
    observer.finish()
    printEvents()
    let verdicts = printEnd()
    output.flush()
    for message in [problem, writer?.failure?.description].compactMap({ $0 }) { complain(message) }
    if problem != nil || writer?.failure != nil { return 1 }
    return options.failOn.contains { verdicts[$0] > 0 } ? 3 : 0
  }

  private func take() throws(LiveCaptureError) {
    try capture.read { bytes, originalLength, time in
      guard observer.counts.packets < packetLimit else { return }
      let range = bytes.indices
      writer?.write(bytes, in: range, originalLength: originalLength, time: time)
      observer.observe(
        bytes, in: range, originalLength: originalLength, linkType: capture.linkType, interface: 0, time: time,
        frame: observer.counts.packets + 1, file: 0)
    }
    observer.flush()
    writer?.flush()
  }

  private func printEvents() {
    let text = LiveText(style: style, zone: options.zone)
    for event in observer.analyzer.events {
      tally.count(event)
      output.line(
        options.json ? json.event(event, start: observer.analyzer.captureStart ?? 0) : style.ascii(text.line(event)))
    }
    observer.analyzer.events.removeAll(keepingCapacity: true)
    output.flush()
  }

  /// Prints the summary.
  ///
  /// - Returns: how often each verdict was given.
  private func printEnd() -> VerdictTally {
    let analyzer = observer.analyzer
    let dropped = capture.statistics.map { $0.dropped + $0.droppedByInterface }
    let start = analyzer.captureStart ?? 0
    let findings = CaptureFindings(analyzer, options.json ? .streamed : .notable) { report in
      for line in json.connection(report, start: start) { output.line(line) }
    }
    if options.json {
      for explanation in findings.evidence.explanations { output.line(json.explanation(explanation)) }
      output.line(
        json.summary(
          counts: observer.counts, analyzer: analyzer, tally: tally, verdicts: findings.verdicts, dropped: dropped,
          problems: 0))
      return findings.verdicts
    }
    let facts = CaptureFacts(
      title: interface, counts: observer.counts, connections: findings.total, copies: analyzer.copies, dropped: dropped,
      filteredOut: 0)
    let summary = CaptureSummaryText(style: style, zone: options.zone, isReplay: false)
    for line in [""] + summary.head(facts) + summary.connections(findings) {
      output.line(style.ascii(line))
    }
    return findings.verdicts
  }
}
