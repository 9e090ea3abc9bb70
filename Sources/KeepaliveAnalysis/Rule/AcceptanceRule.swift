import PacketWire

/// The rule by which a reset or a FIN is told that its receiver does not accept: it ends nothing, and shows nobody alive
/// (RFC 9293 §3.10.7.4; RFC 5961 §3.2).
///
/// Exactly RCV.NXT resets. Inside the window a reset draws a challenge ACK, outside it is dropped; so is a FIN outside. The
/// observer knows RCV.NXT by what the receiver acknowledged, and what has been sent to it since.
struct AcceptanceRule: SegmentRule {
  static var name: Judgement.Rule { .acceptance }

  enum Question: CaseIterable {
    case notAtReceiveNext
  }

  let segment: Segment
  let sender: Endpoint
  let receiver: Endpoint

  /// RCV.NXT as acknowledged; `nil` where the receiver acknowledged nothing in the capture, or the sender was not heard.
  private var receiveNext: SequenceNumber? {
    sender.knowledge.isSuperset(of: [.heard, .acknowledged]) ? sender.oldestUnacknowledged : nil
  }

  private var isAtReceiveNext: Bool {
    guard let receiveNext else { return true }
    // What is in flight may have arrived: any number up to SND.NXT may be RCV.NXT.
    if receiveNext.distance(to: segment.sequence) <= receiveNext.distance(to: furthest(receiveNext)) { return true }
    // Linux accepts RCV.NXT − 1 once the sender's FIN has come (tcp_reset_check).
    return sender.knowledge.contains(.fin) && segment.sequence.advanced(by: 1) == receiveNext
  }

  private func furthest(_ receiveNext: SequenceNumber) -> SequenceNumber {
    sender.nextToSend.isAfter(receiveNext) ? sender.nextToSend : receiveNext
  }

  /// Whether it lies in the receiver's window, at the largest scale.
  private var isInWindow: Bool {
    guard let receiveNext else { return false }
    return receiveNext.distance(to: segment.sequence) < max(1, UInt32(receiver.window) << ReceiveWindow.largestScale)
  }

  /// Whether some of a FIN's numbers lie in the window; or it is the one that was acknowledged, again.
  private var reachesWindow: Bool {
    guard let receiveNext else { return true }
    guard !segment.end.isBefore(receiveNext) else { return false }
    return !segment.sequence.isAfter(furthest(receiveNext)) || isInWindow
  }

  /// Whether the receiver accepts it, as far as the capture shows.
  var isAccepted: Bool { segment.flags.contains(.rst) ? isAtReceiveNext : reachesWindow }

  func finding(_ question: Question) -> Judgement.Finding { isAccepted ? .fails : .holds }

  func condition(_ question: Question) -> Judgement.Condition? {
    .notAtReceiveNext(sequence: segment.sequence, receiveNext: receiveNext, isInWindow: isInWindow)
  }

  /// What becomes of a segment that is not accepted.
  var reason: KeepaliveEvent.Ignored.Reason {
    guard segment.flags.contains(.rst) else { return .finOutsideWindow }
    return isInWindow ? .resetInsideWindow : .resetOutsideWindow
  }
}

/// The rule by which a SYN is told that its receiver does not accept: it goes on in the connection that stands
/// (RFC 5961 §4.2).
struct RefusedSYNRule: SegmentRule {
  static var name: Judgement.Rule { .acceptance }

  enum Question: CaseIterable {
    case connectionStands
  }

  func finding(_ question: Question) -> Judgement.Finding { .holds }

  func condition(_ question: Question) -> Judgement.Condition? { .synOnStandingConnection }
}
