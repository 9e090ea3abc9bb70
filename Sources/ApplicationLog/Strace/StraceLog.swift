import PacketWire

/// Reads what strace(1) writes with `-f -ttt -T -yy`, and keeps the calls on TCP sockets.
///
/// Programs are named as they were started (execve), with the number of the thread: "python3[4711]". What stands in
/// quotes or names of files is taken as strace wrote it: escaped, in ASCII.
public struct StraceLog: Sendable {
  /// Why a line is no call.
  public struct Problem: Error, Sendable {
    /// What is wrong, as a sentence without its end.
    public let reason: String
  }

  /// The calls that are to be traced, for strace's `-e trace=`; with "?" those that an architecture lacks are no error.
  public static let tracedCalls =
    ([
      "execve", "clone", "clone3", "fork", "vfork", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
      "getsockopt", "io_uring_setup", "bind", "listen", "accept4", "sendto", "recvfrom", "ppoll", "pselect6",
    ] + ownCalls).map { "?" + $0 }.joined(separator: ",")

  /// System calls by the names that programs know.
  private static let names = [
    "sendto": "send", "recvfrom": "recv", "accept4": "accept", "ppoll": "poll", "pselect6": "select",
    "epoll_pwait": "epoll_wait", "epoll_pwait2": "epoll_wait",
  ]
  private static let keepaliveOptions: Set<Substring> = [
    "SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT",
  ]
  /// Those that are told where they are made on a TCP socket.
  private static let ownCalls: Set<String> = [
    "connect", "accept", "send", "sendmsg", "recv", "recvmsg", "read", "write", "readv", "writev", "sendfile", "splice",
    "poll", "select", "close", "shutdown", "setsockopt",
  ]

  /// A call that has begun, and not returned.
  private struct Unfinished {
    var text: String
    var time: Int64
    var isTold = false
  }

  /// A descriptor of a process.
  private struct DescriptorKey: Hashable {
    let process: Int
    let descriptor: Int
  }

  /// Lines that were cut by another thread's, by thread.
  private var unfinished: [Int: Unfinished] = [:]
  private var programs: [Int: String] = [:]
  /// What a thread is called whose program was started before the log began.
  public var latestProgram = "program"
  /// The processes of threads that are not their first.
  private var processes: [Int: Int] = [:]
  /// Threads that had a TCP socket: their ends and signals are of interest.
  private var users: Set<Int> = []
  /// Sockets that had no ends yet when their descriptors were last named.
  private var inodes: [DescriptorKey: String] = [:]
  private var queues = StraceQueues()
  private var unixPaths: Set<String> = []
  private static let mostUnixPaths = 16
  /// The call that was told as waiting though its line has no end yet.
  private var toldWaiting: (thread: Int, time: Int64)?

  /// A log of which nothing has been read.
  public init() {}

  /// The calls that a line tells of: none where it is of no interest, several where poll() waited for several sockets.
  ///
  /// - Throws: `Problem` where it is none of strace's lines.
  public mutating func calls(of line: String) throws(Problem) -> [ApplicationCall] {
    guard !line.isEmpty, !line.hasPrefix("strace: ") else { return [] }
    var rest = line[...]
    let thread = StraceText.takeThread(&rest)
    guard let time = StraceText.takeTime(&rest) else {
      throw Problem(reason: "no line of strace -f -ttt -T -yy: the time is missing")
    }
    if rest.hasPrefix("+++ ") || rest.hasPrefix("--- ") { return event(rest, thread, time) }
    if rest.hasSuffix("<unfinished ...>") {
      let isTold = toldWaiting.map { $0 == (thread, time) } ?? false
      unfinished[thread] = Unfinished(
        text: String(rest.dropLast("<unfinished ...>".count)), time: time, isTold: isTold)
      return []
    }
    if rest.hasSuffix("<detached ...>") {
      unfinished[thread] = nil
      return [ApplicationCall(time: time, process: processName(thread), call: "detached")]
    }
    if rest.hasPrefix("<... ") {
      guard let begun = unfinished.removeValue(forKey: thread), let end = rest.firstRange(of: " resumed>") else {
        return []
      }
      return call(begun.text + rest[end.upperBound...], thread, began: begun.time)
    }
    guard rest.utf8.contains(UInt8(ascii: "(")) else {
      throw Problem(reason: "no call, and nothing else that strace writes")
    }
    return call(String(rest), thread, began: time)
  }

  // MARK: Calls that wait

