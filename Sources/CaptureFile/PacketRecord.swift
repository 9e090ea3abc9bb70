import PacketWire

/// Where one packet of a capture lies in the reader's buffer, and what the file says of it.
public struct PacketRecord: Hashable, Sendable {
  /// When it was captured: nanoseconds since 1970-01-01T00:00:00Z; `nil` in pcapng's simple packets, which have no time.
  public var time: Int64?
  /// The packet's number in its file, from 1.
  public var frame: Int
  /// Where its captured octets lie in `CaptureReader.buffer`.
  public var range: Range<Int>
  /// Its length on the wire, in octets.
  public var originalLength: Int
  /// How it begins.
  public var linkType: LinkType
  /// On which of the file's interfaces it was captured, from 0, counted through all sections.
  public var interface: Int
}
