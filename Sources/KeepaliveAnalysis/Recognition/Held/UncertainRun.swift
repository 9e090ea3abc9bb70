import PacketWire

/// Equal segments of one end that may be probes, while the capture does not show that end's SND.NXT.
///
/// That is the normal case in captures begun on a connection that hangs. What follows decides: the peer's
/// acknowledgment of SEG.SEQ + 1, the sender going on there, or a reset there show that SEG.SEQ was SND.NXT − 1; going
/// on at SEG.SEQ itself shows an ordinary acknowledgment.
struct UncertainRun {

  /// The segments, oldest first, all with the same SEG.SEQ.
  private(set) var held: [HeldSegment] = []
  /// The peer's acknowledgment of SEG.SEQ + 1 after the latest, where it alone proves nothing yet.
  private(set) var answer: HeldSegment?
  /// Whether their sender also answered a probe of its peer meanwhile.
  private var answersBeside = false
  /// How many were dropped because of `KeepaliveTimer.mostProbes`.
  private(set) var dropped = 0

  /// An empty run.
  init() {}

  /// A run that begins with a connection's first packet.
  init(first: HeldSegment) { held = [first] }

  /// SEG.SEQ of the run.
  var sequence: SequenceNumber? { held.first?.sequence }

  var isEmpty: Bool { held.isEmpty }

  /// Whether the segments' TSecr moves on: their sender hears new segments, so they are no answers to probes (a probe
  /// below the window does not renew the timestamp that is echoed, RFC 7323 §4.3).
  var echoesAdvance: Bool {
    guard held.count >= 3, held.allSatisfy(\.hasTimestamps) else { return false }
    return zip(held, held.dropFirst()).allSatisfy { Int32(bitPattern: $1.timestampEcho &- $0.timestampEcho) > 0 }
  }

  /// Takes a segment; one that cannot belong to the run begins a new one.
  mutating func take(_ segment: Segment) {
    if let last = held.last {
      // An answer to the peer's own probe, which crossed: it stands at the SND.NXT that the run is waiting to know.
      if segment.payloadLength == 0, segment.sequence == last.sequence.advanced(by: 1) {
        answersBeside = true
        return
      }
      if last.sequence != segment.sequence || last.payloadLength != segment.payloadLength {
        self = UncertainRun()
      } else if isRepeatedTooSoon(by: segment) {
        // Duplicate acknowledgments: neither this nor those before are probes.
        self = UncertainRun()
        return
      }
    }
    // No more probes come in a row: older ones need not be kept.
    if held.count == KeepaliveTimer.mostProbes {
      held.removeFirst()
      dropped += 1
    }
    held.append(HeldSegment(segment))
    answer = nil
  }

  /// Whether `segment` is the latest one again, sooner than any prober repeats itself.
  func isRepeatedTooSoon(by segment: Segment) -> Bool {
    guard let last = held.last else { return false }
    return segment.sequence == last.sequence && segment.time &- last.time < Reaction.duplicateAcknowledgments
  }

  /// Whether the only segment held may be an acknowledgment that data of its sender overtook, before the capture began.
  ///
  /// Soon before `segment`, its sender's next, identifications are missing between the two.
  func wasOvertaken(by segment: Segment) -> Bool {
    guard held.count == 1, let last = held.last, last.identification != 0, segment.identification != 0,
      segment.time &- last.time < KeepaliveTimer.shortestIdle
    else { return false }
    let step = Int16(bitPattern: segment.identification &- last.identification)
    return step > 1 && step < NetworkPath.identificationsOvertaken
  }

  /// Whether the peer's `segment` shows that the only segment held is no probe: it echoes a TSval as late as that segment's.
  ///
  /// A probe's is never echoed, as it lies below the window (RFC 7323 §4.3). So the peer heard another segment, sent with it or
  /// later, that the capture does not have: what is held was overtaken by it before the capture began.
  func isContradicted(by segment: Segment) -> Bool {
    guard held.count == 1, !answersBeside, let last = held.last, last.hasTimestamps,
      segment.traits.contains(.timestamps)
    else { return false }
    return Int32(bitPattern: segment.timestampEcho &- last.timestampValue) >= 0
  }

  /// Takes the peer's acknowledgment of SEG.SEQ + 1.
  ///
  /// - Returns: whether it proves the run: by a D-SACK, by a TSecr older than the segment, or because the run repeats.
  mutating func takeAnswer(_ segment: Segment) -> Bool {
    guard let last = held.last else { return false }
    if segment.traits.contains(.duplicateSACK) || held.count >= 2 { return true }
    if last.hasTimestamps, segment.traits.contains(.timestamps),
      Int32(bitPattern: segment.timestampEcho &- last.timestampValue) < 0
    {
      return true
    }
    if answer == nil { answer = HeldSegment(segment) }
    return false
  }
}
