import CLinux
import Glibc

/// The process that may look into other programs (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH), and does nothing else.
///
/// It is started before this process gives up its own privileges. It tells whose sockets are, and reads their options from copies
/// of their descriptors, one at a time; docs/SECURITY.md says what it is kept to.
public final class SettingsHelper {
  /// Why the helper does not answer.
  public enum Failure: Error {
    /// It could not be started: the error's number.
    case cannotStart(Int32)
    /// It has ended.
    case hasEnded
    /// It was stopped by a signal that a process sent, and has been ended.
    case wasStopped
    /// It has said nothing for long.
    case isSilent
  }

  /// How long the helper may say nothing, in milliseconds: to look through the descriptors of all processes takes less.
  private static let patience: Int32 = 20_000

  /// The helper's guard, a child of this process.
  private let guardian: pid_t
  private let channel: Int32
  private var isWaitedFor = false
  /// For how long a copy was held at most so far, in seconds.
  public private(set) var longestHeld = 0.0
  /// Whether it was started by root, or with the capabilities for it, so that it may look into every process that it sees.
  public let seesAllProcesses = geteuid() == 0 || linux_permitted_capabilities(UInt64(LINUX_LOOKING)) == LINUX_LOOKING
  /// How many copies were made so far.
  public private(set) var copies = 0

  /// Starts the helper, while this process has one thread.
  ///
  /// - Throws: `Failure` where it cannot be started.
  public init() throws(Failure) {
    var end: Int32 = -1
    // The function writes the descriptor.
    guardian = unsafe linux_start_helper(runHelper, &end)
    channel = end
    guard guardian > 0 else { throw .cannotStart(errno) }
  }

  deinit {
    guard guardian > 0 else { return }
    close(channel)
    if !isWaitedFor { _ = wait() }
  }

  /// Whose descriptors some sockets are.
  ///
  /// - Parameter inodes: the sockets.
  /// - Returns: the owners of each, in the order of their processes' numbers, and how many processes could not be looked into.
  /// - Throws: `Failure`.
  public func owners(of inodes: [UInt64]) throws(Failure) -> (owners: [UInt64: [SocketOwner]], closedProcesses: Int) {
    try ask(.owners, inodes.count) { octets in for inode in inodes { octets.append(native: inode) } }
    var owners: [UInt64: [SocketOwner]] = [:]
    while true {
      let octets = try read(OwnerAnswer.length)
      let answer = OwnerAnswer(octets.span, at: 0)
      let found = answer.descriptor
      if found.process == 0 { return (owners, Int(found.descriptor)) }
      let name = String(decoding: answer.name, as: UTF8.self)
      owners[found.inode, default: []]
        .append(SocketOwner(process: found.process, descriptor: found.descriptor, name: name))
    }
  }

  /// Reads the options of some sockets.
  ///
  /// - Parameter sockets: inodes, and a descriptor of each; those of one process side by side.
  /// - Returns: what was read of each, in their order.
  /// - Throws: `Failure`.
  public func settings(of sockets: [(inode: UInt64, owner: SocketOwner)]) throws(Failure) -> [SettingsReading] {
    try ask(.settings, sockets.count) { octets in
      for socket in sockets {
        SocketDescriptor(
          process: socket.owner.process, descriptor: socket.owner.descriptor, inode: socket.inode
        ).append(to: &octets)
      }
    }
    var readings: [SettingsReading] = []
    readings.reserveCapacity(sockets.count)
    for _ in sockets {
      let octets = try read(SettingsAnswer.length)
      readings.append(reading(SettingsAnswer(octets.span, at: 0)))
    }
    return readings
  }

  private func reading(_ answer: SettingsAnswer) -> SettingsReading {
    switch answer.error {
    case 0:
      copies += 1
      longestHeld = max(longestHeld, Double(answer.held) / 1e9)
      return .read(
        SocketSettings(
          keepalive: answer.keepalive != 0, idle: Double(answer.idle), interval: Double(answer.interval),
          count: Int(answer.count),
          userTimeout: answer.userTimeout == 0 ? nil : Double(UInt32(bitPattern: answer.userTimeout)) / 1000))
    case ESRCH, EBADF, ESTALE, ENOENT: return .isGone
    default: return .isRefused(KernelRefusal(code: answer.error))
    }
  }

  // MARK: - The channel

  private func ask(
    _ question: HelperMessages.Question, _ count: Int, items: (inout [UInt8]) -> Void
  ) throws(Failure) {
    let octets = HelperMessages.question(question, count: count, items: items)
    var done = 0
    while done < octets.count {
      // The kernel reads from the array's storage, at most what is left of it.
      let more = unsafe octets.withUnsafeBytes {
        unsafe send(channel, $0.baseAddress?.advanced(by: done), octets.count - done, Int32(MSG_NOSIGNAL))
      }
      if more < 0, errno == EINTR { continue }
      guard more > 0 else { throw ended() }
      done += more
    }
  }

  /// Octets that came and were not taken yet.
  private var received: [UInt8] = []
  private var next = 0

  private func read(_ count: Int) throws(Failure) -> [UInt8] {
    while received.count - next < count { try receive() }
    defer { next += count }
    return Array(received[next..<next + count])
  }

  private func receive() throws(Failure) {
    try awaitAnswer()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    // The kernel writes into the array's storage, at most its length.
    let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(channel, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { return }
    guard count > 0 else { throw ended() }
    received.removeSubrange(..<next)
    next = 0
    received += piece[..<count]
  }

  private func awaitAnswer() throws(Failure) {
    var polled = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
    // The kernel writes the events into the structure.
    let count = unsafe poll(&polled, 1, Self.patience)
    guard count == 0 else { return }
    // It is not waited for; the end of the channel is its end, as soon as it goes on.
    isWaitedFor = true
    throw .isSilent
  }

  /// Why the channel has ended.
  private func ended() -> Failure { wait() == LINUX_HELPER_WAS_STOPPED ? .wasStopped : .hasEnded }

  /// Waits for the guard's end.
  ///
  /// - Returns: its status; -1 where a signal ended it.
  private func wait() -> Int32 {
    isWaitedFor = true
    var status: Int32 = 0
    while unsafe waitpid(guardian, &status, 0) < 0, errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : -1
  }
}

/// A free function, as C calls it.
private func runHelper() { HelperService.run() }
