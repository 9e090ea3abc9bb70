import PacketWire

/// The rule by which a window probe is recognised that carries an octet, as BSD's and Windows's do (RFC 9293 §3.8.6.1).
///
/// It is new data, at SND.UNA, which the peer's closed window does not admit; so it comes again and again. Linux's window
/// probe has a keepalive probe's octets: `ZeroWindow` tells the two apart by their times, of which this rule only tells.
struct WindowProbeRule: SegmentRule {
  static var name: Judgement.Rule { .windowProbe }

  enum Question: CaseIterable {
    case onlyACK
    case octetAtUnacknowledged
    case windowIsClosed
    case comesAsPersistTimer
  }

  let segment: Segment
  let sender: Endpoint
  let peer: Endpoint
  /// Of an empty one, at SND.NXT − 1: seconds before it, and before the one before that.
  var gap: (latest: Double, previous: Double?)?

  /// Whether it is an empty one below SND.NXT, whose octets are a keepalive's.
  private var isBelowNext: Bool {
    segment.payloadLength == 0 && !(segment.flags.contains(.urg) && Self.isAtUnacknowledged(segment, sender))
  }

  /// All conditions as one plain predicate: what the short ways ask.
  @inline(__always)
  static func fits(_ segment: Segment, from sender: Endpoint, to peer: Endpoint) -> Bool {
    isAtUnacknowledged(segment, sender) && isClosed(peer) && KeepaliveRule.hasForm(segment)
  }

  @inline(__always)
  private static func isAtUnacknowledged(_ segment: Segment, _ sender: Endpoint) -> Bool {
    guard sender.knowledge.contains(.acknowledged), segment.sequence == sender.oldestUnacknowledged else {
      return false
    }
    let isNewOctet =
      segment.payloadLength == 1 && !sender.nextToSend.isAfter(segment.sequence.advanced(by: 1))
    // With urgent data Linux probes twice, the second time at SND.UNA (tcp_write_wakeup, tcp_xmit_probe_skb).
    return isNewOctet || (segment.payloadLength == 0 && segment.flags.contains(.urg))
  }

  @inline(__always)
  private static func isClosed(_ peer: Endpoint) -> Bool { peer.window == 0 && peer.knowledge.contains(.lastTime) }

  func finding(_ question: Question) -> Judgement.Finding {
    switch question {
    case .onlyACK: KeepaliveRule.hasForm(segment) ? .holds : .fails
    case .octetAtUnacknowledged: isBelowNext || Self.isAtUnacknowledged(segment, sender) ? .holds : .fails
    case .windowIsClosed: Self.isClosed(peer) ? .holds : .fails
    case .comesAsPersistTimer:
      if !isBelowNext || segment.flags.contains(.urg) {
        .holds
      } else if let gap, !ZeroWindow.mayBeKeepalive(gap: gap.latest, previous: gap.previous) {
        .holds
      } else {
        .open
      }
    }
  }

  func condition(_ question: Question) -> Judgement.Condition? {
    switch question {
    case .onlyACK: .onlyACK(segment.flags)
    case .octetAtUnacknowledged where isBelowNext:
      .belowNext(sequence: segment.sequence, nextToSend: segment.sequence.advanced(by: 1))
    case .octetAtUnacknowledged:
      .octetAtUnacknowledged(
        sequence: segment.sequence,
        oldestUnacknowledged: sender.knowledge.contains(.acknowledged) ? sender.oldestUnacknowledged : nil)
    case .windowIsClosed: .windowIsClosed(peer.knowledge.contains(.lastTime) ? peer.window : nil)
    case .comesAsPersistTimer:
      isBelowNext ? gap.map { .comesAsPersistTimer(gap: $0.latest, previous: $0.previous) } : nil
    }
  }
}
