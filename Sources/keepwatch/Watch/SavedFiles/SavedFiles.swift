import ApplicationLog
import CaptureAnalysis
import CaptureFile
import Findings
import KeepaliveAnalysis
import PacketCapture
import PacketObservation
import PacketWire
import Presenting
import SystemCalls

/// Saved captures, several of them as parts of one; standard input among them.
final class SavedFiles: Source {
  private let capture: CaptureSequence
  /// Their names, also of those that could not be opened.
  private let files: [String]
  /// Files that captured the same packets.
  private let shared: [SharedCapture]
  private let filter: CountedFilter?
  private let window: TimeWindow?
  private let shard: ConnectionShard?
  /// The stream with comments; `nil` where none is asked for.
  private let commented: CommentedStream?
  private let logs: LogReader
  private var audience = Audience([])
  private var packets = 0
  private var packetsInWindow = 0
  private var packetsObserved = 0
  private var decoded = DecodedFiles()
  private var begun: Set<Int> = []
  private var progress: Progress
  private var crowding = Crowding()
  private var logsAreWhole = true
  /// Whether the end of the input may be far away.
  private let isStreaming: Bool

  private let path: PathKnowledge

  /// The files of `input`; reads several a first time.
  ///
  /// - Parameters:
  ///   - input: what is read.
  ///   - path: what is known of the boxes on the path.
  ///   - shard: the part of all connections that is analysed; `nil` for all.
  ///   - commented: where a stream's packets are handed on with comments; `nil` for nowhere.
  init(
    _ input: ReplayInput, _ path: PathKnowledge = PathKnowledge(), shard: ConnectionShard? = nil,
    commented: CommentedStream? = nil
  ) {
    self.path = path
    self.shard = shard
    self.commented = commented
    capture = input.capture
    files = input.files
    filter = input.filter.map(CountedFilter.init)
    window = input.window
    logs = LogReader(input.logs)
    shared = CaptureComparison.compare(capture.parts)
    isStreaming = input.isStream
    progress = Progress(files: input.files)
    capture.correctClocks(shared)
    if let commented { capture.whenBegun(commented.begin) }
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = commented != nil
    return needs
  }

  var isEndless: Bool { isStreaming }

  func makeObserver(maximumConnections: Int) -> PacketObserver {
    var observer = PacketObserver(shared: shared, shard: shard, maximumConnections: maximumConnections)
    observer.analyzer.holdsAnswers = !isStreaming
    return observer
  }

  func begin(_ audience: Audience) {
    self.audience = audience
    if isStreaming { Signals.endInOrder() }
  }

  func take(into observer: inout PacketObserver) -> Bool {
    let hasMore = capture.nextBatch { file, bytes, records in
      begin(file)
      packets += records.count
      let before = observer.counts
      let records = window?.packets(of: records) ?? records
      packetsInWindow += records.count
      if let commented {
        commented.take(records, in: bytes, isWanted: { filter?.matches($0, bytes) ?? true }, into: &observer)
      } else if let filter {
        let matching = filter.matching(bytes, records)
        observer.observe(matching.span, in: bytes, file: file)
      } else {
        observer.observe(records.span, in: bytes, file: file)
      }
      decoded.note(file, read: records.count, before, observer.counts)
    }
    if commented?.problem != nil { return false }
    if isStreaming, let news = crowding.news(observer.analyzer.connections) { complain(news) }
    if progress.isDue {
      progress.show(octets: capture.parts.reduce(0) { $0 + $1.reader.octetsRead }, packets: packets)
    }
    return hasMore
  }

  private func begin(_ file: Int) {
    guard begun.insert(file).inserted else { return }
    let part = capture.parts[file]
    audience.begin(
      CapturePart(file: file, kind: part.reader.formatName ?? "unknown", linkTypes: part.reader.linkTypes))
  }

  func finish(_ observer: inout PacketObserver) {
    progress.end()
    observer.finish()
    packetsObserved = observer.counts.packets
    noteWhatIsMissing()
    for error in errors { complain(error.description) }
  }

  /// Files of which nothing could be decoded are errors; what a bound left out is only said.
  private func noteWhatIsMissing() {
    for (number, part) in capture.parts.enumerated() {
      if let problem = decoded.problem(number, part.reader.linkTypes) { capture.addError(file: number, problem) }
      if let leftOut = part.reader.leftOut { complain("\(part.name): \(leftOut).") }
    }
    if let window, packetsInWindow == 0, packets > 0 { complain(window.emptiness) }
    if let beyond = filter?.packetsBeyond, beyond > 0 {
      complain(
        "\(counted(beyond, "packet")) did not pass the filter unseen: it is compiled for the first "
          + "\(PacketFilter.maximumLinkTypes) link types only.")
    }
  }

  var savingFailure: WriteFailure? { commented?.writeFailure }

  /// What could not be read to its end; a stream that the user ended has none.
  private var errors: [CaptureFileError] { isStreaming && Signals.noted != nil ? [] : capture.errors }

  func newCalls(isLast: Bool) -> [SourcedCall] {
    guard isLast else { return [] }
    let calls = logs.newCalls(isLast: true)
    logsAreWhole = !logs.hasProblems
    logs.tellProblems { for message in $0 { complain(message) } }
    return calls
  }

  var logNames: [String] { logs.names }

  var facts: SourceFacts {
    let drops = capture.parts.compactMap { $0.reader.dropped }
    var facts = SourceFacts(names: capture.parts.map(\.name))
    facts.dropped = drops.isEmpty ? nil : drops.reduce(0, +)
    facts.filteredOut = packetsInWindow - packetsObserved
    facts.outsideTimes = packets - packetsInWindow
    facts.undecodedLinkTypes = Set(capture.parts.flatMap { $0.reader.linkTypes }).filter { !$0.isSupported }
      .sorted { $0.rawValue < $1.rawValue }
    facts.problems = errors.count
    facts.shared = shared
    facts.path = path
    if packetsObserved == 0, packetsInWindow > 0 { facts.emptyFilter = filter?.emptiness(packets: packetsInWindow) }
    return facts
  }

  func exitStatus(_ output: Output, isAlarming: Bool) throws -> Int32 {
    try output.finish()
    if let problem = commented?.problem, savingFailure != .readerIsGone {
      complain(problem)
      return 1
    }
    return !errors.isEmpty || !logsAreWhole ? 1 : isAlarming ? 3 : 0
  }
}
