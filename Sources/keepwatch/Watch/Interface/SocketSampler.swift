import KernelView
import PacketWire
import SystemCalls

/// Looks at the kernel's socket table, and tells what changed since the last look.
struct SocketSampler {
  /// The shortest time between two looks, in nanoseconds.
  private static let interval: Int64 = 50_000_000
  /// Looks take at most one part in so many of the time: a host may have a hundred thousand sockets.
  private static let share: Int64 = 20

  /// What was told of each socket.
  private var told: [SocketPair: SocketState] = [:]
  /// What the last look saw: a state that lasts only for a moment is not told.
  private var seen: [SocketPair: SocketState] = [:]
  /// All that the last look saw.
  private(set) var table: [SocketState] = []
  /// The sockets that were told and that the last look saw no more.
  private(set) var gone: [SocketPair] = []
  private var nextLook: Int64 = 0
  private var nextCountdown: Int64 = 0

  /// The sockets whose state or timer is another than was told before, and those that are new.
  ///
  /// - Parameters:
  ///   - isWanted: which sockets are of interest.
  ///   - everySecond: whether a timer that counts down is a change too, once a second.
  ///   - everyProbe: whether each count of unanswered probes is a change too.
  ///   - lastProbe: the count of unanswered probes that is a change too.
  /// - Returns: between two looks, none.
  mutating func changes(
    of isWanted: (SocketState) -> Bool, everySecond: Bool = false, everyProbe: Bool = false, lastProbe: Int? = nil
  ) -> [SocketState] {
    gone = []
    let begin = currentTime()
    guard begin >= nextLook, let sockets = SocketState.connections() else { return [] }
    table = sockets
    let now = currentTime()
    nextLook = now + max(Self.interval, Self.share * (now - begin))
    let countsDown = everySecond && now >= nextCountdown
    if countsDown { nextCountdown = now + 1_000_000_000 }
    var latest: [SocketPair: SocketState] = [:]
    var changes: [SocketState] = []
    for socket in sockets where isWanted(socket) {
      let ends = socket.ends
      latest[ends] = socket
      let before = told[ends]
      let hasNewCount = socket.timer == .keepalive && before.map { $0.unanswered != socket.unanswered } ?? false
      let isLastProbe = hasNewCount && (everyProbe || socket.unanswered == lastProbe)
      let isLasting = seen[ends].map { Self.isAlike($0, socket) } ?? false
      let isNew = isLasting && !(before.map { Self.isAlike($0, socket) } ?? false)
      guard isNew || isLastProbe || countsDown && socket.timer == .keepalive else { continue }
      changes.append(socket)
      told[ends] = socket
    }
    gone = told.keys.filter { latest[$0] == nil }
    for ends in gone { told[ends] = nil }
    seen = latest
    return changes
  }

  private static func isAlike(_ one: SocketState, _ other: SocketState) -> Bool {
    one.state == other.state && one.timer == other.timer
  }
}
