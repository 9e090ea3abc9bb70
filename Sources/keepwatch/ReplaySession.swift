import ApplicationLog
import ArgumentParser
import CLinux
import CaptureFile
import Glibc
import KeepaliveAnalysis
import PacketCapture
import PacketObservation
import PacketWire
import Reporting
import Timeline

/// What a replay reads: opened, and nothing read yet.
struct ReplayInput {
  /// The captures.
  let capture = CaptureSequence()
  /// Their names, also of those that could not be opened.
  let files: [String]
  /// Which packets are wanted; `nil` for all.
  let filter: PacketFilter?
  /// What programs saw.
  let logs: [ApplicationLogFile]

  init(files: [String], filter expression: String, logs: [ApplicationLogFile]) throws {
    self.files = files
    self.logs = logs
    do throws(PacketFilterError) { filter = expression.isEmpty ? nil : try PacketFilter(expression) } catch {
      throw ValidationError(error.description)
    }
    for file in files { capture.add(path: file) }
  }
}

/// The files that a replay writes beside its text, where they are asked for.
struct ReplayOutputs {
  /// Where the capture is to be written again, with comments.
  let annotation: OpenedOutput?
  /// Where figures are to be drawn.
  let svg: OpenedOutput?
  /// Where the page is to be written.
  let html: OpenedOutput?
  /// Where the text goes.
  let textDescriptor: Int32
}

/// One run over saved captures: reads, filters, observes, prints.
struct ReplaySession {
  /// The one connection whose time line is to be shown.
  var connection: Int?
  /// The one frame whose reasons are to be shown, of the first file.
  var frame: Int?
  /// Whether connections with nothing to tell are listed too.
  var listsAll = false

  private let capture: CaptureSequence
  /// Files that captured the same packets.
  private let shared: [SharedCapture]
  private let filter: PacketFilter?
  private let options: ReportOptions
  private let json: JSONReport
  private let logs: [ApplicationLogFile]
  private var calls: [JoinedCall] = []
  private var observer: PacketObserver
  private let outputs: ReplayOutputs
  private var output: Output
  private var packetsBeforeFilter = 0
  private var decoded = DecodedFiles()
  private lazy var tagFilter = try? PacketFilter("vlan")
  private var packetsWithTag = 0
  private var announced: Set<Int> = []
  private var ownEvents: [KeepaliveEvent] = []
  private var comments = FrameComments()
  private var progress: Progress
  private let style: TextStyle
  /// Whether events are printed as they are recognised: where the end of the input may be far away.
  private let isStreaming: Bool

  /// A run over `input`; reads several files a first time.
  init(_ input: ReplayInput, options: ReportOptions, outputs: ReplayOutputs) {
    self.options = options
    self.outputs = outputs
    output = Output(descriptor: outputs.textDescriptor)
    style = options.style(descriptor: outputs.textDescriptor)
    logs = input.logs
    filter = input.filter
    capture = input.capture
    shared = Self.compare(capture.parts)
    observer = PacketObserver(shared: shared)
    isStreaming = input.files.contains("-")
    observer.analyzer.holdsAnswers = !isStreaming
    progress = Progress(files: input.files)
    json = JSONReport(files: capture.parts.isEmpty ? input.files : capture.parts.map(\.name))
  }

  /// Runs to the end of the files.
  ///
  /// - Returns: the exit status.
  mutating func run() throws -> Int32 {
    correctClocks()
    observer.analyzer.traced = connection ?? (draws ? 0 : nil)
    observer.analyzer.explained = frame.map { FrameKey(file: 0, frame: $0) }
    if isStreaming { linux_end_in_order() }
    while isHeard, readBatch() {
      if progress.isDue {
        progress.show(octets: capture.parts.reduce(0) { $0 + $1.reader.octetsRead }, packets: packetsBeforeFilter)
      }
    }
    progress.end()
    if !isHeard { try output.finish() }
    observer.finish()
    printEvents()
    noteWhatIsMissing()
    for error in errors { complain(error.description) }
    let logsAreWhole = joinCalls()
    let verdicts = try printEnd()
    output.flush()
    if let annotation = outputs.annotation, !annotate(annotation) { return 1 }
    if draws, try !draw() { return 1 }
    try output.finish()
    if !errors.isEmpty || !logsAreWhole { return 1 }
    return options.failOn.contains { verdicts[$0] > 0 } ? 3 : 0
  }

