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
  var flags: TCPFlags
  var hasTimestamps: Bool

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
    timestampEcho = ends.firstEcho
    window = record.first.window
    identification = record.first.identification
    flags = .ack
    hasTimestamps = record.first.knowledge.contains(.timestamps)
  }

  /// A second capture of the same packet within this time needs no more proof: no kernel probes that fast.
  private static let copyDelay: Int64 = 3_000_000
  /// The same, where the copy came by another interface or VLAN; up to 50 ms have been seen.
  private static let copyDelayElsewhere: Int64 = 50_000_000
  /// The same, where an identification or timestamp is there to repeat: a probe sent anew would have new ones.
  private static let copyDelayIdentified: Int64 = 1_000_000_000

  /// Whether `segment` is this packet, captured again.
  func isRepeated(by segment: Segment) -> Bool {
    guard sequence == segment.sequence, acknowledgment == segment.acknowledgment, flags == segment.flags,
      payloadLength == segment.payloadLength, window == segment.window, identification == segment.identification,
      timestampValue == segment.timestampValue, timestampEcho == segment.timestampEcho,
      hasTimestamps == segment.traits.contains(.timestamps)
    else { return false }
    let delay = segment.time &- time
    guard delay >= -Self.copyDelayElsewhere else { return false }
    return delay <= Self.copyDelay || (path != segment.path && delay <= Self.copyDelayElsewhere)
      || ((identification != 0 || hasTimestamps) && delay <= Self.copyDelayIdentified)
  }
}
