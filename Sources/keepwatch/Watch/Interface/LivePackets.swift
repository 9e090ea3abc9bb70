import ArgumentParser
import CaptureFile
import Findings
import PacketCapture
import PacketObservation
import PacketWire
import SystemCalls

/// The packets of an interface as they come, saved where that is asked for.
final class LivePackets {
  /// Becomes readable when packets wait.
  var descriptor: Int32 { capture.descriptor }
  private let capture: LiveCapture
  private let packetLimit: Int
  private let saved: SavedPackets?

  /// Begins to capture.
  ///
  /// - Parameters:
  ///   - options: what, and where.
  ///   - file: where the packets are saved; the first of several, where others follow.
  ///   - series: those.
  ///   - packetLimit: no more packets are taken; `nil` where as many as come.
  ///   - unavailable: says why nothing can be captured.
  /// - Throws: the exit status 77 where a privilege is missing, else 1, after a message.
  init(
    _ options: LiveOptions, saved file: OpenedOutput?, followedBy series: FileSeries? = nil, packetLimit: Int? = nil,
    unavailable: (LiveCaptureError) -> String = { $0.description }
  ) throws {
    do throws(LiveCaptureError) { capture = try LiveCapture(options) } catch {
      complain(unavailable(error))
      throw ExitCode(error.isPrivilege ? 77 : 1)
    }
    self.packetLimit = packetLimit ?? .max
    saved = try file.map { [capture] in try SavedPackets($0, series, of: capture) }
  }

  /// How packets begin.
  var linkType: LinkType { capture.linkType }

  /// What is to be said where packets are saved that were cut; `nil` where they are whole, or not saved.
  var noticeOfCut: String? {
    guard let saved, capture.snapshotLength < 262_144 else { return nil }
    return "packets saved in \(saved.name) are cut to \(capture.snapshotLength) bytes; -s 0 keeps them whole"
  }

  /// Whether as many packets were taken as are wanted.
  func isFull(_ observer: borrowing PacketObserver) -> Bool {
    observer.counts.packets >= packetLimit || saved?.isComplete == true
  }

  /// Takes what waits.
  func take(into observer: inout PacketObserver) throws(LiveCaptureError) {
    try capture.read { bytes, originalLength, time in
      guard observer.counts.packets < packetLimit, saved?.isComplete != true else { return }
      let range = bytes.indices
      saved?.write(bytes, in: range, originalLength: originalLength, time: time)
      // It came for a file more than are wanted.
      if saved?.isComplete == true { return }
      let packet = PacketRecord(
        time: time, frame: observer.counts.packets + 1, range: range, originalLength: originalLength,
        linkType: capture.linkType, interface: 0)
      observer.observe(packet, in: bytes)
    }
    saved?.flush()
  }

  /// Leaves segments with data in the kernel from now on, or takes them again.
  func leaveDataOut(_ isLeftOut: Bool) throws(LiveCaptureError) { try capture.leaveDataOut(isLeftOut) }

  /// Why packets could not be saved; `nil` where all were.
  var writeFailure: WriteFailure? { saved?.writeFailure }
  /// The same in words, where it is an error.
  var problem: String? { saved?.problem }

  /// Packets that the capture lost so far; `nil` where libpcap does not tell.
  var losses: CaptureLosses? {
    capture.statistics.map { CaptureLosses(byKernel: $0.dropped, byInterface: $0.droppedByInterface) }
  }
}
