/// One captured packet: where its octets lie in a buffer, and what the capture says of it.
public struct PacketRecord: Hashable, Sendable {
  /// When it was captured: nanoseconds since 1970-01-01T00:00:00Z; `nil` in pcapng's simple packets, which have no time.
  public var time: Int64?
  /// The packet's number in its file, from 1; or in the order captured.
  public var frame: Int
  /// Where its captured octets lie in the buffer.
  public var range: Range<Int>
  /// Its length on the wire, in octets.
  public var originalLength: Int
  /// How it begins.
  public var linkType: LinkType
  /// On which of the capture's interfaces it was captured, from 0, counted through all of a file's sections.
  public var interface: Int

  /// The packet in `range` of a buffer.
  @inlinable
  public init(time: Int64?, frame: Int, range: Range<Int>, originalLength: Int, linkType: LinkType, interface: Int) {
    self.time = time
    self.frame = frame
    self.range = range
    self.originalLength = originalLength
    self.linkType = linkType
    self.interface = interface
  }
}
