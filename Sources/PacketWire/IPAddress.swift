/// An IPv4 or IPv6 address.
///
/// 128 bits in network order. An IPv4 address is kept as its IPv4-mapped form, ::ffff:a.b.c.d (RFC 4291
/// §2.5.5.2), which never appears on the wire as an IPv6 address (RFC 4038 §2) and so cannot be mistaken for one.
public struct IPAddress: Hashable, Sendable {
  /// The upper 64 bits; 0 for IPv4.
  public let high: UInt64
  /// The lower 64 bits; 0x0000_ffff followed by the 32 bits of an IPv4 address.
  public let low: UInt64

  /// An IPv6 address from its two halves.
  @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An IPv4 address from its 32 bits, the first octet uppermost.
  @inlinable public init(ipv4: UInt32) {
    high = 0
    low = 0x0000_ffff_0000_0000 | UInt64(ipv4)
  }

  /// Whether this is an IPv4 address.
  @inlinable public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
}

extension IPAddress: CustomStringConvertible {
  /// Dotted decimal for IPv4, the canonical text of RFC 5952 for IPv6.
  public var description: String {
    if isIPv4 {
      return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
    let zeros = Self.longestZeroRun(in: groups)
    let text = { (slice: ArraySlice<UInt16>) in slice.map { String($0, radix: 16) }.joined(separator: ":") }
    guard zeros.count >= 2 else { return text(groups[...]) }
    return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
  }

  /// The first longest run of zero groups, which RFC 5952 §4.2 shortens to "::".
  private static func longestZeroRun(in groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    return longest
  }
}

/// One end of a connection: an address and a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address.
  public let address: IPAddress
  /// The TCP port.
  public let port: UInt16

  /// An end from its two parts.
  @inlinable public init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// "10.0.0.1:5432", or "[2001:db8::1]:5432".
  public var description: String {
    address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
