import PacketWire

/// How many segments opened or ended connections.
public struct SegmentTally: Sendable {
  private var openings = 0
  private var ends = 0
  private var resets = 0

  /// None.
  public init() {}

  /// Whether none was counted.
  public var isEmpty: Bool { openings + ends + resets == 0 }

  /// Counts a SYN, a FIN or a reset.
  public mutating func count(_ segment: Segment) {
    if segment.flags.contains(.rst) {
      resets += 1
    } else if segment.flags.contains(.fin) {
      ends += 1
    } else {
      openings += 1
    }
  }

  /// "120 SYN, 3 FIN, 1 RST".
  var text: String {
    [(openings, "SYN"), (ends, "FIN"), (resets, "RST")].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
      .joined(separator: ", ")
  }
}
