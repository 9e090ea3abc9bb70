import PacketWire

/// The rule by which a keepalive probe is recognised, after RFC 9293 §3.8.4.
///
/// A segment is a probe where
///
/// 1. its only control bit is ACK, and it has no payload or one garbage octet;
/// 2. everything its sender had sent was acknowledged (SND.UNA = SND.NXT), and SEG.SEQ = SND.NXT − 1;
/// 3. it comes after a silence, and in order;
/// 4. the peer's window is open. A closed one is probed by the same octets (§3.8.6.1): see `ZeroWindow`.
///
/// That it is no copy of an earlier packet is `CopyRule`'s. Where the capture does not show SND.NXT, because it began
/// later or lost packets, the segment waits for what follows: see `UncertainRun`.
struct KeepaliveRule: SegmentRule {
  static var name: Judgement.Rule { .probe }

  /// The conditions, in the order of the RFC's sentences.
  enum Question: CaseIterable {
    case onlyACK
    case payload
    case nothingInFlight
    case belowNext
    case octetIsGarbage
    case silence
    case afterLatestProbe
    case timestamp
    case identification
    case windowIsOpen
    case comesEvenly
  }

  let segment: Segment
  let sender: Endpoint
  let peer: Endpoint
  /// What the peer last sent that may have caused the segment.
  let cause: PossibleCause
  /// Whether it carries an octet that its sender sent before, as data in a segment of its own.
  let octetWasData: Bool
  /// Nanoseconds from its sender's latest probe; `nil` where there was none.
  var gapAfterProbe: Int64?
  /// What is known of segments into the peer's zero window.
  var zeroWindowGap: (latest: Double, previous: Double?)?

  /// How a segment stands to its sender's sequence space.
  enum Standing {
    /// No probe.
    case elsewhere
    /// SEG.SEQ = SND.NXT − 1, and nothing is in flight.
    case belowNext
    /// The capture does not show SND.NXT.
    case unknown
  }

  // MARK: - Point 1

  /// Point 1, for probes of either kind: urgent data that waits makes window probes with URG.
  @inline(__always)
  static func hasForm(_ segment: Segment) -> Bool {
    let control = segment.flags.control
    return (control == .ack || control == [.ack, .urg]) && segment.payloadLength <= 1
  }

  // MARK: - Point 2

  /// Points 1 and 2, as plain predicates: what every segment that may be a probe is asked first.
  @inline(__always)
  static func standing(of segment: Segment, from sender: Endpoint) -> Standing {
    guard hasForm(segment) else { return .elsewhere }
    guard let next = nextToSend(segment, sender) else { return .unknown }
    return segment.sequence.advanced(by: 1) == next && hasNothingInFlight(segment, sender, next)
      ? .belowNext : .elsewhere
  }

  /// SND.NXT before `segment`, as far as the capture shows it; `nil` where it does not.
  @inline(__always)
  private static func nextToSend(_ segment: Segment, _ sender: Endpoint) -> SequenceNumber? {
    if sender.knowledge.contains(.acknowledged) {
      let acknowledged = sender.oldestUnacknowledged
      if segment.sequence.advanced(by: 1) == acknowledged, !sender.nextToSend.isAfter(acknowledged) {
        return acknowledged
      }
    }
    if sender.knowledge.contains(.nextToSend) {
      // Beyond it the capture has missed something.
      return segment.sequence.isAfter(sender.nextToSend) ? nil : sender.nextToSend
    }
    guard sender.knowledge.contains(.acknowledged), !segment.sequence.isAfter(sender.oldestUnacknowledged) else {
      return nil
    }
    return sender.oldestUnacknowledged
  }

  /// Whether everything was acknowledged.
  ///
  /// Where the acknowledgment is not in the capture, only a silence of its sender, as long as the shortest idle time, tells a
  /// probe from an overtaken packet.
  @inline(__always)
  private static func hasNothingInFlight(_ segment: Segment, _ sender: Endpoint, _ next: SequenceNumber) -> Bool {
    if sender.knowledge.contains(.acknowledged), !next.isAfter(sender.oldestUnacknowledged) { return true }
    return segment.payloadLength == 0 && segment.time &- sender.lastTime >= KeepaliveTimer.shortestIdle
  }

