/// A TCP sequence number: a point on a circle of 2^32 (RFC 9293 §3.4).
///
/// Not `Comparable`: on a circle "before" holds only between points less than 2^31 apart, and is not transitive.
public struct SequenceNumber: Hashable, Sendable {
  /// The 32 bits as they stand in the header, in host order.
  public var value: UInt32

  /// A sequence number from its 32 bits.
  @inlinable public init(_ value: UInt32) { self.value = value }

  /// Whether this number comes before `other`.
  @inlinable public func isBefore(_ other: SequenceNumber) -> Bool { Int32(bitPattern: value &- other.value) < 0 }

  /// Whether this number comes after `other`.
  @inlinable public func isAfter(_ other: SequenceNumber) -> Bool { Int32(bitPattern: value &- other.value) > 0 }

  /// This number plus `octets`, modulo 2^32.
  @inlinable public func advanced(by octets: UInt32) -> SequenceNumber { SequenceNumber(value &+ octets) }

  /// This number minus `octets`, modulo 2^32.
  @inlinable public func moved(backBy octets: UInt32) -> SequenceNumber { SequenceNumber(value &- octets) }

  /// The octets from this number on to `other`, modulo 2^32.
  @inlinable public func distance(to other: SequenceNumber) -> UInt32 { other.value &- value }
}
