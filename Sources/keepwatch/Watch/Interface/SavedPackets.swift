import ArgumentParser
import CaptureFile
import PacketCapture
import PacketWire
import SystemCalls

/// The files that packets of an interface are saved in: one, or one after another.
final class SavedPackets {
  private let pattern: String
  private let linkType: LinkType
  private let snapshotLength: Int
  private let series: FileSeries?
  private var file: OpenedOutput
  private var writer: CaptureWriter
  /// Why no other file could follow, in a sentence.
  private var failure: String?
  /// Whether as many files were written as are wanted, and packets came for one more.
  private(set) var isComplete = false

  /// Begins the first file.
  ///
  /// - Parameters:
  ///   - file: it.
  ///   - series: the others; `nil` where there are none.
  ///   - capture: whose packets are saved.
  /// - Throws: the exit status 1, after a message, where there is no room for its header.
  init(_ file: OpenedOutput, _ series: FileSeries?, of capture: LiveCapture) throws {
    self.file = file
    self.series = series
    pattern = file.name
    linkType = capture.linkType
    snapshotLength = capture.snapshotLength
    series?.keep(first: file)
    do throws(CaptureFileError) {
      writer = try CaptureWriter(
        descriptor: file.begin(), name: file.name, as: series?.pattern ?? file.name, linkType: linkType,
        snapshotLength: snapshotLength)
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
  }

  /// The name of the current file.
  var name: String { file.name }

  /// Saves a packet, unless as many files were written as are wanted.
  func write(_ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, time: Int64) {
    if let series, failure == nil, series.isDue(time, octets: writer.octets) { follow(series, at: time) }
    if !isComplete, failure == nil { writer.write(bytes, in: range, originalLength: originalLength, time: time) }
  }

  private func follow(_ series: FileSeries, at time: Int64) {
    writer.flush()
    guard writer.failure == nil else { return }
    isComplete = series.isComplete
    guard !isComplete else { return }
    switch series.open(at: time) {
    case .success(let next):
      do throws(CaptureFileError) {
        writer = try CaptureWriter(
          descriptor: next.begin(), name: next.name, as: series.pattern, linkType: linkType,
          snapshotLength: snapshotLength)
        file = next
      } catch {
        failure = error.description
      }
    case .failure(let problem): failure = problem.text
    }
  }

  /// Writes out what is in memory.
  func flush() { writer.flush() }

  /// Why packets could not be saved; `nil` where all were.
  var writeFailure: WriteFailure? { failure == nil ? writer.writeFailure : .error(0) }

  /// The same in words, where it is an error.
  var problem: String? {
    if let failure { return failure }
    guard case .error? = writer.writeFailure else { return nil }
    return writer.failure?.description
  }
}
