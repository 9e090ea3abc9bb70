/// Integers in the byte order of this host, out of a span of octets: what the kernel and the helper process write.
///
/// The subscript of `Span` is checked.
extension Span where Element == UInt8 {
  /// The two octets at `offset`.
  func native16(at offset: Int) -> UInt16 {
    (UInt16(self[offset]) | UInt16(self[offset + 1]) << 8).native
  }

  /// The four octets at `offset`.
  func native32(at offset: Int) -> UInt32 {
    (UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16 | UInt32(self[offset + 3])
      << 24)
      .native
  }

  /// The eight octets at `offset`.
  func native64(at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in stride(from: 7, through: 0, by: -1) { value = value << 8 | UInt64(self[offset + index]) }
    return value.native
  }
}

extension FixedWidthInteger {
  /// The number whose octets, the least first, were read as if this host were little-endian.
  fileprivate var native: Self {
    #if _endian(big)
      byteSwapped
    #else
      self
    #endif
  }
}

extension [UInt8] {
  /// Adds an integer in the byte order of this host.
  mutating func append(native value: some FixedWidthInteger) {
    #if _endian(big)
      var rest = value.byteSwapped
    #else
      var rest = value
    #endif
    for _ in 0..<value.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