  /// Files of which nothing could be decoded are errors; what a bound left out is only said.
  private func noteWhatIsMissing() {
    for (number, part) in capture.parts.enumerated() {
      if let problem = decoded.problem(number, part.reader.linkTypes) { capture.addError(file: number, problem) }
      if let leftOut = part.reader.leftOut { complain("\(part.name): \(leftOut).") }
    }
    if let filter, filter.packetsBeyond > 0 {
      complain(
        "\(counted(filter.packetsBeyond, "packet")) did not pass the filter unseen: it is compiled for the first "
          + "\(PacketFilter.maximumLinkTypes) link types only.")
    }
  }

  /// Whether what is read still serves: standard output can be written, or other files are.
  private var isHeard: Bool { output.failure == nil || outputs.annotation != nil || draws }

  /// What could not be read to its end; a stream that the user ended has none.
  private var errors: [CaptureFileError] { isStreaming && Signals.noted != nil ? [] : capture.errors }

  private var draws: Bool { outputs.svg != nil || outputs.html != nil }

  /// Writes the figures and the page.
  ///
  /// - Returns: whether that succeeded; otherwise messages were printed.
  private func draw() throws -> Bool {
    let connections = observer.analyzer.connections
    let source = FigureSource(connections, events: ownEvents, calls: calls)
    var isWhole = true
    if let svg = outputs.svg {
      let reports = try connection.map { [try report($0)] } ?? Array(worst(connections).prefix(Self.mostFigures))
      isWhole = writeFile(FigureSVG(zone: options.zone).document(reports.map(source.figure)), to: svg)
      if isWhole { complain("\(counted(reports.count, "figure")) drawn in \(svg.name)") }
    }
    if let html = outputs.html {
      let plain = TextStyle(hasColour: false, isASCII: false)
      let findings = CaptureFindings(connections, .all) { _ in }
      let head = CaptureSummaryText(style: plain, zone: options.zone, isReplay: true).head(facts(connections))
      let text = PathExplanationText(style: plain, isAlone: false)
      let page = CapturePage(zone: options.zone).page(
        title: capture.parts.map(\.name).joined(separator: ", "), head: head,
        explanations: findings.evidence.explanations.flatMap { text.lines($0) },
        reports: findings.notable, figure: source.figure)
      if writeFile(page, to: html) {
        let listed = min(findings.notable.count, CapturePage.mostRows)
        complain("\(counted(listed, "connection")) written to \(html.name); open it in a browser")
      } else {
        isWhole = false
      }
    }
    return isWhole
  }

  /// Figures of a whole capture in one SVG file.
  private static let mostFigures = 6

  /// The connections with something to tell, the worst first.
  private func worst(_ connections: Connections) -> [ConnectionReport] {
    CaptureFindings(connections, .all) { _ in }.notable.sorted {
      ($0.verdict.rank, $0.number) < ($1.verdict.rank, $1.number)
    }
  }

  /// The report of a connection.
  ///
  /// - Throws: a mistake of the command line where there is none of that number.
  private func report(_ number: Int) throws -> ConnectionReport {
    let count = observer.analyzer.connections.count
    guard number >= 1, number <= count else {
      throw ValidationError("There is no connection \(number): the capture has \(count).")
    }
    return observer.analyzer.connections.report(number)
  }

  /// Reads several files a first time, to see whether they captured the same packets; a pipe can be read only once.
  private static func compare(_ parts: [CaptureSequence.Part]) -> [SharedCapture] {
    guard parts.count > 1, parts.allSatisfy(\.canBeReadAgain) else { return [] }
    var comparison = CaptureComparison(files: parts.count)
    for (number, part) in parts.enumerated() {
      let sequence = CaptureSequence()
      sequence.add(again: part)
      while sequence.nextBatch({ _, bytes, records in
        for record in records {
          comparison.note(
            bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
            time: record.time, file: number)
        }
      }) {}
    }
    return comparison.shared
  }

  /// Puts the files' packets onto one clock, the first file's.
  private func correctClocks() {
    var ahead = [Int: Int64]()
    for pair in shared {
      // Clocks centuries apart are nobody's: what they come to has no meaning, but it must not end the program.
      ahead[pair.file] = (ahead[pair.reference] ?? 0) &+ pair.clockAhead
      // No packet is on its way for a day; the sum with a time must fit 64 bits.
      let thereAndBack = 2 * min(pair.uncertainty ?? 0, Self.longestWay)
      capture.correct(file: pair.file, clockAhead: ahead[pair.file] ?? 0, delay: thereAndBack + Self.sharedDelay)
    }
  }

  /// Beside the way's length: how much its packets' times vary.
  private static let sharedDelay: Int64 = 20_000_000
  private static let longestWay: Int64 = 86_400_000_000_000

