import PacketWire

/// When the ends of a connection were last heard.
public struct HeardEnds: Sendable {
  /// The connection's number.
  public let number: Int
  /// The end that was opened to.
  public let server: SocketAddress
  /// The end that opened it.
  public let client: SocketAddress
  /// When the server's last packet came, nanoseconds since the epoch; `nil` where none did.
  public let serverTime: Int64?
  /// The same of the client.
  public let clientTime: Int64?
  /// When its first packet came.
  public let firstTime: Int64
  /// Whether a SYN was captured.
  public let isOpening: Bool
}
