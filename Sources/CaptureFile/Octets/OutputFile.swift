import CLinux
import FileNames
import Glibc

/// A file of records that is written in large pieces.
///
/// The first failure is kept, and nothing is written after it; what the file holds then ends with a whole record.
struct OutputFile: ~Copyable {
  private let descriptor: Int32
  private let name: String
  private var pending: [UInt8] = []
  /// Where the records in `pending` end.
  private var recordEnds: [Int] = []
  private(set) var failure: CaptureFileError?
  /// The failure's number (errno); EINTR where a signal asked for the end while the reader of a pipe did not read.
  private(set) var errorNumber: Int32?

  /// A file that stands open for writing, empty, as `descriptor`, and whose owner closes it; `name` is for messages.
  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Adds octets of a record.
  mutating func append(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) {
    pending.reserveCapacity(pending.count + range.count)
    for index in range { pending.append(bytes[index]) }
  }

  /// Adds a number's octets.
  mutating func append<Number: FixedWidthInteger>(_ number: Number, _ order: ByteOrder = .little) {
    for step in 0..<Number.bitWidth / 8 {
      let shift = order == .little ? step * 8 : Number.bitWidth - 8 - step * 8
      pending.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }

  /// Ends a record, which may stay in memory until `flush()`.
  mutating func endRecord() {
    recordEnds.append(pending.count)
    if pending.count >= 1 << 16 { flush() }
  }

  /// Writes out the records that are in memory.
  mutating func flush() {
    if failure == nil {
      // The kernel reads from the array's storage, at most its length.
      let count = unsafe pending.withUnsafeBytes { unsafe linux_write(descriptor, $0.baseAddress, $0.count) }
      if count < pending.count { fail(errno, after: count) }
    }
    pending.removeAll(keepingCapacity: true)
    recordEnds.removeAll(keepingCapacity: true)
  }

  /// Takes back what was written of a record that has not become whole, where the file is no pipe.
  private mutating func fail(_ code: Int32, after count: Int) {
    let torn = count - (recordEnds.last { $0 <= count } ?? 0)
    let end = lseek(descriptor, 0, SEEK_CUR)
    let isWhole = end >= 0 && ftruncate(descriptor, end - off_t(torn)) == 0
    errorNumber = code
    failure = CaptureFileError(
      file: name, offset: nil, packetsBefore: 0,
      problem: "cannot be written: \(errorText(code))" + (isWhole ? "; what was written before is whole" : ""))
  }
}
