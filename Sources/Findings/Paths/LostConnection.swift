import KeepaliveAnalysis
import PacketWire

/// A connection of which a packet after a long silence did not get through.
public struct LostConnection: Sendable {
  /// The connection's number.
  public let number: Int
  /// The client's address.
  public let client: IPAddress
  /// Nanoseconds without a packet.
  public let silence: Int64
  /// Whether the silence began before the capture: its length is not known.
  public let isAtLeast: Bool
  /// When the packet came that did not get through: nanoseconds since the epoch.
  public let time: Int64
  /// Whether a reset answered it.
  public let wasRefused: Bool
  /// The TTL of that reset and of that end's other packets, where they differ by more than routes do.
  public let foreignTimeToLive: ForeignTimeToLive?
  /// The longer of the prober's idle time and interval, in nanoseconds; `nil` where nothing probed.
  public let period: Int64?

  init(_ report: ConnectionReport, _ lost: LostSilence) {
    number = report.number
    client = report.clientAddress.address
    silence = Int64(nanosecondsIn: lost.length)
    isAtLeast = lost.isAtLeast
    time = lost.frame.time ?? 0
    wasRefused = lost.wasRefused
    foreignTimeToLive = lost.wasRefused ? report.reset.flatMap(ForeignTimeToLive.init) : nil
    period = report.probers.compactMap { $0.idle?.likely ?? $0.period?.likely }.min().map(Int64.init(nanosecondsIn:))
  }
}
