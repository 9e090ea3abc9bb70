import KeepaliveAnalysis
import PacketWire

extension ConnectionReport {
  /// Its two ends: who sent the first captured packet, and the other.
  public var ends: SocketPair { SocketPair(first, second) }
}