  /// Calls that began before `time` and have not returned, each told once.
  ///
  /// - Parameters:
  ///   - time: nanoseconds since the epoch.
  ///   - partial: the latest line, as far as it is written: of a call that blocks strace has written the beginning.
  /// - Returns: each without a result, on the sockets that it is made on.
  public mutating func waitingCalls(since time: Int64, partial: String) -> [ApplicationCall] {
    var calls: [ApplicationCall] = []
    for thread in unfinished.keys.sorted() {
      guard let begun = unfinished[thread], begun.time < time, !begun.isTold else { continue }
      unfinished[thread]?.isTold = true
      calls += waiting(begun.text, thread, began: begun.time)
    }
    var rest = partial[...]
    let thread = StraceText.takeThread(&rest)
    guard let began = StraceText.takeTime(&rest), began < time, toldWaiting.map({ $0 != (thread, began) }) ?? true
    else { return calls }
    toldWaiting = (thread, began)
    return calls + waiting(String(rest), thread, began: began)
  }

  private func waiting(_ text: String, _ thread: Int, began: Int64) -> [ApplicationCall] {
    guard let open = text.utf8.firstIndex(of: UInt8(ascii: "(")) else { return [] }
    let system = String(text[..<open])
    let name = Self.names[system] ?? system
    let arguments = String(text[text.index(after: open)...])
    let base = ApplicationCall(time: began, process: processName(thread), call: name)
    if name == "epoll_wait" {
      let sockets = queues.all(arguments, process: process(thread))
      return sockets.prefix(StraceQueues.mostTold).map { ends in
        var call = base.on(ends.local, ends.remote)
        call.text = sockets.count == 1 ? "1 socket" : "\(sockets.count) sockets"
        return call
      }
    }
    guard Self.ownCalls.contains(name) else { return [] }
    return StraceSocket.all(in: arguments).filter { $0.remote != nil }.map { base.on($0.local, $0.remote) }
  }

  // MARK: Calls

  private mutating func call(_ text: String, _ thread: Int, began: Int64) -> [ApplicationCall] {
    guard let open = text.utf8.firstIndex(of: UInt8(ascii: "(")) else { return [] }
    let system = String(text[..<open])
    guard let (arguments, result, error, duration) = StraceText.parts(text[text.index(after: open)...]) else {
      return []
    }
    let name = Self.names[system] ?? system
    let base = ApplicationCall(
      time: PacketTime.before(began, by: -(duration ?? 0)), began: began, process: processName(thread), call: name,
      result: result, error: error)
    switch name {
    case "execve":
      if result == 0 { nameProgram(thread, arguments) }
      return []
    case "clone", "clone3", "fork", "vfork":
      if let result, result > 0 { noteChild(result, of: thread, arguments) }
      return []
    case "epoll_ctl":
      if result == 0 { queues.register(arguments, process: process(thread)) }
      return []
    case "epoll_wait": return ready(base, arguments, thread)
    case "io_uring_setup": return error == nil && result != nil ? [base] : []
    case "connect":
      if error == nil, let path = StraceSocket.unixPath(arguments) { return unixConnect(base, path) }
    default: break
    }
    return onSockets(base, arguments, text, thread)
  }

  /// A call that names its sockets.
  private mutating func onSockets(
    _ base: ApplicationCall, _ arguments: String, _ text: String, _ thread: Int
  ) -> [ApplicationCall] {
    let name = base.call
    let isNaming = ["bind", "listen"].contains(name)
    guard isNaming || name == "getsockopt" || Self.ownCalls.contains(name) else { return [] }
    let sockets = StraceSocket.all(in: name == "accept" ? arguments + (StraceSocket.accepted(text) ?? "") : arguments)
    guard !sockets.isEmpty else { return [] }
    if name == "setsockopt", !Self.keepaliveOptions.contains(where: { arguments.contains($0) }) { return [] }
    var call = base
    (call.local, call.remote) = StraceSocket.ends(name, sockets, arguments)
    call.text = StraceText.text(name, arguments)
    call.socket = name == "accept" ? nil : inode(of: sockets[0], name, thread)
    if name == "close", let local = call.local, let remote = call.remote {
      queues.remove(local, remote, process: process(thread))
    }
    // These tell which socket became which end.
    if isNaming { return call.socket != nil && call.local != nil ? [call] : [] }
    if name == "getsockopt" { return pendingError(call, arguments) }
    users.insert(thread)
    guard name == "poll" || name == "select" else { return [call] }
    return sockets.filter { $0.remote != nil }.map { call.on($0.local, $0.remote) }
  }

