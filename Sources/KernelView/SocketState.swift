/// A TCP socket of this process's network namespace, as the kernel shows it (/proc/net/tcp).
public struct SocketState: Sendable {
  /// The local port.
  public let localPort: UInt16
  /// The peer's port.
  public let remotePort: UInt16
  /// The state's name as ss(8) has it: "ESTAB".
  public let state: String
  /// Which timer runs (tcp_ipv4.c, get_tcp4_sock): 0 none, 1 retransmission, 2 keepalive, 3 TIME-WAIT, 4 window probe.
  public let timer: Int
  /// Probes sent that are not answered yet (icsk_probes_out).
  public let unansweredProbes: Int

  /// The timer's name.
  public var timerName: String {
    switch timer {
    case 1: "retransmission timer"
    case 2: "keepalive timer"
    case 3: "TIME-WAIT timer"
    case 4: "window probe timer"
    default: "no timer"
    }
  }

  /// The socket with these ports; `nil` where there is none (any more).
  public static func find(localPort: UInt16, remotePort: UInt16) -> SocketState? {
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
      let sockets = ProcFile.text(path).map(parse) ?? []
      if let socket = sockets.first(where: { $0.localPort == localPort && $0.remotePort == remotePort }) {
        return socket
      }
    }
    return nil
  }

  private static let states = [
    "01": "ESTAB", "02": "SYN-SENT", "03": "SYN-RECV", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2", "06": "TIME-WAIT",
    "07": "CLOSED", "08": "CLOSE-WAIT", "09": "LAST-ACK", "0A": "LISTEN", "0B": "CLOSING",
  ]

  /// The sockets of the file's text.
  static func parse(_ text: String) -> [SocketState] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 8, let local = port(fields[1]), let remote = port(fields[2]), let timer = fields[5].first,
        let kind = timer.isNumber ? fields[5].split(separator: ":").first.flatMap({ Int($0, radix: 16) }) : nil
      else { return nil }
      return SocketState(
        localPort: local, remotePort: remote, state: states[String(fields[3])] ?? String(fields[3]), timer: kind,
        unansweredProbes: Int(fields[8]) ?? 0)
    }
  }

  private static func port(_ address: Substring) -> UInt16? {
    address.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
  }
}
