import PacketWire

/// The rule by which a packet is recognised that was captured before: on another interface, at another place, or because
/// the file is joined to itself.
struct CopyRule: SegmentRule {
  static var name: Judgement.Rule { .copy }

  enum Question: CaseIterable {
    case repeats
    case goesBackInTime
  }

  let segment: Segment
  /// The earlier packet that it repeats; `nil` where there is none.
  let original: HeldSegment?
  /// Whether the file goes back in time here.
  let goesBackInTime: Bool

  /// Whether `segment` is the packet `earlier`, captured again.
  static func repeats(_ earlier: HeldSegment, _ segment: Segment) -> Bool {
    guard earlier.sequence == segment.sequence, earlier.acknowledgment == segment.acknowledgment,
      earlier.flags == segment.flags, earlier.payloadLength == segment.payloadLength,
      earlier.window == segment.window, earlier.identification == segment.identification,
      earlier.timestampValue == segment.timestampValue, earlier.timestampEcho == segment.timestampEcho,
      earlier.hasTimestamps == segment.traits.contains(.timestamps)
    else { return false }
    let delay = segment.time &- earlier.time
    guard delay >= -CapturePlaces.delayElsewhere else { return false }
    if delay <= CapturePlaces.delay || (earlier.path != segment.path && delay <= CapturePlaces.delayElsewhere) {
      return true
    }
    if earlier.identification != 0 || earlier.hasTimestamps { return delay <= CapturePlaces.delayIdentified }
    return earlier.timeToLive != segment.timeToLive && delay <= CapturePlaces.delayBehindRouters
  }

  /// Holds where either does.
  var outcome: Bool? { original != nil || goesBackInTime }

  func finding(_ question: Question) -> Judgement.Finding {
    switch question {
    case .repeats: original != nil ? .holds : .notSeen
    case .goesBackInTime: goesBackInTime ? .holds : .notSeen
    }
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    switch question {
    case .repeats: original.map { .repeats(frame: $0.frame, after: segment.time &- $0.time) }
    case .goesBackInTime: goesBackInTime ? .goesBackInTime : nil
    }
  }
}
