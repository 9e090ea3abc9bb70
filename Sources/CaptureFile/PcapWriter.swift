import Glibc
import PacketWire

/// Writes a classic pcap file with nanosecond times, in little-endian order.
public struct PcapWriter: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private var pending: [UInt8] = []
  /// What was written first to fail; nothing is written after it.
  public private(set) var failure: CaptureFileError?
  /// How many packets have been taken.
  public private(set) var packetCount = 0

  /// A new file at `path` ("-": standard output) for packets of `linkType`, cut to `snapshotLength` octets.
  ///
  /// - Throws: `CaptureFileError` where it cannot be created.
  public init(path: String, linkType: LinkType, snapshotLength: Int) throws(CaptureFileError) {
    self.path = path
    descriptor = path == "-" ? STDOUT_FILENO : unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CaptureFileError(
        file: path, offset: nil, packetsBefore: 0, problem: "cannot be written: \(errorText(errno))")
    }
    append(0xa1b2_3c4d as UInt32)
    append(2 as UInt16)
    append(4 as UInt16)
    append(0 as UInt64)
    append(UInt32(snapshotLength))
    append(UInt32(linkType.rawValue))
    flush()
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  /// Adds a packet; it may stay in memory until `flush()`.
  ///
  /// - Parameters:
  ///   - bytes: octets, the packet's among them.
  ///   - range: where the packet's captured octets lie.
  ///   - originalLength: its length on the wire, in octets.
  ///   - time: nanoseconds since the epoch.
  public mutating func write(_ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, time: Int64) {
    append(UInt32(truncatingIfNeeded: time / 1_000_000_000))
    append(UInt32(truncatingIfNeeded: time % 1_000_000_000))
    append(UInt32(range.count))
    append(UInt32(originalLength))
    pending.reserveCapacity(pending.count + range.count)
    for index in range { pending.append(bytes[index]) }
    packetCount += 1
    if pending.count >= 1 << 16 { flush() }
  }

  /// Writes out what is in memory; a failure is kept in `failure`.
  public mutating func flush() {
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
          file: path, offset: nil, packetsBefore: packetCount, problem: "cannot be written: \(errorText(errno))")
      }
    }
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      pending.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }
}
