import CLinux
import Glibc

/// The helper's side: it answers questions until its channel ends.
///
/// All that it reads is /proc and the questions; what it copies of other programs, it copies in C (SocketCopies.c).
enum HelperService {
  static func run() {
    var channel = Channel(descriptor: LINUX_HELPER_CHANNEL)
    while let head = channel.read(HelperMessages.headLength) {
      let count = Int(head.span.native32(at: 4))
      guard let question = HelperMessages.Question(rawValue: head.span.native32(at: 0)),
        count <= HelperMessages.mostItems
      else { return }
      switch question {
      case .owners:
        guard let items = channel.read(count * HelperMessages.inodeLength) else { return }
        answerOwners(items.span, count, &channel)
      case .settings:
        guard let items = channel.read(count * SocketDescriptor.length) else { return }
        answerSettings(items.span, count, &channel)
      }
      channel.flush()
    }
  }

  // MARK: - Whose they are

  private static func answerOwners(_ items: Span<UInt8>, _ count: Int, _ channel: inout Channel) {
    var wanted: Set<UInt64> = []
    for index in 0..<count { wanted.insert(items.native64(at: index * HelperMessages.inodeLength)) }
    var closed: Int32 = 0
    for process in ProcFolder.processes() {
      var name: [UInt8]?
      var hidesDescriptors = false
      let error = ProcFolder.forEachEntry(of: "/proc/\(process)/fd") { folder, entry in
        guard let descriptor = Int32(entry) else { return }
        let target = ProcFolder.target(folder, entry)
        if case .hidden = target { hidesDescriptors = true }
        guard case .socket(let inode) = target, wanted.contains(inode) else { return }
        if name == nil { name = processName(process) }
        let found = SocketDescriptor(process: process, descriptor: descriptor, inode: inode)
        channel.send { OwnerAnswer(descriptor: found, name: name ?? []).append(to: &$0) }
      }
      if error == EACCES || error == EPERM || hidesDescriptors { closed += 1 }
    }
    let end = SocketDescriptor(process: 0, descriptor: closed, inode: 0)
    channel.send { OwnerAnswer(descriptor: end, name: []).append(to: &$0) }
  }

  private static func processName(_ process: Int32) -> [UInt8] {
    let text = ProcFile.octets("/proc/\(process)/comm") ?? []
    return Array(text.prefix { $0 != UInt8(ascii: "\n") })
  }

  // MARK: - What their options are

  private static func answerSettings(_ items: Span<UInt8>, _ count: Int, _ channel: inout Channel) {
    // Questions go by process, so one stays open for all its sockets.
    var process: Int32 = 0
    var handle: Int32 = -1
    var refusal: Int32 = 0
    for index in 0..<count {
      let item = SocketDescriptor(items, at: index * SocketDescriptor.length)
      if item.process != process {
        if handle >= 0 { close(handle) }
        process = item.process
        handle = linux_open_process(process)
        refusal = handle < 0 ? errno : 0
      }
      let answer = handle < 0 ? SettingsAnswer(error: refusal) : settings(item, handle)
      channel.send { answer.append(to: &$0) }
    }
    if handle >= 0 { close(handle) }
  }

  private static func settings(_ item: SocketDescriptor, _ process: Int32) -> SettingsAnswer {
    var found = linux_socket_settings()
    // The function writes into the structure.
    guard unsafe linux_copy_settings(process, item.process, item.descriptor, item.inode, &found) == 0 else {
      return SettingsAnswer(error: errno)
    }
    return SettingsAnswer(
      keepalive: found.keepalive, idle: found.idle, interval: found.interval, count: found.count,
      userTimeout: found.user_timeout, held: found.held)
  }
}

/// The helper's end of the channel.
private struct Channel {
  private static let largestPending = 1 << 16

  let descriptor: Int32
  private var pending: [UInt8] = []

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// So many octets; `nil` at the channel's end.
  mutating func read(_ count: Int) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      // The kernel writes into the array's storage, at most what is left of it.
      let more = unsafe octets.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: done), count - done)
      }
      guard more > 0 else { return nil }
      done += more
    }
    return octets
  }

  /// Adds octets to what is sent in large pieces.
  mutating func send(_ add: (inout [UInt8]) -> Void) {
    add(&pending)
    if pending.count >= Self.largestPending { flush() }
  }

  /// Sends what was added; where nobody takes it any more, the helper ends.
  mutating func flush() {
    var done = 0
    while done < pending.count {
      // The kernel reads from the array's storage, at most what is left of it.
      let more = unsafe pending.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress?.advanced(by: done), pending.count - done)
      }
      guard more > 0 else { exit(0) }
      done += more
    }
    pending.removeAll(keepingCapacity: true)
  }
}
