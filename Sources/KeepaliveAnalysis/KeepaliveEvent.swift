import PacketWire

/// Something recognised in the capture: a frame, and what it is.
public struct KeepaliveEvent: Sendable {
  /// What the frame is.
  public enum Kind: Sendable {
    /// A keepalive probe (RFC 9293 §3.8.4).
    case probe(Probe)
    /// What ended a probe's wait.
    case answer(Answer)
    /// The reset by which the prober's kernel gives the connection up.
    case giveUp(GiveUp)
    /// A probe of a zero window (RFC 9293 §3.8.6.1); not `certain` where a keepalive would look the same.
    case windowProbe(certain: Bool)
    /// An ICMP error that quotes a probe; the kernel ignores it (the quoted sequence number is below SND.UNA).
    case quotedProbe(reporter: IPAddress, type: UInt8, code: UInt8)
  }

  /// A keepalive probe.
  public struct Probe: Sendable {
    /// Octets of garbage payload, 0 or 1.
    public var bytes: Int
    /// Probes before it that were not answered.
    public var unansweredBefore: Int
    /// Seconds since the last segment from the peer other than its own probes; `nil` where that was before the capture.
    public var silence: Double?
    /// Where `silence` is `nil`: seconds since the capture began.
    public var silenceAtLeast: Double?
  }

  /// What ended a probe's wait.
  public struct Answer: Sendable {
    /// How a peer answers.
    public enum Form: String, Sendable {
      /// An empty segment that acknowledges SEG.SEQ + 1.
      case ack
      /// A reset: the peer does not know the connection.
      case reset
      /// Data or a FIN: not caused by the probe, but it ends the doubt.
      case data
    }
    /// How.
    public var form: Form
    /// The frame of the latest probe before it.
    public var probe: Int
    /// The file of that probe.
    public var probeFile: UInt16
    /// Seconds since that probe.
    public var delay: Double
  }

  /// A give-up.
  public struct GiveUp: Sendable {
    /// Probes in a row that were not answered.
    public var unanswered: Int
    /// Seconds since the last segment from the peer; `nil` where that was before the capture.
    public var silence: Double?
    /// Whether the interval between probes was seen, so that the reset is known to come one interval after the last.
    public var intervalIsKnown: Bool
  }

  /// What the frame is.
  public var kind: Kind
  /// The packet's number in its file, from 1.
  public var frame: Int
  /// Which file, from 0.
  public var file: UInt16
  /// The frame that made known what it is, where that came later; `nil` where it was known at once.
  public var knownBy: FrameKey?
  /// When it was captured: nanoseconds since the epoch.
  public var time: Int64
  /// The connection's number, from 1.
  public var connection: Int
  /// Who sent it.
  public var source: SocketAddress
  /// To whom.
  public var destination: SocketAddress
}
