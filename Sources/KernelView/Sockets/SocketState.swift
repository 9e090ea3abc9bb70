import PacketWire

/// A TCP socket of a network namespace, as the kernel shows it to everybody (sock_diag(7)).
public struct SocketState: Sendable, Equatable {
  /// What a socket's timer is for (idiag_timer; net/ipv4/inet_diag.c, inet_sk_diag_fill).
  public enum Timer: UInt8, Sendable {
    /// None runs.
    case none = 0
    /// Retransmission, or a tail-loss probe.
    case retransmission = 1
    /// Keepalive; or, in SYN-RECV, the handshake's.
    case keepalive = 2
    /// TIME-WAIT, or FIN-WAIT-2 without a program.
    case timeWait = 3
    /// Window probes (the persist timer).
    case windowProbe = 4
  }

  /// The socket's own end.
  public let local: SocketAddress
  /// The other end.
  public let remote: SocketAddress
  /// Both: the socket's own, and the other.
  public var ends: SocketPair { SocketPair(local, remote) }
  /// The state's name as ss(8) has it: "ESTAB".
  public let state: String
  /// Which timer runs.
  public let timer: Timer
  /// Seconds until it fires.
  public let expiresIn: Double
  /// Probes, or retransmissions, that are not answered yet (idiag_retrans).
  public let unanswered: Int
  /// Octets that the program has not read yet (idiag_rqueue).
  public let unread: Int
  /// Octets that the program has sent and the peer has not acknowledged, sent or not (idiag_wqueue).
  public let unacknowledged: Int
  /// The user who owns the socket, as this process's user namespace has it (idiag_uid).
  public let user: UInt32
  /// The number by which descriptors name the socket; 0 where there is none: in an accept queue, or left by its program.
  public let inode: UInt64
  /// What was asked for with the rest; `nil` where it was not, or the kernel is too old for it.
  public let details: TCPDetails?

  /// A socket from its parts, as far as they are told elsewhere.
  public init(
    local: SocketAddress, remote: SocketAddress, state: String, timer: Timer, expiresIn: Double, unanswered: Int,
    unread: Int = 0, unacknowledged: Int = 0, user: UInt32 = 0, inode: UInt64 = 0, details: TCPDetails? = nil
  ) {
    self.local = local
    self.remote = remote
    self.state = state
    self.timer = timer
    self.expiresIn = expiresIn
    self.unanswered = unanswered
    self.unread = unread
    self.unacknowledged = unacknowledged
    self.user = user
    self.inode = inode
    self.details = details
  }

  /// The timer's name.
  public var timerName: String {
    switch timer {
    case .none: "no timer"
    case .retransmission: "retransmission timer"
    case .keepalive: "keepalive timer"
    case .timeWait: "TIME-WAIT timer"
    case .windowProbe: "window probe timer"
    }
  }

  /// The sockets of this process's network namespace that are connected, of both families; `nil` where the kernel does not show
  /// them.
  public static func connections() -> [SocketState]? { SocketTable()?.connections(withDetails: false) }
}

/// What the kernel keeps of a TCP connection (struct tcp_info, linux/tcp.h), as far as it is of use here.
public struct TCPDetails: Sendable, Equatable {
  /// The retransmission timeout as it stands, doublings included (tcpi_rto), in seconds.
  public let retransmissionTimeout: Double
  /// How often it was doubled, or the window probes' was (tcpi_backoff).
  public let doublings: Int
  /// The round-trip time, smoothed (tcpi_rtt), in seconds.
  public let roundTrip: Double
  /// Its mean deviation (tcpi_rttvar), in seconds.
  public let roundTripDeviation: Double
  /// Since data was sent last, retransmissions included (tcpi_last_data_sent), in seconds.
  public let sinceDataSent: Double
  /// Since anything was received from the peer: the later of data and acknowledgments (tcpi_last_data_recv,
  /// tcpi_last_ack_recv), in seconds.
  public let sinceReceived: Double
  /// Octets that wait to be sent (tcpi_notsent_bytes).
  public let unsent: Int
  /// The window that the peer announced last, in octets (tcpi_snd_wnd); `nil` before Linux 5.4.
  public let peerWindow: Int?

  /// The details in `octets`, a struct tcp_info that may end early; `nil` where it ends before what is needed.
  init?(_ octets: Span<UInt8>) {
    guard octets.count >= 148 else { return nil }
    doublings = Int(octets[4])
    retransmissionTimeout = Double(octets.native32(at: 8)) / 1e6
    sinceDataSent = Double(octets.native32(at: 44)) / 1e3
    sinceReceived = Double(min(octets.native32(at: 52), octets.native32(at: 56))) / 1e3
    roundTrip = Double(octets.native32(at: 68)) / 1e6
    roundTripDeviation = Double(octets.native32(at: 72)) / 1e6
    unsent = Int(octets.native32(at: 144))
    peerWindow = octets.count >= 232 ? Int(octets.native32(at: 228)) : nil
  }

  /// Details from their parts.
  public init(
    retransmissionTimeout: Double, doublings: Int, roundTrip: Double, roundTripDeviation: Double, sinceDataSent: Double,
    sinceReceived: Double, unsent: Int, peerWindow: Int?
  ) {
    self.retransmissionTimeout = retransmissionTimeout
    self.doublings = doublings
    self.roundTrip = roundTrip
    self.roundTripDeviation = roundTripDeviation
    self.sinceDataSent = sinceDataSent
    self.sinceReceived = sinceReceived
    self.unsent = unsent
    self.peerWindow = peerWindow
  }
}
