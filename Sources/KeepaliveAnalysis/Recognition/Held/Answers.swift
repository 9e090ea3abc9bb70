import PacketWire

/// An answer to a probe, and what was known before it: to go back to, if the prober turns out not to have accepted it.
struct PendingAnswer {
  var segment: HeldSegment
  var form: KeepaliveEvent.Answer.Form
  var probe: HeldSegment
  /// Whether the packets allow no other pairing.
  var isCertain: Bool
  /// Whether its TSval is newer than the TSecr of the probe: only such a one moves the prober's TS.Recent.
  var isNewer: Bool
  /// The prober's unanswered probes before it.
  var unansweredRun: UInt32
  var heardAnswerLast: Bool
  /// When the prober last heard its peer before.
  var heardBefore: Int64?
  /// The same, where that is earlier than what the capture has of the peer.
  var deafSince: Int64?
  /// Whether its event waits for what the prober made of it.
  var waitsToBeTold: Bool
  /// The later frame that made it known as an answer; `nil` where it was known at once.
  var knownBy: FrameKey?
}

/// Answers of which it is not known whether their prober accepted them, the oldest first.
struct PendingAnswers {
  private let earlier: [PendingAnswer]
  private let latest: PendingAnswer?

  /// Those that had to be put aside, and the one for which the prober had room.
  init(_ earlier: [PendingAnswer], latest: PendingAnswer?) {
    self.earlier = earlier
    self.latest = latest
  }

  var last: PendingAnswer? { latest ?? earlier.last }

  func forEach(_ body: (PendingAnswer) -> Void) {
    earlier.forEach(body)
    if let latest { body(latest) }
  }
}

/// What may be an answer that the capture has before its probe: an acknowledgment that brings nothing new on an idle
/// connection, with no probe to draw it.
///
/// Two directions of a tap, or two interfaces, may be stamped by clocks that differ.
struct EarlyAnswer {
  var segment: HeldSegment
  /// When its sender was last heard before it; `nil` where that was before the capture.
  var heardBefore: Int64?
  /// When its sender last sent something new before it, and in which frame; `nil` and 0 where that was before the capture.
  var newBefore: Int64?
  var frameBefore: Int
  /// Whether the connection was idle before it.
  var isIdle = true

  /// Whether it answers `probe`, which stands after it.
  func isCrossed(by probe: HeldSegment) -> Bool {
    (0...NetworkPath.longestCrossing).contains(probe.time &- segment.time)
      && segment.acknowledgment == probe.sequence.advanced(by: 1)
  }
}

/// Segments whose TTL or timestamps differ from what else their sender sent: a box on the path may have sent them in its
/// name.
struct ForeignSegments {

  private(set) var count = 0
  private(set) var timeToLive: UInt8 = 0
  private(set) var usualTimeToLive: UInt8 = 0
  private(set) var lacksTimestamps = false

  /// The same for others to read; `nil` without any.
  var report: ForeignSegmentsReport? {
    count == 0
      ? nil
      : ForeignSegmentsReport(
        count: count, timeToLive: timeToLive, usualTimeToLive: usualTimeToLive, lacksTimestamps: lacksTimestamps)
  }

  /// Takes an answer or a probe.
  ///
  /// - Parameters:
  ///   - segment: the segment.
  ///   - latest: the TTL of its sender's latest segment, which may be a foreign one too.
  ///   - lacksTimestamps: whether it has none, though its sender uses them.
  mutating func note(_ segment: HeldSegment, latestTimeToLive latest: UInt8, lacksTimestamps: Bool) {
    let usual = count > 0 ? usualTimeToLive : latest
    guard Self.differ(segment.timeToLive, usual) || lacksTimestamps else { return }
    count += 1
    timeToLive = segment.timeToLive
    usualTimeToLive = usual
    self.lacksTimestamps = self.lacksTimestamps || lacksTimestamps
  }

  /// Whether two TTLs differ by more than routes do.
  @inline(__always)
  static func differ(_ one: UInt8, _ other: UInt8) -> Bool {
    max(one, other) - min(one, other) > NetworkPath.routeVariation
  }

  /// Takes a segment that only the end itself can have sent: if it looks like those that differed, the way has changed.
  mutating func note(own segment: Segment) {
    if segment.timeToLive == timeToLive { self = ForeignSegments() }
  }
}
