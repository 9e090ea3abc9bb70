import PacketWire

/// A segment that is remembered: because what it is will be known later, or to recognise its copies.
///
/// 42 octets, as each prober keeps two of them: fields that are only compared are cut to what a comparison needs.
struct HeldSegment {
  var time: Int64
  var sequence: SequenceNumber
  var acknowledgment: SequenceNumber
  var timestampValue: UInt32
  var timestampEcho: UInt32
  private var frameNumber: UInt32
  var file: UInt16
  /// `Segment.path` in 16 bits.
  var path: UInt16
  var window: UInt16
  var identification: UInt16
  /// No longer payload than an IPv4 packet's is told apart.
  var payloadLength: UInt16
  var timeToLive: UInt8
  var flags: TCPFlags
  var hasTimestamps: Bool
  /// Of a probe: whether the packets allow no other reading.
  var isCertain = true

  var frame: Int { Int(frameNumber) }

  /// The frame, as a proof.
  var reference: FrameReference { FrameReference(frame: frame, file: file, time: time) }

  /// Whether it is this frame.
  func isFrame(of other: HeldSegment) -> Bool { frameNumber == other.frameNumber && file == other.file }

  @inline(__always)
  init(_ segment: Segment) {
    time = segment.time
    sequence = segment.sequence
    acknowledgment = segment.acknowledgment
    timestampValue = segment.timestampValue
    timestampEcho = segment.timestampEcho
    frameNumber = UInt32(truncatingIfNeeded: segment.frame)
    file = segment.file
    path = Self.folded(segment.path)
    window = segment.window
    identification = segment.identification
    payloadLength = UInt16(clamping: segment.payloadLength)
    timeToLive = segment.timeToLive
    flags = segment.flags
    hasTimestamps = segment.traits.contains(.timestamps)
  }

  /// The first packet of a connection, an empty acknowledgment of which only the compact record was kept.
  init(firstOf record: Connection, _ ends: ConnectionEnds) {
    time = ends.firstTime
    sequence = record.first.nextToSend
    acknowledgment = record.second.oldestUnacknowledged
    timestampValue = record.first.timestampValue
    timestampEcho = ends.firstTimestamp
    frameNumber = ends.firstFrame
    file = ends.firstFile
    path = 0
    window = record.first.window
    identification = record.first.identification
    payloadLength = 0
    timeToLive = record.first.timeToLive
    flags = .ack
    hasTimestamps = record.first.knowledge.contains(.timestamps)
  }

  /// The latest segment of an end, a bare acknowledgment of which only the compact record was kept.
  init(latestOf side: Side, _ record: Connection, echo: UInt32) {
    let sender = record[side]
    time = sender.lastTime
    sequence = sender.nextToSend
    acknowledgment = record[side.peer].oldestUnacknowledged
    timestampValue = sender.timestampValue
    timestampEcho = echo
    frameNumber = sender.lastFrame
    file = record.lastFile
    path = 0
    window = sender.window
    identification = sender.identification
    payloadLength = 0
    timeToLive = sender.timeToLive
    flags = .ack
    hasTimestamps = sender.knowledge.contains(.timestamps)
  }

  /// Whether it took the way that `segment` took, as far as 16 bits tell.
  func hasPath(of segment: Segment) -> Bool { path == Self.folded(segment.path) }

  private static func folded(_ path: UInt32) -> UInt16 { UInt16(truncatingIfNeeded: path ^ path >> 16) }
}
