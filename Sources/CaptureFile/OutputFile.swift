import Glibc

/// A file that is written in large pieces; the first failure is kept, and nothing is written after it.
struct OutputFile: ~Copyable {
  private let descriptor: Int32
  private let name: String
  private var pending: [UInt8] = []
  private(set) var failure: CaptureFileError?
  /// How many packets have been written, for the message of a failure.
  var packetCount = 0

  /// A file that stands open for writing, empty, as `descriptor`, and whose owner closes it; `name` is for messages.
  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Adds octets; they may stay in memory until `flush()`.
  mutating func append(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) {
    pending.reserveCapacity(pending.count + range.count)
    for index in range { pending.append(bytes[index]) }
    if pending.count >= 1 << 16 { flush() }
  }

  /// Adds a number's octets.
  mutating func append<Number: FixedWidthInteger>(_ number: Number, _ order: ByteOrder = .little) {
    for step in 0..<Number.bitWidth / 8 {
      let shift = order == .little ? step * 8 : Number.bitWidth - 8 - step * 8
      pending.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }

  /// Writes out what is in memory.
  mutating func flush() {
    var start = 0
    while failure == nil, start < pending.count {
      // The kernel reads from the array's storage, at most to its end.
      let count = unsafe pending[start...].withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        start += count
      } else if errno != EINTR {
        failure = CaptureFileError(
          file: name, offset: nil, packetsBefore: packetCount, problem: "cannot be written: \(errorText(errno))")
      }
    }
    pending.removeAll(keepingCapacity: true)
  }
}