  // MARK: - Point 3

  /// An older TSval than the sender's latest shows that the segment was overtaken (RFC 7323 §5.3).
  ///
  /// So does the same one soon after the peer was heard: a probe comes at least the shortest idle time after that, in which
  /// each timestamp clock ticks (§5.4: at least once a second). An answer to the peer's probe may come within the same tick.
  private var timestampGoesOn: Bool {
    guard hasTimestampsToCompare else { return true }
    let step = Int32(bitPattern: segment.timestampValue &- sender.timestampValue)
    guard step == 0 else { return step > 0 }
    return segment.time &- sender.lastTime >= KeepaliveTimer.shortestIdle
      || cause.silence(before: segment).map { $0 >= KeepaliveTimer.shortestIdle } ?? false
  }

  private var hasTimestampsToCompare: Bool {
    segment.traits.contains(.timestamps) && sender.knowledge.isSuperset(of: [.heard, .timestamps])
  }

  /// So does an older IP identification; but some hosts number packets at random, so it counts only where there was
  /// little silence.
  private var identificationGoesOn: Bool {
    guard sender.knowledge.contains(.heard), segment.identification != 0, sender.identification != 0,
      let silence = cause.silence(before: segment), silence < KeepaliveTimer.shortestIdle,
      segment.time &- sender.lastTime < KeepaliveTimer.shortestIdle
    else { return true }
    let step = Int16(bitPattern: segment.identification &- sender.identification)
    return step >= 0 || step <= -NetworkPath.identificationsOvertaken
  }

  /// Whether point 3 fails, of a connection without probers, by a plain predicate: what the short ways ask.
  @inline(__always)
  static func isUntimely(_ segment: Segment, from sender: Endpoint, after peer: Endpoint) -> Bool {
    guard peer.knowledge.contains(.lastTime) else { return false }
    let silence = segment.time &- peer.lastTime
    if silence.magnitude < NetworkPath.longestCrossing.magnitude { return true }
    guard segment.traits.contains(.timestamps), sender.knowledge.isSuperset(of: [.heard, .timestamps]) else {
      return false
    }
    let step = Int32(bitPattern: segment.timestampValue &- sender.timestampValue)
    return step < 0
      || step == 0 && silence < KeepaliveTimer.shortestIdle
        && segment.time &- sender.lastTime < KeepaliveTimer.shortestIdle
  }

  /// Point 3 as a whole.
  var isTimely: Bool {
    let ofPointThree: [Question] = [.silence, .afterLatestProbe, .timestamp, .identification]
    return ofPointThree.allSatisfy { finding($0) != .fails }
  }

  /// Whether only the silence tells it from an overtaken acknowledgment, and its bound is not known.
  ///
  /// The path's round trip was not seen, the silence is no whole second, and no timestamp or identification is there to
  /// tell an older packet.
  var restsOnSilenceAlone: Bool {
    guard let silence = cause.silence(before: segment), silence >= 0, silence < KeepaliveTimer.shortestIdle else {
      return false
    }
    return !cause.roundTripIsKnown && !hasTimestampsToCompare
      && (segment.identification == 0 || sender.identification == 0)
  }

  // MARK: - Point 4

  private var peerWindow: UInt16? { peer.knowledge.contains(.lastTime) ? peer.window : nil }

  /// Whether the same octets may be a probe of the peer's window.
  ///
  /// A window probe with an octet carries new data, at SND.UNA (RFC 9293 §3.8.6.1); below it an octet is a keepalive's garbage.
  var isIntoZeroWindow: Bool { peerWindow == 0 && segment.payloadLength == 0 }

  // MARK: - The conditions

