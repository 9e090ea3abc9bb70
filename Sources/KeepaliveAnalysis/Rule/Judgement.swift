import PacketWire

/// What a rule made of a segment: its conditions, in the rule's order, each with the values seen, and the outcome.
///
/// Recognition takes the outcome, and `--why` prints the rest: one object, so that they cannot disagree.
public struct Judgement: Sendable {
  /// Which rule judged.
  public enum Rule: Sendable {
    /// A keepalive probe (RFC 9293 §3.8.4): `KeepaliveRule`.
    case probe
    /// A probe of a zero window that carries new data (RFC 9293 §3.8.6.1): `WindowProbeRule`.
    case windowProbe
    /// An answer to a probe: `AnswerRule`.
    case answer
    /// The reset by which a prober's kernel gives up: `GiveUpRule`.
    case giveUp
    /// A reset that answers a probe: `AnsweringResetRule`.
    case answeringReset
    /// The same packet, captured again: `CopyRule`.
    case copy
    /// A reset or SYN that its receiver does not accept (RFC 9293 §3.10.7.4, RFC 5961): `AcceptanceRule`.
    case acceptance
  }

  /// Whether a condition holds.
  public enum Finding: Sendable {
    /// It holds.
    case holds
    /// It fails, and the rule with it.
    case fails
    /// The capture did not show it when the segment came, and the rule waits for what follows.
    case open
    /// The capture did not show it, and the rule does not need it.
    case notSeen
  }

  /// One of the rule's conditions.
  public struct Reason: Sendable {
    /// Whether it holds.
    public let finding: Finding
    /// Which, with the values that decide it.
    public let condition: Condition
  }

  /// Which rule.
  public let rule: Rule
  /// Its conditions, in its order.
  public let reasons: [Reason]
  /// Whether all hold; `nil` where none fails, but one is open.
  public let outcome: Bool?
}

/// A rule: conditions that are looked at one after the other, stated once for recognition and for `--why`.
protocol SegmentRule {
  /// The rule's conditions, in its order.
  associatedtype Question: CaseIterable
  /// What the rule is called.
  static var name: Judgement.Rule { get }
  /// Whether a condition holds.
  func finding(_ question: Question) -> Judgement.Finding
  /// The condition with its values; `nil` where the question does not arise for this segment.
  func condition(_ question: Question) -> Judgement.Condition?
  /// Whether all conditions hold; `nil` where none fails, but one is open.
  var outcome: Bool? { get }
}

extension SegmentRule {
  var outcome: Bool? {
    var isOpen = false
    for question in Question.allCases {
      switch finding(question) {
      case .fails: return false
      case .open: isOpen = true
      case .holds, .notSeen: break
      }
    }
    return isOpen ? nil : true
  }

  /// The whole of it; to be made only when asked for.
  var judgement: Judgement {
    Judgement(
      rule: Self.name,
      reasons: Question.allCases.compactMap { question in
        condition(question).map { Judgement.Reason(finding: finding(question), condition: $0) }
      },
      outcome: outcome)
  }
}

extension Judgement {
  /// A condition, with the values that decide it.
  ///
  /// Times are nanoseconds.
  public enum Condition: Sendable {
    /// Of a probe: its only control bit is ACK.
    case onlyACK(TCPFlags)
    /// No payload, or one octet.
    case payload(UInt32)
    /// SND.NXT is known, and everything sent was acknowledged.
    case nothingInFlight(nextToSend: SequenceNumber?, oldestUnacknowledged: SequenceNumber?)
    /// SEG.SEQ = SND.NXT − 1.
    case belowNext(sequence: SequenceNumber, nextToSend: SequenceNumber?)
    /// Its octet is garbage: what stood there before was not one octet of data, sent again.
    case octetIsGarbage
    /// The peer was silent before; `nil` where it was not heard yet. Sooner than the bound, the peer's segment caused it.
    case silence(Int64?, since: Int, bound: Int64)
    /// It comes so long after its sender's latest probe; sooner than the bound no timer is set.
    case afterLatestProbe(Int64, bound: Int64)
    /// TSval is no older than the sender's latest; `nil` where it has none.
    case timestamp(value: UInt32, latest: UInt32)
    /// The IP identification is no older.
    case identification(UInt16, latest: UInt16)
    /// The peer's window is open; a closed one is probed by the same octets.
    case windowIsOpen(UInt16?)
    /// Into a zero window: the gap before it, and the one before that, in seconds; keepalives come evenly, and never in
    /// less than a second.
    case comesEvenly(gap: Double, previous: Double?)
    /// Of a window probe: it carries one octet of new data, at SND.UNA.
    case octetAtUnacknowledged(sequence: SequenceNumber, oldestUnacknowledged: SequenceNumber?)
    /// Of a window probe: the peer's window is closed.
    case windowIsClosed(UInt16?)
    /// Of a window probe without an octet: it comes as a persist timer does, the gap before it, and the one before that, in
    /// seconds.
    case comesAsPersistTimer(gap: Double, previous: Double?)
    /// Of an answer: a probe of the peer waits, this one.
    case probeWaits(Int?)
    /// An empty acknowledgment.
    case isEmptyACK(TCPFlags, UInt32)
    /// SEG.ACK = the probe's SEG.SEQ + 1.
    case acknowledgesProbe(acknowledgment: SequenceNumber, expected: SequenceNumber)
    /// It is not below its sender's own SND.NXT: no probe itself, and no old acknowledgment.
    case isNoProbeItself(sequence: SequenceNumber, nextToSend: SequenceNumber?)
    /// Of a reset: its sender has unanswered probes, so many.
    case hasUnansweredProbes(Int)
    /// RST and ACK.
    case resetAcknowledges(TCPFlags)
    /// A give-up's SEG.SEQ = the probe's + 1 = SND.NXT.
    case resetAtNext(sequence: SequenceNumber, expected: SequenceNumber)
    /// It comes one interval after the last probe; the interval is `nil` where it was not seen.
    case oneIntervalLater(gap: Int64, interval: Double?)
    /// An answering reset's SEG.SEQ = the probe's SEG.ACK.
    case resetAtProbesAcknowledgment(sequence: SequenceNumber, expected: SequenceNumber)
    /// One that acknowledges is an answer only if it comes at once.
    case comesAtOnce(Int64)
    /// Of a copy: it repeats this frame, so much later, to the last field.
    case repeats(frame: Int, after: Int64)
    /// Of a copy: the file goes back in time here, and the segment's own marks with it.
    case goesBackInTime
    /// Of what a receiver does not accept: the receiver's RCV.NXT is another.
    case notAtReceiveNext(sequence: SequenceNumber, receiveNext: SequenceNumber?, isInWindow: Bool)
    /// A SYN on a connection that stands, with the peer going on in the old numbers.
    case synOnStandingConnection
  }
}

/// Why a frame is, or is not, what keepwatch says: what each rule that was asked made of it.
public struct FrameExplanation: Sendable {
  /// The segment.
  public let segment: Segment
  /// Its connection's number, from 1.
  public var connection: Int
  /// The rules that judged it, in the order in which they were asked.
  public var judgements: [Judgement] = []
}
