import ArgumentParser
import CaptureFile
import Glibc
import KeepaliveAnalysis
import PacketCapture
import PacketObservation
import PacketWire
import Reporting

/// One run over saved captures: reads, filters, observes, prints.
struct ReplaySession {
  /// The one connection whose time line is to be shown.
  var connection: Int?
  /// Whether connections with nothing to tell are listed too.
  var listsAll = false

  private let capture = CaptureSequence()
  private let filter: PacketFilter?
  private let options: ReportOptions
  private let json: JSONReport
  private var observer = PacketObserver()
  private var output = Output()
  private var tally = VerdictTally()
  private var packetsBeforeFilter = 0
  private var announced: Set<Int> = []
  private var collected: [KeepaliveEvent] = []

  init(files: [String], filter expression: String, options: ReportOptions) throws {
    self.options = options
    if expression.isEmpty {
      filter = nil
    } else {
      do throws(PacketFilterError) {
        filter = try PacketFilter(expression)
      } catch {
        throw ValidationError(error.description)
      }
    }
    for file in files { capture.add(path: file) }
    json = JSONReport(files: capture.parts.isEmpty ? files : capture.parts.map(\.name))
  }

  /// Runs to the end of the files.
  ///
  /// - Returns: the exit status.
  mutating func run() throws -> Int32 {
    while readBatch() {}
    observer.finish()
    printEvents()
    for error in capture.errors { complain(error.description) }
    let verdicts = printEnd()
    output.flush()
    if !capture.errors.isEmpty { return 1 }
    return options.failOn.contains { verdicts[$0] > 0 } ? 3 : 0
  }

  private mutating func readBatch() -> Bool {
    let hasMore = capture.nextBatch { file, bytes, records in
      announce(file)
      for record in records {
        packetsBeforeFilter += 1
        if let filter,
          !filter.matches(
            bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType)
        {
          continue
        }
        observer.observe(
          bytes, in: record.range, originalLength: record.originalLength, linkType: record.linkType,
          interface: UInt32(truncatingIfNeeded: file << 16 | record.interface), time: record.time, frame: record.frame,
          file: UInt16(truncatingIfNeeded: file))
      }
    }
    if hasMore {
      observer.flush()
      printEvents()
    }
    return hasMore
  }

  /// The first line of a file's JSON.
  private mutating func announce(_ file: Int) {
    guard options.json, announced.insert(file).inserted else { return }
    let reader = (capture.parts[file].reader.formatName, capture.parts[file].reader.linkTypes.map(\.name))
    output.line(json.capture(file: file, kind: reader.0 ?? "unknown", linkTypes: reader.1))
  }

  /// Prints what was recognised since the last call; as text, only where the end of the input may be far away.
  private mutating func printEvents() {
    let events = observer.analyzer.events
    observer.analyzer.events.removeAll(keepingCapacity: true)
    for event in events {
      tally.count(event)
      if options.json {
        output.line(json.event(event, start: observer.analyzer.captureStart ?? 0))
      } else {
        collected.append(event)
      }
    }
    output.flush()
  }

  private mutating func printEnd() -> VerdictTally {
    let analyzer = observer.analyzer
    let start = analyzer.captureStart ?? 0
    for number in stride(from: 1, through: analyzer.connectionCount, by: 1) {
      let report = analyzer.report(number)
      tally.count(report.verdict)
      if options.json { for line in json.connection(report, start: start) { output.line(line) } }
    }
    if options.json {
      let dropped = capture.parts.compactMap { $0.reader.dropped }
      output.line(
        json.summary(
          counts: observer.counts, analyzer: analyzer, tally: tally,
          dropped: dropped.isEmpty ? nil : dropped.reduce(0, +), problems: capture.errors.count))
    }
    return tally
  }
}
