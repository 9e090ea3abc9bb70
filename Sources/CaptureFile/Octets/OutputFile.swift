import SystemCalls

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
  /// How many octets the records have so far, in memory or written.
  private(set) var octets = 0
  /// What kind of failure it was.
  private(set) var writeFailure: WriteFailure?

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
    octets += pending.count - (recordEnds.last ?? 0)
    recordEnds.append(pending.count)
    if pending.count >= 1 << 16 { flush() }
  }

  /// Writes out the records that are in memory.
  mutating func flush() {
    if failure == nil {
      let (count, error) = Descriptor.write(pending, to: descriptor)
      if let error { fail(error, after: count) }
    }
    pending.removeAll(keepingCapacity: true)
    recordEnds.removeAll(keepingCapacity: true)
  }

  /// Takes back what was written of a record that has not become whole, where the file is no pipe.
  private mutating func fail(_ error: SystemError, after count: Int) {
    let torn = count - (recordEnds.last { $0 <= count } ?? 0)
    let isWhole = Descriptor.takeBack(torn, from: descriptor)
    writeFailure = WriteFailure(code: error.code)
    failure = CaptureFileError(
      file: name, offset: nil, packetsBefore: 0,
      problem: "cannot be written: \(error.text)" + (isWhole ? "; what was written before is whole" : ""))
  }
}
