import PacketWire

/// A connection's long silences, and whether a packet still got through after them.
///
/// By this a box on the path shows that forgets idle connections: it forgets after so long without any packet, either way,
/// probes included.
struct Silences {
  /// A silence that a packet ended, while it is open whether it got through.
  struct Ended {
    var side: Side
    /// In nanoseconds.
    var length: Int64
    var frame: FrameReference

    /// Takes off what the capture's clock was set forward meanwhile.
    mutating func subtract(_ steps: [ClockStep]) {
      guard let time = frame.time else { return }
      length &-= steps.amount(from: time &- length, to: time)
    }
  }

  private(set) var open: Ended?
  private(set) var longestSurvived: Int64 = 0
  private(set) var survived = 0
  /// The silence whose packet was answered by a reset.
  private(set) var refused: Ended?

  /// A packet ended a silence.
  mutating func end(_ silence: Ended) { open = silence }

  /// Takes silences that were survived.
  mutating func add(survived count: Int, longest: Int64) {
    survived += count
    longestSurvived = max(longestSurvived, longest)
  }

  /// The other end said something after it: the packet got through, or the connection was not known any more.
  ///
  /// - Parameters:
  ///   - byReset: it was a reset.
  ///   - steps: where the capture's clock was set: that is no silence.
  mutating func resolve(byReset: Bool, _ steps: [ClockStep]) {
    guard var silence = open else { return }
    open = nil
    silence.subtract(steps)
    guard silence.length >= NetworkPath.tellingSilence else { return }
    if byReset {
      refused = silence
    } else {
      longestSurvived = max(longestSurvived, silence.length)
      survived += 1
    }
  }
}
