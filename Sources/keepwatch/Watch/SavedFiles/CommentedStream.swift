import CaptureFile
import PacketObservation
import PacketWire
import Presenting
import SystemCalls

/// A stream of packets handed on as they come, as pcapng: each frame carries what became known when it came.
final class CommentedStream {
  private let output: OpenedOutput
  private var writer: PcapngWriter?
  /// How the stream's packets begin; a file written anew has one interface.
  private var linkType: LinkType?
  /// Why it cannot go on; `nil` where it can.
  private(set) var problem: String?

  /// A copy that goes to `output`.
  init(to output: OpenedOutput) { self.output = output }

  /// What kind of failure writing ended with; `nil` where all was written.
  var writeFailure: WriteFailure? { writer?.writeFailure }

  /// Takes some packets: each is observed, and written with what was recognised then.
  ///
  /// - Parameters:
  ///   - records: the packets.
  ///   - bytes: what their ranges point into.
  ///   - isWanted: whether a packet is to be observed; each is written.
  ///   - observer: which observes them.
  func take(
    _ records: ArraySlice<PacketRecord>, in bytes: Span<UInt8>, isWanted: (PacketRecord) -> Bool,
    into observer: inout PacketObserver
  ) {
    for record in records {
      let before = observer.analyzer.events.count
      if isWanted(record) {
        observer.observe(record, in: bytes)
        observer.flush()
      }
      write(record, bytes, FrameComments.text(frame: record.frame, of: observer.analyzer.events[before...]))
    }
    writer?.flush()
    if problem == nil, let failure = writer?.failure { problem = failure.description }
  }

  private func write(_ record: PacketRecord, _ bytes: Span<UInt8>, _ comment: String?) {
    guard problem == nil else { return }
    guard linkType == record.linkType else {
      problem = "\(output.name) takes packets of one link type: name one interface."
      return
    }
    writer?.write(
      bytes, in: record.range, originalLength: record.originalLength, time: record.time ?? 0, comment: comment)
  }

  /// Begins, before any packet has come: who reads the stream waits for that.
  func begin(_ type: LinkType) {
    linkType = type
    do throws(CaptureFileError) {
      writer = try PcapngWriter(descriptor: output.begin(), name: output.name, linkType: type, snapshotLength: 0)
    } catch {
      problem = error.description
    }
  }
}
