/// The two ends of a TCP connection, in an order: source and destination, or local and remote.
public struct SocketPair: Hashable, Sendable {
  /// The end that is named first.
  public let one: SocketAddress
  /// The other end.
  public let other: SocketAddress

  /// A pair from its two ends.
  public init(_ one: SocketAddress, _ other: SocketAddress) {
    self.one = one
    self.other = other
  }

  /// The same two, seen from the other end.
  public var reversed: SocketPair { SocketPair(other, one) }

  /// The same two in an order that does not depend on who is named first.
  public var unordered: SocketPair {
    let first = (one.address.high, one.address.low, one.port)
    return first <= (other.address.high, other.address.low, other.port) ? self : reversed
  }
}

extension Segment {
  /// Who sent it, and to whom.
  public var ends: SocketPair { SocketPair(sourceAddress, destinationAddress) }
}
