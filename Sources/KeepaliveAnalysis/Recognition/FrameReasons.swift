import PacketWire

/// The reasons of the one frame that is asked about: what each rule made of it (`--why`).
struct FrameReasons {
  /// The frame whose reasons are to be kept; `nil` for none.
  var explained: FrameKey?
  private(set) var explanation: FrameExplanation?
  /// The segment that is being examined; `nil` while only the clock moves on.
  var examined: FrameKey?

  mutating func begin(_ segment: Segment, connection number: @autoclosure () -> Int) {
    guard let explained, explained == FrameKey(segment) else { return }
    explanation = FrameExplanation(segment: segment, connection: number())
  }

  /// Keeps the reasons of a segment that the tracker has taken: a connection's first, or a SYN that waits.
  mutating func explain(taken segment: Segment, connection number: @autoclosure () -> Int) {
    guard let explained, explained == FrameKey(segment) else { return }
    begin(segment, connection: number())
    let unknown = Endpoint()
    let cause = PossibleCause(
      time: nil, frame: 0, shortestSilence: NetworkPath.longestCrossing, roundTripIsKnown: false)
    examined = explained
    explain(KeepaliveRule(segment: segment, sender: unknown, peer: unknown, cause: cause, octetWasData: false))
  }

  /// Keeps what a rule makes of an earlier segment in the light of this one, in place of what it made of it then.
  mutating func explainAgain<Rule: SegmentRule>(_ held: HeldSegment, by rule: (Segment) -> Rule) {
    guard let explained, explained == FrameKey(file: held.file, frame: held.frame), let segment = explanation?.segment
    else { return }
    explanation?.judgements.removeAll { $0.rule == Rule.name }
    explanation?.judgements.append(rule(segment).judgement)
  }

  /// Keeps what a rule made of the segment under examination, if its reasons are asked for.
  @inline(__always)
  mutating func explain(_ rule: some SegmentRule) {
    if let explained, explained == examined { explanation?.judgements.append(rule.judgement) }
  }
}
