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
  private var decoder = PacketDecoder()
  /// The batch: `count` segments wait, the rest is room.
  private var segments = InlineArray<128, Segment>(repeating: Segment())
  private var count = 0

  /// An observer that has seen nothing.
  ///
  /// - Parameters:
  ///   - shared: the files that captured the same packets, each of which is to be counted once.
  ///   - maximumConnections: how many connections are tracked.
  public init(shared: [SharedCapture] = [], maximumConnections: Int = KeepaliveAnalyzer.maximumConnections) {
    analyzer = KeepaliveAnalyzer(maximumConnections: maximumConnections)
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
      if shared != nil, shared?.isCopy(&segments[count]) == true {
        copiesAcrossFiles += 1
        return
      }
      count &+= 1
      if count == KeepaliveAnalyzer.batchSize { flush() }
    } else if result == .quotedSegment {
      flush()
      decoder.quote.time = time
      decoder.quote.frame = packet.frame
      decoder.quote.file = file
      analyzer.process(decoder.quote)
    }
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
