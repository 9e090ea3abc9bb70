import PacketWire

/// A segment that is remembered: because what it is will be known later, or to recognise its copies.
struct HeldSegment {
  var frame: Int
  var file: UInt16
  var path: UInt32
  var time: Int64
  var sequence: SequenceNumber
  var acknowledgment: SequenceNumber
  var payloadLength: UInt32
  var timestampValue: UInt32
  var timestampEcho: UInt32
  var window: UInt16
  var identification: UInt16
  var timeToLive: UInt8
  var flags: TCPFlags
  var hasTimestamps: Bool
  /// Of a probe: whether the packets allow no other reading.
  var isCertain = true

  /// The frame, as a proof.
  var reference: FrameReference { FrameReference(frame: frame, file: file, time: time) }

  init(_ segment: Segment) {
    frame = segment.frame
    file = segment.file
    path = segment.path
    time = segment.time
    sequence = segment.sequence
    acknowledgment = segment.acknowledgment
    payloadLength = segment.payloadLength
    timestampValue = segment.timestampValue
    timestampEcho = segment.timestampEcho
    window = segment.window
    identification = segment.identification
    timeToLive = segment.timeToLive
    flags = segment.flags
    hasTimestamps = segment.traits.contains(.timestamps)
  }

  /// The first packet of a connection, an empty acknowledgment of which only the compact record was kept.
  init(firstOf record: Connection, _ ends: ConnectionEnds) {
    frame = Int(ends.firstFrame)
    file = ends.firstFile
    path = 0
    time = ends.firstTime
    sequence = record.first.nextToSend
    acknowledgment = record.second.oldestUnacknowledged
    payloadLength = 0
    timestampValue = record.first.timestampValue
    timestampEcho = ends.firstTimestamp
    window = record.first.window
    identification = record.first.identification
    timeToLive = record.first.timeToLive
    flags = .ack
    hasTimestamps = record.first.knowledge.contains(.timestamps)
  }
}
