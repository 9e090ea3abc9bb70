import ApplicationLog
import Findings
import KernelView
import PacketWire
import SystemCalls

/// The sockets of a watched program and of the processes that it has started: whose they are, and their options.
///
/// The kernel's table tells which sockets there are; the helper process whose they are, and what is set on them.
struct OwnSockets {
  /// The shortest time between two questions to the helper, in nanoseconds: it looks through the descriptors of all processes.
  private static let interval: Int64 = 200_000_000
  /// Questions take at most one part in so many of the time.
  private static let share: Int64 = 20
  /// The options of a socket are read again so long after they were first, as programs set them when they are connected.
  private static let secondReading: Int64 = 700_000_000

  private struct Known {
    let owner: SocketOwner?
    var settings: SocketSettings?
    var readAt: Int64
    var readings = 1
  }

  private let helper: SettingsHelper?
  private var processes: ProcessTree
  private var known: [UInt64: Known] = [:]
  private var nextQuestion: Int64 = 0
  /// Ends of which a call has changed the options since.
  private var changed: Set<SocketAddress> = []

  /// The sockets of `process` and its children.
  init(of process: Int32, _ helper: SettingsHelper?) {
    self.helper = helper
    processes = ProcessTree(process)
  }

  /// A thread of the program has made a call.
  mutating func noteCall(ofThread number: Int32) {
    // What seemed to be another program's may be its own.
    if processes.add(number) { known = known.filter { $0.value.owner != nil } }
  }

  /// The program has set an option on the socket with this end.
  mutating func noteChange(of local: SocketAddress) { changed.insert(local) }

  /// What is new of the program's sockets in the table.
  mutating func news(_ table: [SocketState]) -> [OwnedSocket] {
    let now = currentTime()
    guard let helper, now >= nextQuestion else { return [] }
    let fresh = table.filter { $0.inode != 0 && known[$0.inode] == nil }
    let again = table.filter { isToBeReadAgain($0, at: now) }
    guard !fresh.isEmpty || !again.isEmpty else { return [] }
    processes.look()
    var news: [OwnedSocket] = []
    do throws(SettingsHelper.Failure) {
      if !fresh.isEmpty { try findOwners(of: fresh, helper) }
      news = try read((fresh + again).filter { known[$0.inode]?.owner != nil }, helper, table, at: now)
    } catch {
      // What was not read is not told.
    }
    let living = Set(table.map(\.inode))
    known = known.filter { living.contains($0.key) }
    changed = []
    nextQuestion = currentTime() + max(Self.interval, Self.share * (currentTime() - now))
    return news
  }

  private func isToBeReadAgain(_ socket: SocketState, at now: Int64) -> Bool {
    guard let known = known[socket.inode], known.owner != nil else { return false }
    return changed.contains(socket.local) || known.readings == 1 && now - known.readAt > Self.secondReading
  }

  private mutating func findOwners(
    of sockets: [SocketState], _ helper: SettingsHelper
  ) throws(SettingsHelper.Failure) {
    let owners = try helper.owners(of: sockets.map(\.inode)).owners
    for socket in sockets {
      let own = owners[socket.inode]?.first { processes.contains($0.process) }
      known[socket.inode] = Known(owner: own, readAt: currentTime(), readings: 0)
    }
  }

  private mutating func read(
    _ sockets: [SocketState], _ helper: SettingsHelper, _ table: [SocketState], at now: Int64
  ) throws(SettingsHelper.Failure) -> [OwnedSocket] {
    let owned = sockets.compactMap { socket in known[socket.inode]?.owner.map { (socket, $0) } }
    let readings = try helper.settings(of: owned.map { ($0.0.inode, $0.1) })
    var news: [OwnedSocket] = []
    for ((socket, owner), reading) in zip(owned, readings) {
      let settings: SocketSettings? = if case .read(let read) = reading { read } else { nil }
      let isNews = known[socket.inode]?.readings == 0 || settings != nil && settings != known[socket.inode]?.settings
      if let settings { known[socket.inode]?.settings = settings }
      known[socket.inode]?.readAt = now
      known[socket.inode]?.readings += 1
      guard isNews else { continue }
      news.append(
        OwnedSocket(
          socket, owner: owner, settings: settings,
          proxy: try proxy(of: socket, helper, table)))
    }
    return news
  }

  /// The process that a rule of the packet filter has sent a connection to: it has a socket whose remote end is this one's own, and
  /// whose own end is another than was asked for.
  private func proxy(
    of socket: SocketState, _ helper: SettingsHelper, _ table: [SocketState]
  ) throws(SettingsHelper.Failure) -> SocketOwner? {
    guard !table.contains(where: { $0.ends == socket.ends.reversed }),
      let peer = table.first(where: { $0.remote == socket.local && $0.local != socket.remote && $0.inode != 0 })
    else { return nil }
    return try helper.owners(of: [peer.inode]).owners[peer.inode]?.first
  }
}
