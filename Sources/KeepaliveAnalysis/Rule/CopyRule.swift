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

  /// A second capture of the same packet within this time needs no more proof: no kernel probes that fast.
  private static let delay: Int64 = 3_000_000
  /// The same, where the copy came by another interface or VLAN; up to 50 ms have been seen.
  private static let delayElsewhere: Int64 = 50_000_000
  /// The same, where routers lie between the two places, which took their part of the TTL: one host's packets to another
  /// have one TTL, and no stack probes as fast as this.
  private static let delayBehindRouters: Int64 = 450_000_000
  /// The same, where an identification or timestamp is there to repeat: a probe sent anew would have new ones.
  private static let delayIdentified: Int64 = 1_000_000_000

  /// Whether `segment` is the packet `earlier`, captured again.
  static func repeats(_ earlier: HeldSegment, _ segment: Segment) -> Bool {
    guard earlier.sequence == segment.sequence, earlier.acknowledgment == segment.acknowledgment,
      earlier.flags == segment.flags, earlier.payloadLength == segment.payloadLength,
      earlier.window == segment.window, earlier.identification == segment.identification,
      earlier.timestampValue == segment.timestampValue, earlier.timestampEcho == segment.timestampEcho,
      earlier.hasTimestamps == segment.traits.contains(.timestamps)
    else { return false }
    let delay = segment.time &- earlier.time
    guard delay >= -Self.delayElsewhere else { return false }
    if delay <= Self.delay || (earlier.path != segment.path && delay <= Self.delayElsewhere) { return true }
    if earlier.identification != 0 || earlier.hasTimestamps { return delay <= Self.delayIdentified }
    return earlier.timeToLive != segment.timeToLive && delay <= Self.delayBehindRouters
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
