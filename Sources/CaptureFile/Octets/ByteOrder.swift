/// In which order a file's integers stand: that of the host that wrote it.
enum ByteOrder {
  case little
  case big
}

extension Span where Element == UInt8 {
  /// The two octets at `offset`, in `order`.
  @inline(__always) func uint16(at offset: Int, _ order: ByteOrder) -> UInt16 {
    let little = UInt16(self[offset]) | UInt16(self[offset &+ 1]) << 8
    return order == .little ? little : little.byteSwapped
  }

  /// The four octets at `offset`, in `order`.
  @inline(__always) func uint32(at offset: Int, _ order: ByteOrder) -> UInt32 {
    let little =
      UInt32(self[offset]) | UInt32(self[offset &+ 1]) << 8 | UInt32(self[offset &+ 2]) << 16
      | UInt32(self[offset &+ 3]) << 24
    return order == .little ? little : little.byteSwapped
  }

  /// The eight octets at `offset`, in `order`.
  @inline(__always) func uint64(at offset: Int, _ order: ByteOrder) -> UInt64 {
    let first = UInt64(uint32(at: offset, order))
    let second = UInt64(uint32(at: offset &+ 4, order))
    return order == .little ? second << 32 | first : first << 32 | second
  }
}