  private mutating func readBatch() -> Bool {
    let hasMore = capture.nextBatch { file, bytes, records in
      announce(file)
      packetsBeforeFilter += records.count
      let before = observer.counts
      if let filter {
        let matching = matching(filter, bytes, records)
        observer.observe(matching.span, in: bytes, file: file)
      } else {
        observer.observe(records.span, in: bytes, file: file)
      }
      decoded.note(file, read: records.count, before, observer.counts)
    }
    if hasMore {
      observer.flush()
      printEvents()
    }
    return hasMore
  }

  private mutating func matching(
    _ filter: PacketFilter, _ bytes: Span<UInt8>, _ records: ArraySlice<PacketRecord>
  ) -> [PacketRecord] {
    var matching: [PacketRecord] = []
    for record in records {
      if filter.matches(bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType) {
        matching.append(record)
      } else if observer.counts.packets == 0, matching.isEmpty {
        noteTag(bytes, record)
      }
    }
    return matching
  }

  /// Counts packets with a VLAN tag while none has passed the filter: to say why.
  private mutating func noteTag(_ bytes: Span<UInt8>, _ record: PacketRecord) {
    let isTagged = tagFilter?.matches(
      bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType)
    if isTagged == true { packetsWithTag += 1 }
  }

  /// The first line of a file's JSON.
  private mutating func announce(_ file: Int) {
    guard options.json, announced.insert(file).inserted else { return }
    let reader = (capture.parts[file].reader.formatName, capture.parts[file].reader.linkTypes.map(\.name))
    output.lines { [json] in json.capture(file: file, kind: reader.0 ?? "unknown", linkTypes: reader.1, to: &$0) }
  }

  /// Prints what was recognised since the last call; as text, only where the end of the input may be far away.
  private mutating func printEvents() {
    let events = observer.analyzer.events
    let start = observer.analyzer.captureStart ?? 0
    observer.analyzer.events.removeAll(keepingCapacity: true)
    for event in events {
      if outputs.annotation != nil { comments.note(event) }
      if options.json {
        output.lines { [json] in json.event(event, start: start, to: &$0) }
        if draws { ownEvents.append(event) }
      } else {
        printText(event)
      }
    }
    output.flush()
    if needsNoMoreEvents { observer.analyzer.wantsEvents = false }
  }

  /// Whether nothing is made of further events: a summary shows no pictures of so many.
  private var needsNoMoreEvents: Bool {
    !options.json && outputs.annotation == nil && !draws && !isStreaming && frame == nil && connection == nil
      && ownEvents.count > WorstLanes.keptEvents
  }

  private mutating func printText(_ event: KeepaliveEvent) {
    if let frame {
      if event.file == 0, event.frame == frame { ownEvents.append(event) }
      return
    }
    // For the pictures below a summary a bounded number is kept; beyond, there are none.
    let isForSummary = connection == nil && ownEvents.count <= WorstLanes.keptEvents
    if event.connection == connection || draws || isForSummary { ownEvents.append(event) }
    if isStreaming, connection == nil || event.connection == connection {
      output.line(style.ascii(LiveText(style: style, zone: options.zone).line(event)))
    }
  }

  /// Reads the logs, and joins their calls to the connections.
  ///
  /// - Returns: whether every line was a call; otherwise messages were printed.
  private mutating func joinCalls() -> Bool {
    var isWhole = true
    for log in logs {
      var read: [ApplicationCall] = []
      do throws(ApplicationLogFile.Failure) { read = try log.newCalls(isLast: true) } catch {
        log.problems.append(error.description)
      }
      isWhole = isWhole && log.problems.isEmpty
      complain(aboutLinesOf: log)
      let joined = LoggedCalls(read, with: observer.analyzer.connections)
      if let disagreement = joined.clockDisagreement { complain(ApplicationText.clock(disagreement, log: log.path)) }
      calls += joined.calls
    }
    calls.sort { $0.call.time < $1.call.time }
    return isWhole
  }

  private mutating func printEnd() throws -> VerdictTally {
    let connections = observer.analyzer.connections
    let start = connections.captureStart ?? 0
    if options.json { for call in calls { output.lines { [json] in json.application(call, start: start, to: &$0) } } }
    let findings = CaptureFindings(connections, options.json ? .streamed : listsAll ? .all : .folded) { report in
      output.lines { [json] in json.connection(report, start: start, to: &$0) }
    }
    let dropped = facts(connections).dropped
    if options.json {
      printJSONEnd(connections, findings, dropped: dropped)
    } else if let frame {
      let text = FrameExplanationText(style: style, hasTimes: observer.counts.hasTimes)
      for line in text.lines(
        frame: frame, result: observer.explainedResult, explanation: observer.analyzer.explanation, events: ownEvents)
      {
        output.line(style.ascii(line))
      }
    } else if let connection {
      try printTimeline(connection)
    } else {
      let facts = facts(connections)
      let sharing = SharedCaptureText(
        names: capture.parts.map(\.name), copies: observer.copiesAcrossFiles, style: style)
      let summary = CaptureSummaryText(style: style, zone: options.zone, isReplay: true, listsAll: listsAll)
      let lines = summary.head(facts) + sharing.lines(shared) + emptyFilterAdvice()
      let programs = ApplicationText(style: style, zone: options.zone)
      let pictures =
        ownEvents.count <= WorstLanes.keptEvents
        ? WorstLanes(style: style, zone: options.zone).lines(
          findings, FigureSource(connections, events: ownEvents, calls: calls)) : []
      for line in lines + summary.connections(findings) + programs.lines(calls, connections) + pictures {
        output.line(style.ascii(line))
      }
    }
    return findings.verdicts
  }

