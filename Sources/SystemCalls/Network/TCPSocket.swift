import CLinux
import Glibc

/// A TCP socket over IPv4 or IPv6, whose calls wait.
public final class TCPSocket {
  let descriptor: Int32
  private let isIPv6: Bool

  private init(descriptor: Int32, isIPv6: Bool) {
    self.descriptor = descriptor
    self.isIPv6 = isIPv6
  }

  /// A socket that is not connected.
  ///
  /// - Throws: `SystemError` where none can be had.
  public convenience init(isIPv6: Bool) throws(SystemError) {
    let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError("socket") }
    self.init(descriptor: descriptor, isIPv6: isIPv6)
  }

  deinit { close(descriptor) }

  /// A socket address in the form that the kernel takes.
  ///
  /// - Returns: `nil` where `address` is no address of the socket's family.
  private func withAddress(
    _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32? {
    if isIPv6 {
      var name = sockaddr_in6()
      name.sin6_family = sa_family_t(AF_INET6)
      name.sin6_port = port.bigEndian
      guard unsafe inet_pton(AF_INET6, address, &name.sin6_addr) == 1 else { return nil }
      return unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    guard unsafe inet_pton(AF_INET, address, &name.sin_addr) == 1 else { return nil }
    return unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Takes connections to an address and port from now on.
  ///
  /// - Throws: `SystemError`, of bind or listen; EINVAL where `address` is none of the socket's family.
  public func listen(on address: String, port: UInt16) throws(SystemError) {
    try setOption(SOL_SOCKET, SO_REUSEADDR, 1)
    let bound = unsafe withAddress(address, port) { unsafe Glibc.bind(descriptor, $0, $1) }
    guard bound == 0 else { throw SystemError("bind", code: bound == nil ? EINVAL : errno) }
    guard Glibc.listen(descriptor, 8) == 0 else { throw SystemError("listen") }
  }

  /// Waits for a connection.
  ///
  /// - Throws: `SystemError`.
  public func accept() throws(SystemError) -> TCPSocket {
    let accepted = linux_accept(descriptor)
    guard accepted >= 0 else { throw SystemError("accept") }
    return TCPSocket(descriptor: accepted, isIPv6: isIPv6)
  }

  /// Connects to an address and port.
  ///
  /// - Throws: `SystemError`; EINVAL where `address` is none of the socket's family.
  public func connect(to address: String, port: UInt16) throws(SystemError) {
    let result = unsafe withAddress(address, port) { unsafe Glibc.connect(descriptor, $0, $1) }
    guard result == 0 else { throw SystemError("connect", code: result == nil ? EINVAL : errno) }
  }

  private func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws(SystemError) {
    var value = value
    guard unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw SystemError("setsockopt")
    }
  }

  /// Sends a text.
  ///
  /// - Returns: how many octets the kernel took.
  /// - Throws: `SystemError`.
  public func send(_ text: String) throws(SystemError) -> Int {
    let bytes = Array(text.utf8)
    // The kernel reads from the array's storage, exactly its length. No SIGPIPE, as in Python and most runtimes.
    let count = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard count >= 0 else { throw SystemError("send") }
    return count
  }

  /// Waits for data; empty at the peer's FIN.
  ///
  /// - Throws: `SystemError`.
  public func receive() throws(SystemError) -> String {
    var bytes = [UInt8](repeating: 0, count: 1024)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw SystemError("recv") }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Octets sent that the peer has not acknowledged.
  public var unacknowledged: Int { Int(linux_unacknowledged(descriptor)) }

  /// The window that the peer last announced, in octets (tcpi_snd_wnd).
  public var peerWindow: Int { Int(linux_send_window(descriptor)) }

  /// How many segments came for it, its peer's probes among them (tcpi_segs_in).
  public var segmentsReceived: UInt32 { linux_segments_received(descriptor) }

  /// This end and the peer's, as an application log has them; `nil` while there is no connection.
  public var ends: (local: String, remote: String)? {
    var local = [CChar](repeating: 0, count: Int(LINUX_END_LENGTH))
    var remote = local
    // The function writes strings that end within LINUX_END_LENGTH octets.
    guard unsafe linux_socket_ends(descriptor, &local, &remote) == 0 else { return nil }
    let text = { (octets: [CChar]) in
      String(decoding: octets.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return (text(local), text(remote))
  }

  /// Ends this direction of the stream.
  ///
  /// - Throws: `SystemError`.
  public func shutdownWriting() throws(SystemError) {
    guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else { throw SystemError("shutdown") }
  }

  /// Lets this end's kernel drop what arrives with a lower TTL: packets on `lo` arrive with 64, so 255 makes it deaf, and
  /// 0 lets it hear again (IP_MINTTL, ip(7); RFC 5082).
  ///
  /// - Throws: `SystemError`.
  public func setMinimumTimeToLive(_ value: Int32) throws(SystemError) {
    if isIPv6 {
      try setOption(Int32(IPPROTO_IPV6), 73, value)  // IPV6_MINHOPCOUNT, linux/in6.h
    } else {
      try setOption(Int32(IPPROTO_IP), 21, value)  // IP_MINTTL, linux/in.h
    }
  }

  /// Makes the kernel forget the connection when the socket is closed, without a FIN (TCP_REPAIR, tcp(7); needs
  /// CAP_NET_ADMIN in the network namespace).
  ///
  /// - Throws: `SystemError`.
  public func forgetConnection() throws(SystemError) {
    try setOption(Int32(IPPROTO_TCP), TCP_REPAIR, 1)
  }

  /// Lets the receive buffer have so many octets; before listen(), so that the first window is cut to it.
  ///
  /// - Throws: `SystemError`.
  public func setReceiveBuffer(_ octets: Int) throws(SystemError) {
    try setOption(SOL_SOCKET, SO_RCVBUF, Int32(octets))
  }

  /// Turns keepalive on, with the system's settings where nothing else was set.
  ///
  /// - Throws: `SystemError`.
  public func turnKeepaliveOn() throws(SystemError) { try setOption(SOL_SOCKET, SO_KEEPALIVE, 1) }

  /// Sets when probes are sent (tcp(7)).
  ///
  /// - Parameters:
  ///   - idle: TCP_KEEPIDLE in seconds.
  ///   - interval: TCP_KEEPINTVL in seconds.
  ///   - count: TCP_KEEPCNT.
  ///   - userTimeout: TCP_USER_TIMEOUT in milliseconds; 0 leaves it as it is.
  /// - Throws: `SystemError`.
  public func setKeepalive(idle: Int, interval: Int, count: Int, userTimeout: Int) throws(SystemError) {
    let tcp = Int32(IPPROTO_TCP)
    try setOption(tcp, TCP_KEEPIDLE, Int32(idle))
    try setOption(tcp, TCP_KEEPINTVL, Int32(interval))
    try setOption(tcp, TCP_KEEPCNT, Int32(count))
    if userTimeout > 0 { try setOption(tcp, TCP_USER_TIMEOUT, Int32(userTimeout)) }
  }
}
