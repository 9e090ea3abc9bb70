import ApplicationLog
import CLinux
import Glibc

/// A TCP socket over IPv4 or IPv6: the few calls that the demo's programs make.
struct TCPSocket: ~Copyable {
  let descriptor: Int32
  let isIPv6: Bool

  /// A call that failed, and the error's number.
  struct Failure: Error {
    let call: String
    let code: Int32
  }

  private init(descriptor: Int32, isIPv6: Bool) {
    self.descriptor = descriptor
    self.isIPv6 = isIPv6
  }

  init(isIPv6: Bool) throws(Failure) {
    descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    self.isIPv6 = isIPv6
    guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
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

  func listen(on address: String, port: UInt16) throws(Failure) {
    try setOption(SOL_SOCKET, SO_REUSEADDR, 1)
    let bound = unsafe withAddress(address, port) { unsafe Glibc.bind(descriptor, $0, $1) }
    guard bound == 0 else { throw Failure(call: "bind", code: bound == nil ? EINVAL : errno) }
    guard Glibc.listen(descriptor, 1) == 0 else { throw Failure(call: "listen", code: errno) }
  }

  func accept() throws(Failure) -> TCPSocket {
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { throw Failure(call: "accept", code: errno) }
    return TCPSocket(descriptor: accepted, isIPv6: isIPv6)
  }

  func connect(to address: String, port: UInt16) throws(Failure) {
    let result = unsafe withAddress(address, port) { unsafe Glibc.connect(descriptor, $0, $1) }
    guard result == 0 else { throw Failure(call: "connect", code: result == nil ? EINVAL : errno) }
  }

  func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws(Failure) {
    var value = value
    guard unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw Failure(call: "setsockopt", code: errno)
    }
  }

  func send(_ text: String) throws(Failure) -> Int {
    let bytes = Array(text.utf8)
    // The kernel reads from the array's storage, exactly its length. No SIGPIPE, as in Python and most runtimes.
    let count = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard count >= 0 else { throw Failure(call: "send", code: errno) }
    return count
  }

  /// Waits for data; empty at the peer's FIN.
  func receive() throws(Failure) -> String {
    var bytes = [UInt8](repeating: 0, count: 1024)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw Failure(call: "recv", code: errno) }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Octets sent that the peer has not acknowledged.
  var unacknowledged: Int { Int(linux_unacknowledged(descriptor)) }

  /// Lets this end's kernel drop everything that arrives, as if its cable were cut: packets on `lo` arrive with a TTL of
  /// 64, and less than 255 is refused (IP_MINTTL, ip(7); RFC 5082).
  func goDeaf() throws(Failure) {
    if isIPv6 {
      try setOption(Int32(IPPROTO_IPV6), 73, 255)  // IPV6_MINHOPCOUNT, linux/in6.h
    } else {
      try setOption(Int32(IPPROTO_IP), 21, 255)  // IP_MINTTL, linux/in.h
    }
  }
}
