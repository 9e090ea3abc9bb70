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
    /// An ICMP error that quotes one of the connection's segments.
    case quotedError(QuotedError)
    /// A reset, FIN or SYN that its receiver does not accept: it ends nothing, and shows nobody alive.
    case ignored(Ignored)
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
    /// What else it may be; `nil` where the packets allow no other reading.
    public var doubt: Doubt?

    /// What a segment may be that looks like a keepalive probe.
    public enum Doubt: Sendable {
      /// An acknowledgment that crossed what it seems to follow: the round trip is not known, or the silence short.
      case acknowledgmentThatCrossed
      /// One octet of data, sent again because its acknowledgment did not arrive.
      case octetSentAgain
      /// A probe of the peer's window, which is 0.
      case windowProbe
    }
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
    /// The frame of the probe that it answers.
    public var probe: Int
    /// The file of that probe.
    public var probeFile: UInt16
    /// Seconds since that probe; `nil` where the capture has the two crosswise.
    public var delay: Double?
    /// Whether the prober accepted it, as far as its own TSecr shows; `nil` where the packets do not tell.
    public var isAccepted: Bool?
    /// Whether the packets allow no other reading.
    public var isCertain: Bool
  }

  /// A give-up.
  public struct GiveUp: Sendable {
    /// Probes in a row that were not answered.
    public var unanswered: Int
    /// Seconds since the last segment from the peer; `nil` where that was before the capture.
    public var silence: Double?
    /// Whether the interval between probes was seen, so that the reset is known to come one interval after the last.
    public var intervalIsKnown: Bool
    /// Answers before it that the prober did not accept.
    public var unaccepted: Int
    /// Whether the packets allow no other reading: a program's abort has the same octets.
    public var isCertain: Bool
  }

  /// An ICMP error that quotes a segment (RFC 792, RFC 4443 §3).
  public struct QuotedError: Sendable {
    /// What is quoted.
    public enum Quoted: String, Sendable {
      /// A keepalive probe: the kernel ignores the error, as the quoted sequence number is below SND.UNA.
      case probe
      /// An empty acknowledgment, such as an answer to a probe: the error may replace ETIMEDOUT at the give-up.
      case acknowledgment
      /// A segment with data, or SYN, or FIN: likewise.
      case data
      /// The reset by which its sender gave the connection up: there is no socket left that would take the error.
      case reset
    }
    /// The packet's number in its file, from 1.
    public var frame: FrameReference
    /// Who sent the error.
    public var reporter: IPAddress
    /// The ICMP type.
    public var type: UInt8
    /// The ICMP code.
    public var code: UInt8
    /// What it quotes.
    public var quoted: Quoted

    /// Whether another is of the same type and code, and from the same sender.
    public func isLike(_ other: QuotedError) -> Bool {
      type == other.type && code == other.code && reporter == other.reporter
    }
  }

  /// A segment that its receiver does not accept.
  public struct Ignored: Sendable {
    /// Why.
    public enum Reason: String, Sendable {
      /// A reset outside the receiver's window: dropped (RFC 9293 §3.10.7.4).
      case resetOutsideWindow = "reset-outside-window"
      /// A reset inside the window, but not at RCV.NXT: it draws a challenge ACK (RFC 5961 §3.2).
      case resetInsideWindow = "reset-inside-window"
      /// A SYN on a connection that stands: it draws a challenge ACK (RFC 5961 §4.2).
      case synOnStandingConnection = "syn-on-standing-connection"
      /// A FIN outside the receiver's window: dropped (RFC 9293 §3.10.7.4).
      case finOutsideWindow = "fin-outside-window"
      /// A FIN whose number its sender then used for data: nothing stands behind a FIN (RFC 9293 §3.10.4), so it was
      /// another's, or damaged.
      case finBeforeData = "fin-before-data"
    }
    /// Why.
    public var reason: Reason
    /// The probe that it followed at once, which caused it; `nil` where there is none.
    public var probe: FrameReference?
    /// Its TTL or hop limit.
    public var timeToLive: UInt8
    /// The TTL of that end's packets before; `nil` where none was captured.
    public var usualTimeToLive: UInt8?
    /// Whether the two differ by more than routes do, so that a box on the path may have sent it.
    public var hasForeignTimeToLive: Bool { usualTimeToLive.map { ForeignSegments.differ(timeToLive, $0) } ?? false }
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
  /// Whether the packets allow no other reading of the frame.
  public var isCertain: Bool {
    switch kind {
    case .probe(let probe): probe.doubt == nil
    case .answer(let answer): answer.isCertain
    case .giveUp(let giveUp): giveUp.isCertain
    case .windowProbe(let certain): certain
    case .quotedError, .ignored: true
    }
  }
  /// The connection's number, from 1.
  public var connection: Int
  /// Who sent it.
  public var source: SocketAddress
  /// To whom.
  public var destination: SocketAddress
}
