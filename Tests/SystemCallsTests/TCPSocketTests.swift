import Glibc
import Testing

@testable import SystemCalls

/// Sockets of both families on the loopback interface.
@Suite(.timeLimit(.minutes(1))) struct TCPSocketTests {
  static let addresses = ["127.0.0.1", "::1"]

  /// Whether the kernel lets a socket be bound to an address: many containers have no IPv6.
  static func hasAddress(_ address: String) -> Bool {
    guard let socket = try? TCPSocket(isIPv6: address.contains(":")) else { return false }
    return (try? socket.listen(on: address, port: 0)) != nil
  }

  /// Two sockets that are connected with each other.
  static func pair(_ address: String, receiveBuffer: Int? = nil) throws -> (client: TCPSocket, server: TCPSocket) {
    let isIPv6 = address.contains(":")
    let listener = try TCPSocket(isIPv6: isIPv6)
    if let receiveBuffer { try listener.setReceiveBuffer(receiveBuffer) }
    try listener.listen(on: address, port: 0)
    let client = try TCPSocket(isIPv6: isIPv6)
    try client.connect(to: address, port: try listener.localPort())
    return (client, try listener.accept())
  }

  @Test("What one end sends the other receives, and each knows both ends", arguments: addresses.filter(hasAddress))
  func exchange(address: String) throws {
    let (client, server) = try Self.pair(address)
    #expect(try client.send("Hello") == 5)
    #expect(try server.receive() == "Hello")
    let ends = try #require(client.ends)
    #expect(server.ends?.local == ends.remote && server.ends?.remote == ends.local)
    #expect(ends.remote.hasPrefix(address.contains(":") ? "[::1]:" : "127.0.0.1:"))
    try client.shutdownWriting()
    #expect(try server.receive() == "", "the FIN is the end of the stream")
  }

  @Test("Keepalive is set as the kernel then tells it", arguments: addresses.filter(hasAddress))
  func keepalive(address: String) throws {
    let (client, _) = try Self.pair(address)
    #expect(client.option(SOL_SOCKET, SO_KEEPALIVE) == 0)
    try client.setKeepalive(idle: 21, interval: 7, count: 5, userTimeout: 1234)
    try client.turnKeepaliveOn()
    let tcp = Int32(IPPROTO_TCP)
    let options = [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT].map { client.option(tcp, $0) }
    #expect(options == [21, 7, 5, 1234])
    #expect(client.option(SOL_SOCKET, SO_KEEPALIVE) == 1)
  }

  @Test("A deaf host acknowledges nothing, until it hears again", arguments: addresses.filter(hasAddress))
  func deaf(address: String) throws {
    let (client, server) = try Self.pair(address)
    try server.setMinimumTimeToLive(255)
    #expect(try client.send("Are you there?") == 14)
    pause(milliseconds: 50)
    #expect(client.unacknowledged == 14)
    try server.setMinimumTimeToLive(0)
    #expect(try server.receive() == "Are you there?", "it was sent again")
  }

  @Test("What is refused is told by the call and the error's name")
  func refused() throws {
    let socket = try TCPSocket(isIPv6: false)
    // Nobody listens on port 1.
    let error = #expect(throws: SystemError.self) { try socket.connect(to: "127.0.0.1", port: 1) }
    #expect(error?.call == "connect" && error?.name == "ECONNREFUSED")
    #expect(error?.description == "connect failed with ECONNREFUSED (Connection refused)")
    let none = #expect(throws: SystemError.self) { try TCPSocket(isIPv6: false).connect(to: "::1", port: 1) }
    #expect(none?.name == "EINVAL", "an address of the other family is none")
  }
}

extension TCPSocket {
  fileprivate func option(_ level: Int32, _ name: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    // The kernel writes four octets.
    return unsafe getsockopt(descriptor, level, name, &value, &length) == 0 ? value : nil
  }

  fileprivate func localPort() throws -> UInt16 {
    var name = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // The kernel writes at most `length` octets.
    let status = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    try #require(status == 0)
    // The port stands behind the family, in network order, in both families.
    return unsafe withUnsafeBytes(of: name) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) }
  }
}
