import PacketWire

/// What the kernel's socket table says of a socket, at some time.
public struct SocketSample: Sendable {
  let local: SocketAddress
  let remote: SocketAddress
  let state: String
  let timer: String
  let unanswered: Int
  let expiresIn: Double?

  /// A sample from its parts: the two ends, the state and the timer by name, probes unanswered, seconds to the timer's end.
  public init(
    local: SocketAddress, remote: SocketAddress, state: String, timer: String, unanswered: Int, expiresIn: Double?
  ) {
    self.local = local
    self.remote = remote
    self.state = state
    self.timer = timer
    self.unanswered = unanswered
    self.expiresIn = expiresIn
  }
}
