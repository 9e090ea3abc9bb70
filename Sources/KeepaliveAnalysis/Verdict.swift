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
}

/// A packet that proves something.
public struct FrameReference: Hashable, Sendable {
  /// Its number in its file, from 1.
  public var frame: Int
  /// Which file, from 0.
  public var file: UInt16
  /// When it was captured: nanoseconds since the epoch; `nil` where that was not kept.
  public var time: Int64?
}
