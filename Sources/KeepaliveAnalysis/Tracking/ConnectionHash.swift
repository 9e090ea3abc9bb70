import PacketWire

/// Hashes 4-tuples, the same for both directions.
///
/// Its factors are drawn for each table: whoever sends the packets cannot choose addresses that fall on one place, which
/// would make each look at the table as long as the table.
struct ConnectionHash {
  private let forPort = Self.factor()
  private let forHigh = Self.factor()
  private let forSum = Self.factor()
  private let forDifference = Self.factor()

  /// Odd, so that the lower half of a product loses nothing.
  private static func factor() -> UInt64 { UInt64.random(in: 0...UInt64.max) | 1 }

  /// The upper half of the hash.
  @inline(__always)
  func tag(_ segment: Segment) -> UInt32 {
    tag(segment.source, segment.sourcePort, segment.destination, segment.destinationPort)
  }

  @inline(__always)
  func tag(
    _ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ destinationPort: UInt16
  ) -> UInt32 {
    let (one, other) = (endKey(source, sourcePort), endKey(destination, destinationPort))
    // Sum and exclusive-or do not depend on the order, and together lose little of the two.
    let mixed = Self.fold(one &+ other, forSum) ^ Self.fold(one ^ other, forDifference)
    return UInt32(truncatingIfNeeded: mixed >> 32)
  }

  @inline(__always)
  private func endKey(_ address: IPAddress, _ port: UInt16) -> UInt64 {
    (address.low &+ UInt64(port) &* forPort) ^ Self.fold(address.high, forHigh)
  }

  /// Both halves of the product, so that the upper bits of `value` reach the lower ones too.
  @inline(__always)
  private static func fold(_ value: UInt64, _ factor: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }
}