  /// The inode that a socket had while it had no ends, where it has none or has just got them.
  private mutating func inode(of socket: StraceSocket, _ name: String, _ thread: Int) -> String? {
    guard let descriptor = socket.descriptor else { return socket.inode }
    let key = DescriptorKey(process: process(thread), descriptor: descriptor)
    if let inode = socket.inode, name != "close" {
      inodes[key] = inode
      return inode
    }
    return inodes.removeValue(forKey: key)
  }

  /// getsockopt(SO_ERROR) hands a program the error that a call would, and clears it (socket(7)).
  private mutating func pendingError(_ call: ApplicationCall, _ arguments: String) -> [ApplicationCall] {
    guard let option = arguments.firstRange(of: "SO_ERROR, [E") else { return [] }
    var call = call
    call.text = "SO_ERROR"
    call.error = "E" + arguments[option.upperBound...].prefix { $0 != "]" }
    return [call]
  }

  private mutating func unixConnect(_ call: ApplicationCall, _ path: String) -> [ApplicationCall] {
    guard unixPaths.count < Self.mostUnixPaths, unixPaths.insert(path).inserted else { return [] }
    var call = call
    call.text = "AF_UNIX \(path)"
    return [call]
  }

  /// What epoll_wait() has found: one call for each of the sockets.
  private mutating func ready(_ call: ApplicationCall, _ arguments: String, _ thread: Int) -> [ApplicationCall] {
    guard let result = call.result, result > 0 else { return [] }
    let sockets = queues.ready(arguments, process: process(thread))
    if !sockets.isEmpty { users.insert(thread) }
    return sockets.prefix(StraceQueues.mostTold).map { ready in
      var own = call.on(ready.ends.local, ready.ends.remote)
      own.text = String(ready.events)
      return own
    }
  }

  // MARK: Threads

  private mutating func nameProgram(_ thread: Int, _ arguments: String) {
    let path = arguments.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first ?? ""
    latestProgram = path.split(separator: "/").last.map(String.init) ?? "program"
    programs[thread] = latestProgram
  }

  private mutating func noteChild(_ child: Int, of thread: Int, _ arguments: String) {
    programs[child] = programs[thread] ?? latestProgram
    if arguments.firstRange(of: "CLONE_THREAD") != nil { processes[child] = process(thread) }
  }

  private func process(_ thread: Int) -> Int { processes[thread] ?? thread }

  private func processName(_ thread: Int) -> String {
    let name = programs[thread] ?? latestProgram
    return thread == 0 ? name : "\(name)[\(thread)]"
  }

  /// "--- SIGINT {…} ---", "+++ exited with 0 +++", "+++ killed by SIGKILL +++".
  private mutating func event(_ rest: Substring, _ thread: Int, _ time: Int64) -> [ApplicationCall] {
    let isSignal = rest.hasPrefix("---")
    defer { if !isSignal { forget(thread) } }
    guard users.contains(thread) else { return [] }
    let words = rest.split(separator: " ")
    guard words.count > 1 else { return [] }
    if isSignal, ["SIGCHLD", "SIGURG", "SIGWINCH", "SIGCONT", "SIGPIPE"].contains(words[1]) { return [] }
    let (name, text): (String, Substring?) =
      isSignal
      ? ("signal", words[1])
      : words[1] == "killed" ? ("killed", words.dropFirst(3).first) : ("exit", words.dropFirst(3).first)
    let end = ApplicationCall(time: time, process: processName(thread), call: name, text: text.map(String.init))
    guard !isSignal, let begun = unfinished[thread], !begun.isTold else { return [end] }
    // The call in which it ended never returned.
    return waiting(begun.text, thread, began: begun.time) + [end]
  }

  /// Forgets a thread that has ended.
  private mutating func forget(_ thread: Int) {
    unfinished[thread] = nil
    programs[thread] = nil
    processes[thread] = nil
    users.remove(thread)
    // Of a process the first thread's end is the last, as strace tells them.
    inodes = inodes.filter { $0.key.process != thread }
    queues.removeAll(of: thread)
  }
}

extension ApplicationCall {
  /// The same call, on the socket with these ends.
  fileprivate func on(_ local: String?, _ remote: String?) -> ApplicationCall {
    var call = self
    (call.local, call.remote) = (local, remote)
    return call
  }
}
