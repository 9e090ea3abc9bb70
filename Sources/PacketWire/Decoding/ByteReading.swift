/// Big-endian (network order) integers out of a span of octets.
///
/// The subscript of `Span` is checked; where the caller has checked the length once, the optimiser drops the checks.
extension Span where Element == UInt8 {
  /// The two octets at `offset`.
  @inline(__always) func uint16(at offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
  }

  /// The four octets at `offset`.
  @inline(__always) func uint32(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 24 | UInt32(self[offset &+ 1]) << 16 | UInt32(self[offset &+ 2]) << 8
      | UInt32(self[offset &+ 3])
  }

  /// The eight octets at `offset`.
  @inline(__always) func uint64(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset &+ 4))
  }
}
