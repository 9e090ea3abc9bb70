import PacketWire
import SystemCalls

/// Writes a capture file: pcapng where its name says so, else pcap, which every tool reads.
public enum CaptureWriter: ~Copyable {
  /// A pcap file.
  case pcap(PcapWriter)
  /// A pcapng file.
  case pcapng(PcapngWriter)

  /// What was written first to fail; nothing is written after it.
  public var failure: CaptureFileError? {
    switch self {
    case .pcap(let writer): writer.failure
    case .pcapng(let writer): writer.failure
    }
  }

  /// What kind of failure it was; `nil` where all was written.
  public var writeFailure: WriteFailure? {
    switch self {
    case .pcap(let writer): writer.writeFailure
    case .pcapng(let writer): writer.writeFailure
    }
  }

  /// How many octets the file has so far, in memory or written.
  public var octets: Int {
    switch self {
    case .pcap(let writer): writer.octets
    case .pcapng(let writer): writer.octets
    }
  }

  /// Begins a file for packets of `linkType`, cut to `snapshotLength` octets.
  ///
  /// - Parameters:
  ///   - descriptor: what stands open for writing, empty; its owner closes it.
  ///   - name: its name, for messages.
  ///   - pattern: the name that tells the format: `.pcapng` at its end, in whatever case.
  ///   - linkType: how packets begin.
  ///   - snapshotLength: the octets kept of each.
  /// - Throws: `CaptureFileError` where there is no room for its header.
  public init(
    descriptor: Int32, name: String, as pattern: String, linkType: LinkType, snapshotLength: Int
  ) throws(CaptureFileError) {
    if pattern.lowercased().hasSuffix(".pcapng") {
      self = .pcapng(
        try PcapngWriter(descriptor: descriptor, name: name, linkType: linkType, snapshotLength: snapshotLength))
    } else {
      self = .pcap(
        try PcapWriter(descriptor: descriptor, name: name, linkType: linkType, snapshotLength: snapshotLength))
    }
  }

  /// Adds a packet; it may stay in memory until `flush()`.
  ///
  /// - Parameters:
  ///   - bytes: octets, the packet's among them.
  ///   - range: where the packet's captured octets lie.
  ///   - originalLength: its length on the wire, in octets.
  ///   - time: nanoseconds since the epoch.
  public mutating func write(_ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, time: Int64) {
    switch consume self {
    case .pcap(var writer):
      writer.write(bytes, in: range, originalLength: originalLength, time: time)
      self = .pcap(writer)
    case .pcapng(var writer):
      writer.write(bytes, in: range, originalLength: originalLength, time: time)
      self = .pcapng(writer)
    }
  }

  /// Writes out what is in memory; a failure is kept in `failure`.
  public mutating func flush() {
    switch consume self {
    case .pcap(var writer):
      writer.flush()
      self = .pcap(writer)
    case .pcapng(var writer):
      writer.flush()
      self = .pcapng(writer)
    }
  }
}
