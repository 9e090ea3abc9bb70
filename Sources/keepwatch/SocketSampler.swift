import KernelView
import PacketWire
import Reporting

/// Looks at the kernel's socket table, and tells what changed since the last look.
struct SocketSampler {
  private struct Ends: Hashable {
    let local: SocketAddress
    let remote: SocketAddress
  }

  private var known: [Ends: SocketState] = [:]
  private var nextLook: Int64 = 0
  private var nextCountdown: Int64 = 0

  /// The sockets whose state or timer is another than before, and those that are new.
  ///
  /// - Parameters:
  ///   - everySecond: whether a timer that counts down is a change too, once a second.
  ///   - lastProbe: the count of unanswered probes that is a change too.
  /// - Returns: at most once in 50 ms; between looks, none.
  mutating func changes(everySecond: Bool = false, lastProbe: Int? = nil) -> [SocketState] {
    let now = currentTime()
    guard now >= nextLook, let sockets = SocketState.connections() else { return [] }
    nextLook = now + 50_000_000
    let countsDown = everySecond && now >= nextCountdown
    if countsDown { nextCountdown = now + 1_000_000_000 }
    var latest: [Ends: SocketState] = [:]
    var changes: [SocketState] = []
    for socket in sockets {
      let ends = Ends(local: socket.local, remote: socket.remote)
      latest[ends] = socket
      let before = known[ends]
      let isLastProbe = socket.timer == .keepalive && socket.unanswered == lastProbe && before?.unanswered != lastProbe
      let isNew = before?.state != socket.state || before?.timer != socket.timer || isLastProbe
      if isNew || countsDown && socket.timer == .keepalive { changes.append(socket) }
    }
    known = latest
    return changes
  }
}

extension SocketState {
  /// "ESTAB, keepalive timer, 0 unanswered, next in 1.98 s".
  var text: String {
    var parts = [state, timerName]
    if timer == .keepalive || timer == .windowProbe { parts.append("\(unanswered) unanswered") }
    if timer != .none { parts.append("next in \(DurationText.text(expiresIn))") }
    return parts.joined(separator: ", ")
  }

  /// The socket as the JSON lines take it.
  var sample: SocketSample {
    SocketSample(
      local: local, remote: remote, state: state, timer: timerName, unanswered: unanswered,
      expiresIn: timer == .none ? nil : expiresIn)
  }
}
