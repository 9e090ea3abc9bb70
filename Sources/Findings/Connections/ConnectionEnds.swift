import KeepaliveAnalysis
import PacketWire

extension ConnectionReport {
  /// Its two ends: who sent the first captured packet, and the other.
  public var ends: SocketPair { SocketPair(first, second) }

  /// The seconds of silence that a row tells: of a reset, where no packet got through after a long silence, that one, and not
  /// the moment between such a packet and the reset.
  public var silenceTold: Double? { verdict == .reset ? lost?.length ?? silence : silence }
}
