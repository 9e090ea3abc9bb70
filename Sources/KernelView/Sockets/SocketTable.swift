import Glibc
import PacketWire

/// A network namespace's table of TCP sockets: an open netlink socket, which goes on showing that namespace's.
public final class SocketTable {
  /// All states but LISTEN and CLOSED (include/net/tcp_states.h).
  private static let connected: UInt32 = ~(1 << 10 | 1 << 7)
  private static let listening: UInt32 = 1 << 10
  /// The kernel fills buffers of up to so many octets (net/netlink/af_netlink.c, netlink_dump).
  private static let longestPiece = 32_768

  private let descriptor: Int32

  /// The table of the network namespace that this process is in now; `nil` where the kernel does not show it.
  public init?() {
    descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), Diagnosis.family)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// The sockets that are connected, of both families; `nil` where the kernel does not show them.
  public func connections(withDetails: Bool) -> [SocketState]? {
    dump(states: Self.connected, withDetails: withDetails)
  }

  /// The ends at which programs wait for connections; `nil` where the kernel does not show them.
  public func listeners() -> [SocketAddress]? { dump(states: Self.listening, withDetails: false)?.map(\.local) }

  private func dump(states: UInt32, withDetails: Bool) -> [SocketState]? {
    var sockets: [SocketState] = []
    for family in [AF_INET, AF_INET6] {
      let request = Diagnosis.request(family: family, states: states, withDetails: withDetails)
      // The kernel reads from the array's storage, exactly its length.
      let sent = unsafe request.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, 0) }
      guard sent == request.count, receive(into: &sockets) else { return nil }
    }
    return sockets
  }

  private func receive(into sockets: inout [SocketState]) -> Bool {
    var piece = [UInt8](repeating: 0, count: Self.longestPiece)
    while true {
      // The kernel writes into the array's storage, at most its length.
      let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      switch Diagnosis.parse(piece.span.extracting(..<count), into: &sockets) {
      case .goesOn: continue
      case .isDone: return true
      case .isRefused: return false
      }
    }
  }
}

/// The messages of sock_diag(7) for TCP (linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h).
enum Diagnosis {
  /// NETLINK_SOCK_DIAG.
  static let family: Int32 = 4
  /// SOCK_DIAG_BY_FAMILY.
  private static let byFamily: UInt16 = 20
  /// NLM_F_REQUEST | NLM_F_DUMP.
  private static let dump: UInt16 = 0x301
  /// NLMSG_ERROR and NLMSG_DONE.
  private static let error: UInt16 = 2
  private static let done: UInt16 = 3
  /// INET_DIAG_INFO; it is asked for by the bit of its number, counted from 1.
  fileprivate static let details: UInt16 = 2
  /// sizeof (struct nlmsghdr), sizeof (struct inet_diag_msg).
  private static let headerLength = 16
  private static let messageLength = 72

  /// How a dump goes on after a piece of it.
  enum Continuation {
    case goesOn
    case isDone
    case isRefused
  }

  /// The request for a family's sockets whose states' bits are set: struct nlmsghdr and struct inet_diag_req_v2.
  static func request(family: Int32, states: UInt32, withDetails: Bool) -> [UInt8] {
    var octets: [UInt8] = []
    octets.append(native: UInt32(headerLength + 56))
    octets.append(native: byFamily)
    octets.append(native: dump)
    octets.append(native: UInt64(0))
    octets.append(native: UInt8(family))
    octets.append(native: UInt8(IPPROTO_TCP))
    octets.append(native: withDetails ? UInt8(1) << (details - 1) : 0)
    octets.append(native: UInt8(0))
    octets.append(native: states)
    return octets + [UInt8](repeating: 0, count: 48)
  }

  /// Adds the sockets of a piece's messages.
  static func parse(_ piece: Span<UInt8>, into sockets: inout [SocketState]) -> Continuation {
    var offset = 0
    while offset + headerLength <= piece.count {
      let length = Int(piece.native32(at: offset))
      guard length >= headerLength, offset + length <= piece.count else { return .isRefused }
      switch piece.native16(at: offset + 4) {
      case done: return .isDone
      case error: return .isRefused
      default:
        if length >= headerLength + messageLength {
          sockets.append(SocketState(piece.extracting(offset + headerLength..<offset + length)))
        }
      }
      offset += (length + 3) & ~3
    }
    return .goesOn
  }

  /// The octets of an attribute, as a range; `nil` where the message has none of that type.
  fileprivate static func attribute(_ type: UInt16, of message: Span<UInt8>) -> Range<Int>? {
    var offset = messageLength
    while offset + 4 <= message.count {
      let length = Int(message.native16(at: offset))
      guard length >= 4, offset + length <= message.count else { return nil }
      if message.native16(at: offset + 2) == type { return offset + 4..<offset + length }
      offset += (length + 3) & ~3
    }
    return nil
  }
}

extension SocketState {
  /// The names of include/net/tcp_states.h, as ss(8) writes them.
  private static let states = [
    "?", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK",
    "LISTEN", "CLOSING", "SYN-RECV",
  ]

  /// The socket of a message: struct inet_diag_msg, and attributes.
  fileprivate init(_ message: Span<UInt8>) {
    let family = message[0]
    local = SocketAddress(address: Self.address(message, family, at: 8), port: Self.port(message, at: 4))
    remote = SocketAddress(address: Self.address(message, family, at: 24), port: Self.port(message, at: 6))
    state = Int(message[1]) < Self.states.count ? Self.states[Int(message[1])] : "?"
    timer = Timer(rawValue: message[2]) ?? .none
    unanswered = Int(message[3])
    expiresIn = Double(message.native32(at: 52)) / 1000
    unread = Int(message.native32(at: 56))
    unacknowledged = Int(message.native32(at: 60))
    user = message.native32(at: 64)
    inode = UInt64(message.native32(at: 68))
    let place = Diagnosis.attribute(Diagnosis.details, of: message)
    details = if let place { TCPDetails(message.extracting(place)) } else { nil }
  }

  private static func port(_ message: Span<UInt8>, at offset: Int) -> UInt16 {
    UInt16(message[offset]) << 8 | UInt16(message[offset + 1])
  }

  private static func number(_ message: Span<UInt8>, at offset: Int, octets: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in offset..<offset + octets { number = number << 8 | UInt64(message[index]) }
    return number
  }

  private static func address(_ message: Span<UInt8>, _ family: UInt8, at offset: Int) -> IPAddress {
    if Int32(family) == AF_INET { return IPAddress(ipv4: UInt32(number(message, at: offset, octets: 4))) }
    return IPAddress(high: number(message, at: offset, octets: 8), low: number(message, at: offset + 8, octets: 8))
  }
}
