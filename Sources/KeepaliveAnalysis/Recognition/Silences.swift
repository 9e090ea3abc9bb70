import PacketWire

/// A connection's long silences, and whether a packet still got through after them.
///
/// By this a box on the path shows that forgets idle connections: it forgets after so long without any packet, either way,
/// probes included.
struct Silences {
  /// No box known forgets a connection sooner than twice this (`Diagnosis`, the table of boxes): shorter silences tell
  /// nothing of one.
  static let shortest: Int64 = 30_000_000_000

  /// A silence that a packet ended, while it is open whether it got through.
  struct Ended {
    var side: Side
    /// In nanoseconds.
    var length: Int64
    var frame: FrameReference
  }

  private(set) var open: Ended?
  private(set) var longestSurvived: Int64 = 0
  private(set) var survived = 0
  /// The silence whose packet was answered by a reset.
  private(set) var refused: Ended?

  /// A packet ended a silence.
  mutating func end(_ silence: Ended) { open = silence }

  /// The other end said something after it: the packet got through, or the connection was not known any more.
  mutating func resolve(byReset: Bool) {
    guard let silence = open else { return }
    open = nil
    if byReset {
      refused = silence
    } else {
      longestSurvived = max(longestSurvived, silence.length)
      survived += 1
    }
  }
}
