import CaptureFile
import Foundation
import PacketWire
import Testing

/// A capture file in memory: its packets, and the octets that they point into.
struct SavedCapture: CustomTestStringConvertible, Sendable {
  /// Its path from the repository's root, or from the folder beside it.
  let name: String
  /// Every packet's octets, one after the other.
  private(set) var octets: [UInt8] = []
  /// The packets, whose ranges point into `octets`.
  private(set) var packets: [PacketRecord] = []
  /// What each packet was decoded to; `nil` where it is no TCP.
  private(set) var segments: [Segment?] = []
  /// Of each packet, from 0: the first one of which it is a copy; itself where it is none.
  private(set) var originals: [Int] = []

  var testDescription: String { name }
  var path: String { Self.root.appendingPathComponent(name).path }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Where captures lie; what stands outside the repository is left out where it is absent.
  private static let folders = [
    "captures", "captures/situations", "Tests/keepwatchTests/Exam", "../shared/exam/captures",
    "../shared/cases/captures", "../shared/cases/stories",
  ]

  /// Every capture of the folders; one whose name stands in two of them, once.
  static let all: [SavedCapture] = {
    var seen: Set<String> = []
    return folders.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)) ?? []
      return names.sorted().filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }
        .filter { seen.insert($0).inserted }.map { SavedCapture(folder + "/" + $0) }
    }
  }()

  private init(_ name: String) {
    self.name = name
    let sequence = CaptureSequence()
    sequence.add(path: path)
    var batches: [(octets: [UInt8], records: [PacketRecord])] = []
    while sequence.nextBatch({ _, bytes, records in
      batches.append((bytes.indices.map { bytes[$0] }, Array(records)))
    }) {}
    for batch in batches {
      for var packet in batch.records {
        let start = octets.count
        octets += batch.octets[packet.range]
        packet.range = start..<octets.count
        packets.append(packet)
      }
    }
    var decoder = PacketDecoder()
    segments = packets.map { packet in
      var segment = Segment()
      let result = decoder.decode(
        octets.span, in: packet.range, originalLength: packet.originalLength, linkType: packet.linkType, interface: 0,
        into: &segment)
      return result == .segment ? segment : nil
    }
    originals = findOriginals()
  }

  /// Copies have been seen up to 50 ms apart: nanoseconds.
  private static let longestBetweenCopies: Int64 = 50_000_000

  private func findOriginals() -> [Int] {
    var latest: [[UInt64]: (time: Int64?, original: Int)] = [:]
    return packets.indices.map { index in
      guard let content = segments[index]?.content else { return index }
      let time = packets[index].time
      var original = index
      if let earlier = latest[content], let time, let before = earlier.time,
        abs(time - before) <= Self.longestBetweenCopies
      {
        original = earlier.original
      }
      latest[content] = (time, original)
      return original
    }
  }
}

extension Segment {
  /// Its two ends, the same for both directions.
  var ends: Set<SocketAddress> { [sourceAddress, destinationAddress] }

  /// What two copies of it have in common; only a router on the way changes more.
  fileprivate var content: [UInt64] {
    [
      source.high, source.low, destination.high, destination.low, UInt64(sourcePort) << 16 | UInt64(destinationPort),
      UInt64(sequence.value) << 32 | UInt64(acknowledgment.value),
      UInt64(payloadLength) << 32 | UInt64(window) << 16 | UInt64(identification), UInt64(flags.rawValue),
      UInt64(timestampValue) << 32 | UInt64(timestampEcho),
    ]
  }

  /// Whether it goes the way that a client's packets mostly go: from the higher port.
  var isFromHigherPort: Bool {
    (sourcePort, source.high, source.low) > (destinationPort, destination.high, destination.low)
  }
}