  /// The lines of the whole capture.
  private mutating func printJSONEnd(_ connections: Connections, _ findings: CaptureFindings, dropped: Int?) {
    let (counts, copies, problems) = (observer.counts, observer.copiesAcrossFiles, errors.count)
    let tally = observer.analyzer.tally
    output.lines { [json, shared] lines in
      for pair in shared { json.shared(pair, to: &lines) }
      for step in connections.clockSteps { json.clockStep(step, to: &lines) }
      for explanation in findings.evidence.explanations { json.explanation(explanation, to: &lines) }
      json.summary(
        counts: counts, connections: connections, tally: tally, verdicts: findings.verdicts, dropped: dropped,
        problems: problems, copiesAcrossFiles: copies, to: &lines)
    }
  }

  private func facts(_ connections: Connections) -> CaptureFacts {
    let drops = capture.parts.compactMap { $0.reader.dropped }
    return CaptureFacts(
      title: capture.parts.map(\.name).joined(separator: ", "), counts: observer.counts,
      connections: connections.count, copies: connections.copies + observer.copiesAcrossFiles,
      dropped: drops.isEmpty ? nil : drops.reduce(0, +), filteredOut: packetsBeforeFilter - observer.counts.packets,
      untracked: connections.untracked,
      undecodedLinkTypes: Set(capture.parts.flatMap { $0.reader.linkTypes }).filter { !$0.isSupported }
        .sorted { $0.rawValue < $1.rawValue },
      clockSteps: connections.clockSteps)
  }

  /// Writes the annotated copy.
  ///
  /// - Returns: whether that succeeded; otherwise a message was printed.
  private func annotate(_ copy: OpenedOutput) -> Bool {
    guard let part = capture.parts.first else { return false }
    do throws(CaptureFileError) {
      let outcome = try AnnotatedCopy.write(
        from: part, to: copy.begin(), name: copy.name, comment: comments.text)
      let rest = outcome.withoutRoom == 0 ? "" : "; \(outcome.withoutRoom) had no room (simple packet blocks)"
      complain(
        "\(counted(outcome.written, "comment")) written to \(copy.name)\(rest). In Wireshark: frame.comment contains "
          + "\"keepwatch: probe\"")
      return true
    } catch {
      complain(error.description)
      return false
    }
  }

  private mutating func printTimeline(_ number: Int) throws {
    let connections = observer.analyzer.connections
    output.flush()
    let timeline = ConnectionTimeline(try report(number), style: style, zone: options.zone)
    let lines = timeline.lines(
      segments: connections.trace, events: ownEvents.filter { $0.connection == number },
      calls: LoggedCalls.of(number, calls), captureEnd: connections.captureEnd
    )
    let source = FigureSource(connections, events: ownEvents, calls: calls)
    let lanes = LanesText(style: style, zone: options.zone).lines(source.figure(try report(number)))
    // The picture stands below the title.
    for line in lines.prefix(3) + lanes + lines.dropFirst(3) {
      output.line(style.ascii(line))
    }
    if connections.traceDropped > 0 {
      output.line(
        "\(counted(connections.traceDropped, "later packet")) of it are not in this time line: it would be too long.")
    }
  }

  /// Why a filter matched nothing, where that can be told.
  private func emptyFilterAdvice() -> [String] {
    guard let filter, observer.counts.packets == 0, packetsBeforeFilter > 0 else { return [] }
    var line = "The filter '\(filter.expression.printable)' matches 0 of \(counted(packetsBeforeFilter, "packet"))"
    if packetsWithTag == packetsBeforeFilter {
      line += ", which all carry a VLAN tag: try 'vlan and \(filter.expression.printable)'"
    }
    let inapplicable = filter.inapplicable.sorted { $0.key.rawValue < $1.key.rawValue }
    for (linkType, reason) in inapplicable.prefix(3) {
      line += "; it does not fit link type \(linkType.name): \(reason)"
    }
    return [line + "."]
  }
}
