import KeepaliveAnalysis
import PacketWire

/// What lies between a packet and its meaning, the same for live and saved captures: decodes packets, counts what is
/// skipped under its reason, and hands segments to the analysis in batches.
public struct PacketObserver {
  /// The analysis, whose `events` are to be taken after `flush()`.
  public var analyzer: KeepaliveAnalyzer
  /// What the packets were.
  public private(set) var counts = PacketCounts()
  /// What the packet of the frame `analyzer.explained` was; `nil` where none has come.
  public private(set) var explainedResult: DecodeResult?

  /// Packets left out because another file has them.
  public private(set) var copiesAcrossFiles = 0

  private var shared: SharedPackets?
  private let shard: ConnectionShard?
  /// Whether not every segment is analysed.
  private let isSelective: Bool
  private var decoder = PacketDecoder()
  /// The batch: `count` segments wait, the rest is room.
  private var segments = InlineArray<128, Segment>(repeating: Segment())
  private var count = 0

  /// An observer that has seen nothing.
  ///
  /// - Parameters:
  ///   - shared: the files that captured the same packets, each of which is to be counted once.
  ///   - shard: the part of all connections that is analysed; `nil` for all. The packets of the others are counted.
  ///   - maximumConnections: how many connections are tracked.
  public init(
    shared: [SharedCapture] = [], shard: ConnectionShard? = nil,
    maximumConnections: Int = KeepaliveAnalyzer.maximumConnections
  ) {
    analyzer = KeepaliveAnalyzer(maximumConnections: maximumConnections)
    self.shard = shard
    isSelective = shard != nil || !shared.isEmpty
    if !shared.isEmpty { self.shared = SharedPackets(shared) }
  }

  /// Takes packets, in the order captured.
  ///
  /// - Parameters:
  ///   - packets: the packets.
  ///   - bytes: what their ranges point into.
  ///   - file: which file they come from, from 0.
  public mutating func observe(_ packets: Span<PacketRecord>, in bytes: Span<UInt8>, file: Int) {
    for index in packets.indices { observe(packets[index], in: bytes, UInt16(truncatingIfNeeded: file)) }
  }

  /// Takes one packet, whose octets lie in `bytes`.
  public mutating func observe(_ packet: PacketRecord, in bytes: Span<UInt8>) { observe(packet, in: bytes, 0) }

  @inline(__always)
  private mutating func observe(_ packet: PacketRecord, in bytes: Span<UInt8>, _ file: UInt16) {
    let time = counts.note(time: packet.time)
    let result = decoder.decode(
      bytes, in: packet.range, originalLength: packet.originalLength, linkType: packet.linkType,
      interface: UInt32(file) << 16 | UInt32(truncatingIfNeeded: packet.interface), into: &segments[count])
    counts.note(result)
    if let explained = analyzer.explained, explained == FrameKey(file: file, frame: packet.frame) {
      explainedResult = result
    }
    if result == .segment {
      Self.note(time, packet.frame, file, in: &segments[count])
      if isSelective, !isWanted(count) { return }
      count &+= 1
      if count == KeepaliveAnalyzer.batchSize { flush() }
    } else if result == .quotedSegment {
      if let shard, !shard.contains(SocketPair(decoder.quote.source, decoder.quote.destination)) { return }
      flush()
      decoder.quote.time = time
      decoder.quote.frame = packet.frame
      decoder.quote.file = file
      analyzer.process(decoder.quote)
    }
  }

  /// Whether the segment at a place of the batch is of the shard, and no copy of another file's.
  private mutating func isWanted(_ place: Int) -> Bool {
    if let shard, !shard.contains(segments[place].ends) { return false }
    guard shared?.isCopy(&segments[place]) == true else { return true }
    copiesAcrossFiles += 1
    return false
  }

  @inline(__always)
  private static func note(_ time: Int64, _ frame: Int, _ file: UInt16, in segment: inout Segment) {
    segment.time = time
    segment.frame = frame
    segment.file = file
  }

  /// Analyses the segments that wait for their batch to fill.
  public mutating func flush() {
    if analyzer.captureStart == nil { analyzer.captureStart = counts.firstTime }
    if analyzer.hasTimes != counts.hasTimes { analyzer.hasTimes = counts.hasTimes }
    analyzer.process(segments.span.extracting(0..<count))
    count = 0
  }

  /// The capture has ended.
  public mutating func finish() {
    flush()
    analyzer.finish(at: counts.lastTime)
  }
}
