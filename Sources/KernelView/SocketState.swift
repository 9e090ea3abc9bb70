import CLinux
import Glibc
import PacketWire

/// A TCP socket of this process's network namespace, as the kernel shows it to everybody (sock_diag(7)).
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

  /// The names of include/net/tcp_states.h, as ss(8) writes them.
  private static let states = [
    "?", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK",
    "LISTEN", "CLOSING", "SYN-RECV",
  ]
  /// All states but LISTEN and CLOSED.
  private static let connected: UInt32 = ~(1 << 10 | 1 << 7)

  /// The sockets that are connected, of both families; `nil` where the kernel does not show them.
  public static func connections() -> [SocketState]? {
    guard let ipv4 = dump(AF_INET), let ipv6 = dump(AF_INET6) else { return nil }
    return (ipv4 + ipv6).map(SocketState.init)
  }

  private static func dump(_ family: Int32) -> [linux_tcp_socket]? {
    var sockets = [linux_tcp_socket](repeating: linux_tcp_socket(), count: 256)
    while true {
      // The function writes at most as many as there is room for, and tells how many there are.
      let count = Int(unsafe linux_tcp_sockets(family, connected, &sockets, Int32(sockets.count)))
      guard count >= 0 else { return nil }
      if count <= sockets.count { return Array(sockets.prefix(count)) }
      sockets = [linux_tcp_socket](repeating: linux_tcp_socket(), count: count + 256)
    }
  }

  /// A socket from its parts, as they are told elsewhere.
  public init(
    local: SocketAddress, remote: SocketAddress, state: String, timer: Timer, expiresIn: Double, unanswered: Int
  ) {
    self.local = local
    self.remote = remote
    self.state = state
    self.timer = timer
    self.expiresIn = expiresIn
    self.unanswered = unanswered
  }

  private init(_ socket: linux_tcp_socket) {
    local = SocketAddress(address: Self.address(socket.local, socket.family), port: socket.local_port)
    remote = SocketAddress(address: Self.address(socket.remote, socket.family), port: socket.remote_port)
    state = Int(socket.state) < Self.states.count ? Self.states[Int(socket.state)] : "?"
    timer = Timer(rawValue: socket.timer) ?? .none
    expiresIn = Double(socket.expires) / 1000
    unanswered = Int(socket.retransmits)
  }

  private typealias Octets = (
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
  )

  private static func address(_ octets: Octets, _ family: UInt8) -> IPAddress {
    let all = [
      octets.0, octets.1, octets.2, octets.3, octets.4, octets.5, octets.6, octets.7, octets.8, octets.9, octets.10,
      octets.11, octets.12, octets.13, octets.14, octets.15,
    ]
    let number = { (slice: ArraySlice<UInt8>) in slice.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    if Int32(family) == AF_INET { return IPAddress(ipv4: UInt32(number(all[..<4]))) }
    return IPAddress(high: number(all[..<8]), low: number(all[8...]))
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
}
