import Findings
import KeepaliveAnalysis
import PacketWire
import Presenting

/// Which SYNs, FINs and resets get lines of their own: of many in one second only the first, the others are counted.
struct OpeningsAndEnds {
  /// So many lines a second are read.
  private static let mostASecond = 10
  /// What was recognised in so many of the latest frames is remembered until their packets come.
  private static let mostClaimed = 1000

  private var second: Int64 = 0
  private var told = 0
  private var rest = SegmentTally()
  /// Resets that have a line already, as answers or give-ups.
  private var claimed: [FrameKey] = []

  /// What was recognised in a frame has its own line.
  mutating func note(_ event: KeepaliveEvent) {
    switch event.kind {
    case .answer, .giveUp, .ignored: claimed.append(FrameKey(file: event.file, frame: event.frame))
    case .probe, .windowProbe, .quotedError: return
    }
    if claimed.count > Self.mostClaimed { claimed.removeFirst(Self.mostClaimed / 2) }
  }

  /// What is to be told of a segment: itself, unless it is one of too many; and first, how many these were.
  mutating func take(_ segment: Segment) -> (counts: SegmentTally?, isTold: Bool) {
    // The SYN,ACK belongs to the opening that its SYN has told.
    let isOpening = segment.flags.contains(.syn) && !segment.flags.contains(.ack)
    guard isOpening || !segment.flags.isDisjoint(with: [.fin, .rst]) else { return (nil, false) }
    if let place = claimed.firstIndex(of: FrameKey(segment)) {
      claimed.remove(at: place)
      return (nil, false)
    }
    let counts = due(at: segment.time)
    told += 1
    if told > Self.mostASecond { rest.count(segment) }
    return (counts, told <= Self.mostASecond)
  }

  /// How many had no line, once their second is over; `nil` where all had one.
  mutating func due(at time: Int64) -> SegmentTally? {
    guard time / .second > second else { return nil }
    defer { (second, told, rest) = (time / .second, 0, SegmentTally()) }
    return rest.isEmpty ? nil : rest
  }
}
