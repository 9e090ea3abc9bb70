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
    String(decoding: [UInt8](capacity: Self.longestText) { write(to: &$0) }, as: UTF8.self)
  }

  /// The most octets that the text of an address has: eight groups of four digits, and the colons between them.
  public static var longestText: Int { 39 }

  /// Writes the octets of `description`, at most `longestText` of them.
  public func write(to text: inout OutputSpan<UInt8>) {
    guard isIPv4 else { return writeGroups(to: &text) }
    for shift in stride(from: UInt64(24), through: 0, by: -8) {
      let octet = UInt8(truncatingIfNeeded: low >> shift)
      if octet >= 100 { text.append(UInt8(ascii: "0") + octet / 100) }
      if octet >= 10 { text.append(UInt8(ascii: "0") + octet / 10 % 10) }
      text.append(UInt8(ascii: "0") + octet % 10)
      if shift > 0 { text.append(UInt8(ascii: ".")) }
    }
  }

  private func writeGroups(to text: inout OutputSpan<UInt8>) {
    let zeros = longestZeroRun
    var index = 0
    while index < 8 {
      if zeros.count >= 2, index == zeros.lowerBound {
        text.append(UInt8(ascii: ":"))
        if zeros.upperBound == 8 { text.append(UInt8(ascii: ":")) }
        index = zeros.upperBound
        continue
      }
      if index > 0 { text.append(UInt8(ascii: ":")) }
      let group = group(index)
      for shift in stride(from: UInt16(12), through: 0, by: -4) where shift == 0 || group >> shift > 0 {
        let digit = UInt8(truncatingIfNeeded: group >> shift & 15)
        text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
      index += 1
    }
  }

  /// One of the eight groups of 16 bits.
  private func group(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
  }

  /// The first longest run of zero groups, which RFC 5952 §4.2 shortens to "::".
  private var longestZeroRun: Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || group(index) != 0 {
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
