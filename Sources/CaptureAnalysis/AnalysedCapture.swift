import CaptureFile
import KeepaliveAnalysis
import PacketObservation

/// A saved capture that was read and analysed to its end.
///
/// Several files are parts of one capture: their packets are taken in the order of time, and one that two files have counts once.
/// What stands before a damaged part of a file is analysed; `errors` tells of the rest.
public struct AnalysedCapture {
  /// What became of the connections.
  public let connections: Connections
  /// What the packets were, those that were skipped by their reasons.
  public let counts: PacketCounts
  /// Files that could not be opened, or not be read to their ends.
  public let errors: [CaptureFileError]

  /// Reads files, pcap or pcapng or either compressed by gzip, and analyses them.
  ///
  /// Nothing is kept of the packets, so that memory grows with connections and not with packets.
  ///
  /// - Parameters:
  ///   - files: their paths, or "-" for standard input.
  ///   - event: told of each probe, answer, give-up and what else is recognised, in the order in which it becomes known.
  public init(files: [String], event: ((KeepaliveEvent) -> Void)? = nil) {
    let capture = CaptureSequence()
    for file in files { capture.add(path: file) }
    let shared = CaptureComparison.compare(capture.parts)
    capture.correctClocks(shared)
    var observer = PacketObserver(shared: shared)
    observer.analyzer.holdsAnswers = true
    observer.analyzer.wantsEvents = event != nil
    func tell() {
      for recognised in observer.analyzer.events { event?(recognised) }
      observer.analyzer.events.removeAll(keepingCapacity: true)
    }
    while capture.nextBatch({ file, bytes, records in observer.observe(records.span, in: bytes, file: file) }) {
      tell()
    }
    observer.finish()
    tell()
    connections = observer.analyzer.connections
    counts = observer.counts
    errors = capture.errors
  }

  /// What became of each connection, in the order in which they began; each is made when it is asked for.
  public var reports: some Sequence<ConnectionReport> { connections.numbers.lazy.map { connections.report($0) } }
}
