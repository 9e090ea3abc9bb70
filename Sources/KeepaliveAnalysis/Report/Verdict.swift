import PacketWire

/// What became of a connection: one closed set of words, the same in text, JSON and `--fail-on`.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// The prober's kernel gave up.
  case dead
  /// A reset ended it that was no give-up.
  case reset
  /// Data is unacknowledged and retransmitted; keepalive is suspended.
  case stalled
  /// The peer's window is 0, and window probes are sent.
  case blocked
  /// Probes were unanswered when the capture ended.
  case unanswered
  /// The capture cannot tell.
  case unknown
  /// A FIN ended it, or one direction of it.
  case closed
  /// Every probe was answered, or the latest after losses.
  case answered
  /// No probe was seen.
  case notProbed = "not-probed"

  /// Its place in the order of `allCases`, from 0: the worst first.
  public var rank: Int {
    switch self {
    case .dead: 0
    case .reset: 1
    case .stalled: 2
    case .blocked: 3
    case .unanswered: 4
    case .unknown: 5
    case .closed: 6
    case .answered: 7
    case .notProbed: 8
    }
  }
}

/// A packet that proves something.
public struct FrameReference: Hashable, Sendable {
  /// Its number in its file, from 1.
  public var frame: Int
  /// Which file, from 0.
  public var file: UInt16
  /// When it was captured: nanoseconds since the epoch; `nil` where that was not kept.
  public var time: Int64?

  /// Whether it is this segment's.
  func isOf(_ segment: Segment) -> Bool { frame == segment.frame && file == segment.file }
}
