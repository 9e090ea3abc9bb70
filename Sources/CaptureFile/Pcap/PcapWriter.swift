import PacketWire
import SystemCalls

/// Writes a classic pcap file with nanosecond times, in little-endian order.
public struct PcapWriter: ~Copyable {
  private var file: OutputFile

  /// What was written first to fail; nothing is written after it.
  public var failure: CaptureFileError? { file.failure }
  /// What kind of failure it was; `nil` where all was written.
  public var writeFailure: WriteFailure? { file.writeFailure }
  /// How many octets the file has so far, in memory or written.
  public var octets: Int { file.octets }

  /// Begins a file for packets of `linkType`, cut to `snapshotLength` octets.
  ///
  /// - Parameters:
  ///   - descriptor: what stands open for writing, empty; its owner closes it.
  ///   - name: its name, for messages.
  ///   - linkType: how packets begin.
  ///   - snapshotLength: the octets kept of each.
  /// - Throws: `CaptureFileError` where there is no room for its header.
  public init(descriptor: Int32, name: String, linkType: LinkType, snapshotLength: Int) throws(CaptureFileError) {
    var file = OutputFile(descriptor: descriptor, name: name)
    file.append(0xa1b2_3c4d as UInt32)
    file.append(2 as UInt16)
    file.append(4 as UInt16)
    file.append(0 as UInt64)
    file.append(UInt32(snapshotLength))
    file.append(UInt32(linkType.rawValue))
    file.endRecord()
    file.flush()
    if let failure = file.failure { throw failure }
    self.file = file
  }

  /// Adds a packet; it may stay in memory until `flush()`.
  ///
  /// - Parameters:
  ///   - bytes: octets, the packet's among them.
  ///   - range: where the packet's captured octets lie.
  ///   - originalLength: its length on the wire, in octets.
  ///   - time: nanoseconds since the epoch.
  public mutating func write(_ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, time: Int64) {
    file.append(UInt32(truncatingIfNeeded: time / 1_000_000_000))
    file.append(UInt32(truncatingIfNeeded: time % 1_000_000_000))
    file.append(UInt32(range.count))
    file.append(UInt32(originalLength))
    file.append(bytes, in: range)
    file.endRecord()
  }

  /// Writes out what is in memory; a failure is kept in `failure`.
  public mutating func flush() { file.flush() }
}
