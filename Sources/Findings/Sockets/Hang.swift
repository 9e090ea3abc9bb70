import KeepaliveAnalysis
import KernelView

/// What a connection hangs in now.
public struct Hang: Sendable, Equatable {
  /// What is not answered.
  public enum Kind: String, Sendable, CaseIterable {
    /// Keepalive probes.
    case unansweredProbes = "unanswered-probes"
    /// Data, sent again and again.
    case unacknowledgedData = "unacknowledged-data"
    /// Data waits, as the peer's window is closed: its program does not read.
    case closedWindow = "closed-window"
    /// The SYN.
    case unansweredSYN = "unanswered-syn"
  }

  /// What is not answered.
  public let kind: Kind
  /// Seconds since anything was heard of the peer; for a closed window, at least how long it has been closed.
  public let silence: Double
  /// Seconds until its kernel gives up, as far as that can be told.
  public let givesUpIn: ClosedRange<Double>?

  /// Probes before a connection is said to hang: the answer to the latest is on its way for a round trip.
  private static let fewestProbes = 2
  /// Retransmissions before a connection is said to hang: single ones are everyday.
  private static let fewestRetransmissions = 2
  /// Seconds of silence before a connection is said to hang, whatever is unanswered: an answer may be on its way.
  private static let shortestSilence = 1.0
  /// Seconds for which a closed window is everyday.
  private static let shortestClosedWindow = 10.0

  /// What a socket hangs in; `nil` where it does not.
  init?(_ socket: SocketState, _ settings: KnownSettings, _ parameters: TCPParameters) {
    let silence = socket.details?.sinceReceived ?? 0
    switch socket.timer {
    case .keepalive where socket.unanswered >= Self.fewestProbes && socket.state != "SYN-RECV":
      self.init(kind: .unansweredProbes, silence: silence, givesUpIn: Self.keepaliveRest(socket, settings, silence))
    case .retransmission where socket.state == "SYN-SENT" && socket.unanswered >= Self.fewestRetransmissions:
      self.init(kind: .unansweredSYN, silence: silence, givesUpIn: nil)
    case .retransmission where socket.unanswered > 0 && socket.details?.peerWindow == 0:
      // It closed its window over data in flight, and answers what is sent again, each time later than before.
      let waiting = socket.details?.retransmissionTimeout ?? 0
      guard waiting >= Self.shortestClosedWindow else { return nil }
      self.init(kind: .closedWindow, silence: waiting, givesUpIn: nil)
    case .retransmission
    where socket.unanswered >= Self.fewestRetransmissions && silence >= Self.shortestSilence
      && socket.state != "SYN-SENT" && socket.state != "SYN-RECV":
      self.init(
        kind: .unacknowledgedData, silence: silence, givesUpIn: Self.dataRest(socket, settings, parameters))
    case .windowProbe:
      let waiting = socket.details?.sinceDataSent ?? 0
      guard waiting >= Self.shortestClosedWindow else { return nil }
      // As long as the probes are answered the kernel goes on for ever.
      self.init(kind: .closedWindow, silence: waiting, givesUpIn: nil)
    default: return nil
    }
  }

  private init(kind: Kind, silence: Double, givesUpIn: ClosedRange<Double>?) {
    self.kind = kind
    self.silence = silence
    self.givesUpIn = givesUpIn
  }

  private static func keepaliveRest(
    _ socket: SocketState, _ settings: KnownSettings, _ silence: Double
  ) -> ClosedRange<Double>? {
    guard let settings = settings.read else { return nil }
    let rest = GiveUpTime.keepalive(
      unanswered: socket.unanswered, next: socket.expiresIn, silence: silence, interval: settings.interval,
      count: settings.count, userTimeout: settings.userTimeout)
    return rest...rest
  }

  private static func dataRest(
    _ socket: SocketState, _ settings: KnownSettings, _ parameters: TCPParameters
  ) -> ClosedRange<Double>? {
    // Without its options TCP_USER_TIMEOUT is not known.
    guard let details = socket.details, let settings = settings.read else { return nil }
    return GiveUpTime.rest(
      of: GiveUpTime.Retransmitting(
        timeout: details.retransmissionTimeout, doublings: details.doublings, roundTrip: details.roundTrip,
        roundTripDeviation: details.roundTripDeviation, retransmissions: socket.unanswered, next: socket.expiresIn,
        silence: details.sinceReceived),
      retries: parameters.retries, longest: parameters.longestTimeout, userTimeout: settings.userTimeout)
  }
}
