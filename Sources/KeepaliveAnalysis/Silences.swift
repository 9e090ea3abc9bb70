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

extension KeepaliveAnalyzer {
  /// Notes a silence that `segment` ends, or that one was survived.
  mutating func noteSilence(_ segment: Segment, _ index: Int, _ side: Side) {
    let traits = table.records[index].traits
    if traits.contains(.silenceIsOpen) {
      guard silences[index]?.open?.side != side else { return }
      table.records[index].traits.remove(.silenceIsOpen)
      silences[index]?.resolve(byReset: segment.flags.contains(.rst))
      return
    }
    guard segment.time &- table.records[index].lastTime >= Silences.shortest else { return }
    let record = table.records[index]
    let latest = latestPacket(index)
    guard latest > 0, segment.time &- latest >= Silences.shortest, !segment.flags.contains(.rst),
      record.first.mayHaveNothingInFlight, record.second.mayHaveNothingInFlight
    else { return }
    table.records[index].traits.insert([.silenceIsOpen, .hasSilence])
    let frame = FrameReference(frame: segment.frame, file: segment.file, time: segment.time)
    silences[index, default: Silences()].end(
      Silences.Ended(side: side, length: segment.time &- latest, frame: frame))
  }

  /// When any packet of the connection was last seen, probes included; 0 where none was.
  private func latestPacket(_ index: Int) -> Int64 {
    var latest = table.records[index].lastTime
    let history = Int(table.records[index].history)
    guard history >= 0 else { return latest }
    for side in [Side.first, .second] {
      latest = max(latest, probers[Self.place(history, side)].lastProbe?.time ?? 0)
      latest = max(latest, probers[Self.place(history, side)].uncertain.held.last?.time ?? 0)
    }
    return latest
  }
}
