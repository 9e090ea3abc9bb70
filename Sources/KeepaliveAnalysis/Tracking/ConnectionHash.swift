import PacketWire

/// Hashes 4-tuples, the same for both directions.
///
/// Its keys are drawn for each table, and it is strongly universal: whatever two 4-tuples somebody chooses, the chance that
/// they have one tag, or one place in the table, is that of two random numbers. So whoever sends the packets cannot choose
/// addresses that fall on one place, which would make each look at the table as long as the table.
///
/// It is the pair-multiply-shift of M. Thorup, "High Speed Hashing for Integers and Strings" (arXiv:1504.06804), on words
/// of 32 bits: the upper half of (a₀ + x₁)(a₁ + x₀) + (a₂ + x₃)(a₃ + x₂) + … + b. The two ends are put in order first. That
/// alone would still put addresses that count up side by side, a step apart that may be small; so the tag is mixed, one to
/// one, which takes nothing from what was said.
struct ConnectionHash {
  private typealias Pair = (UInt64, UInt64)

  private let keys = (Self.pair(), Self.pair(), Self.pair(), Self.pair())
  private let ports = Self.key()
  private let ofShort = Self.key()
  private let ofLong = Self.key()

  private static func key() -> UInt64 { UInt64.random(in: 0...UInt64.max) }
  private static func pair() -> Pair { (key(), key()) }

  /// The upper half of the hash.
  @inline(__always)
  func tag(_ segment: Segment) -> UInt32 {
    tag(segment.source, segment.sourcePort, segment.destination, segment.destinationPort)
  }

  @inline(__always)
  func tag(
    _ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ destinationPort: UInt16
  ) -> UInt32 {
    (source.high | destination.high | (source.low | destination.low) >> 48) == 0
      ? tagOfShort(source, sourcePort, destination, destinationPort)
      : tagOfLong(source, sourcePort, destination, destinationPort)
  }

  /// Of addresses whose upper 80 bits are 0, which all of IPv4 are.
  @inline(__always)
  private func tagOfShort(
    _ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ destinationPort: UInt16
  ) -> UInt32 {
    let one = source.low << 16 | UInt64(sourcePort)
    let other = destination.low << 16 | UInt64(destinationPort)
    // No branch: which side sends next cannot be predicted.
    let (first, second) = (min(one, other), max(one, other))
    return Self.mixed(
      Self.product(keys.0, first, second) &+ Self.product(keys.1, first >> 32, second >> 32) &+ ofShort)
  }

  /// Not in line: its keys would leave the short way no registers.
  @inline(never)
  private func tagOfLong(
    _ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ destinationPort: UInt16
  ) -> UInt32 {
    let one = UInt128(source.high) << 64 | UInt128(source.low)
    let other = UInt128(destination.high) << 64 | UInt128(destination.low)
    let (first, second) = (min(one, other), max(one, other))
    let isExchanged = one == other ? sourcePort > destinationPort : one > other
    // The ports, each in its half; exchanged by half a turn, for a choice would become a branch.
    let turn: UInt32 = isExchanged ? 16 : 0
    let bothPorts = UInt32(sourcePort) << 16 | UInt32(destinationPort)
    let turned = bothPorts &<< turn | bothPorts &>> (32 &- turn)
    return Self.mixed(
      Self.product(keys.0, first, second)
        &+ Self.product(keys.1, first >> 32, second >> 32)
        &+ Self.product(keys.2, first >> 64, second >> 64)
        &+ Self.product(keys.3, first >> 96, second >> 96)
        &+ ports &* UInt64(turned) &+ ofLong)
  }

  /// A pair's product, of the lowest 32 bits of both.
  @inline(__always)
  private static func product(_ keys: Pair, _ one: some BinaryInteger, _ other: some BinaryInteger) -> UInt64 {
    (keys.0 &+ UInt64(UInt32(truncatingIfNeeded: other))) &* (keys.1 &+ UInt64(UInt32(truncatingIfNeeded: one)))
  }

  /// The upper half of `sum`, each bit of which then depends on many others.
  ///
  /// Two rounds of MurmurHash3's fmix32 (A. Appleby).
  @inline(__always)
  private static func mixed(_ sum: UInt64) -> UInt32 {
    var tag = UInt32(truncatingIfNeeded: sum >> 32)
    tag = (tag ^ tag >> 16) &* 0x85eb_ca6b
    return (tag ^ tag >> 13) &* 0xc2b2_ae35
  }
}