  func finding(_ question: Question) -> Judgement.Finding {
    switch question {
    case .onlyACK: return Self.hasForm(segment) || hasOnlyACK ? .holds : .fails
    case .payload: return segment.payloadLength <= 1 ? .holds : .fails
    case .nothingInFlight:
      guard let next = Self.nextToSend(segment, sender) else { return .open }
      return Self.hasNothingInFlight(segment, sender, next) ? .holds : .fails
    case .belowNext:
      guard let next = Self.nextToSend(segment, sender) else { return .open }
      return segment.sequence.advanced(by: 1) == next ? .holds : .fails
    case .octetIsGarbage:
      return octetWasData ? .fails : .holds
    case .silence:
      guard let silence = cause.silence(before: segment) else { return .notSeen }
      return silence.magnitude >= UInt64(cause.shortestSilence) ? .holds : .fails
    case .afterLatestProbe:
      // No timer of any stack is set as short.
      return gapAfterProbe.map { $0.magnitude >= NetworkPath.longestCrossing.magnitude } ?? true ? .holds : .fails
    case .timestamp: return timestampGoesOn ? .holds : .fails
    case .identification: return identificationGoesOn ? .holds : .fails
    case .windowIsOpen:
      guard let peerWindow else { return .notSeen }
      return peerWindow != 0 ? .holds : isIntoZeroWindow ? .open : .notSeen
    case .comesEvenly:
      guard isIntoZeroWindow, let gap = zeroWindowGap else { return .notSeen }
      return ZeroWindow.mayBeKeepalive(gap: gap.latest, previous: gap.previous) ? .open : .fails
    }
  }

  private var hasOnlyACK: Bool {
    let control = segment.flags.control
    return control == .ack || control == [.ack, .urg]
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    let next = Self.nextToSend(segment, sender)
    switch question {
    case .onlyACK: return .onlyACK(segment.flags)
    case .payload: return .payload(segment.payloadLength)
    case .nothingInFlight:
      let acknowledged = sender.knowledge.contains(.acknowledged) ? sender.oldestUnacknowledged : nil
      return .nothingInFlight(nextToSend: next, oldestUnacknowledged: acknowledged)
    case .belowNext: return .belowNext(sequence: segment.sequence, nextToSend: next)
    case .octetIsGarbage: return segment.payloadLength == 1 ? .octetIsGarbage : nil
    case .silence:
      return .silence(cause.silence(before: segment), since: cause.frame, bound: cause.shortestSilence)
    case .afterLatestProbe:
      guard let gapAfterProbe, finding(.afterLatestProbe) == .fails else { return nil }
      return .afterLatestProbe(gapAfterProbe, bound: NetworkPath.longestCrossing)
    case .timestamp:
      return hasTimestampsToCompare
        ? .timestamp(value: segment.timestampValue, latest: sender.timestampValue) : nil
    case .identification:
      return identificationGoesOn ? nil : .identification(segment.identification, latest: sender.identification)
    case .windowIsOpen: return .windowIsOpen(peerWindow)
    case .comesEvenly:
      guard isIntoZeroWindow, let gap = zeroWindowGap else { return nil }
      return .comesEvenly(gap: gap.latest, previous: gap.previous)
    }
  }
}

/// What a segment's peer last sent that may have caused it: everything but its keepalive probes, its resets, and bare
/// acknowledgments that bring nothing new, which no stack answers (RFC 9293 §3.10.7.4).
struct PossibleCause {
  /// When that was captured; `nil` where the peer was not heard before.
  var time: Int64?
  /// The frame.
  var frame: Int
  /// What comes sooner than this after it, in nanoseconds, was caused by it, or crossed it.
  var shortestSilence: Int64
  /// Whether that rests on the connection's own round trip.
  var roundTripIsKnown: Bool

  /// Nanoseconds from the cause to `segment`; negative where the capture has them crosswise.
  func silence(before segment: Segment) -> Int64? { time.map { segment.time &- $0 } }
}
