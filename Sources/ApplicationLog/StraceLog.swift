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
  public static let tracedCalls = [
    "execve", "clone", "clone3", "fork", "vfork", "connect", "accept", "accept4", "send", "sendto", "sendmsg", "recv",
    "recvfrom", "recvmsg", "read", "write", "readv", "writev", "poll", "ppoll", "select", "pselect6", "close",
    "shutdown",
    "setsockopt",
  ].map { "?" + $0 }.joined(separator: ",")

  /// System calls by the names that programs know.
  private static let names = [
    "sendto": "send", "recvfrom": "recv", "accept4": "accept", "ppoll": "poll", "pselect6": "select",
  ]
  private static let keepaliveOptions: Set<Substring> = [
    "SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT",
  ]
  private static let ownCalls: Set<String> = [
    "connect", "accept", "send", "sendmsg", "recv", "recvmsg", "read", "write", "readv", "writev", "poll", "select",
    "close", "shutdown", "setsockopt",
  ]

  /// Lines that were cut by another thread's, by thread: the beginning, and its time.
  private var unfinished: [Int: (text: String, time: Int64)] = [:]
  private var programs: [Int: String] = [:]
  private var latestProgram = "program"
  /// Threads that had a TCP socket: their ends and signals are of interest.
  private var users: Set<Int> = []

  /// A log of which nothing has been read.
  public init() {}

  /// The calls that a line tells of: none where it is of no interest, several where poll() waited for several sockets.
  ///
  /// - Throws: `Problem` where it is none of strace's lines.
  public mutating func calls(of line: String) throws(Problem) -> [ApplicationCall] {
    guard !line.isEmpty, !line.hasPrefix("strace: ") else { return [] }
    var rest = line[...]
    let thread = Self.takeThread(&rest)
    guard let time = Self.takeTime(&rest) else {
      throw Problem(reason: "no line of strace -f -ttt -T -yy: the time is missing")
    }
    if rest.hasPrefix("+++ ") || rest.hasPrefix("--- ") { return event(rest, thread, time) }
    if rest.hasSuffix("<unfinished ...>") {
      unfinished[thread] = (String(rest.dropLast("<unfinished ...>".count)), time)
      return []
    }
    if rest.hasPrefix("<... ") {
      guard let begun = unfinished.removeValue(forKey: thread), let end = rest.firstRange(of: " resumed>") else {
        return []
      }
      return call(begun.text + rest[end.upperBound...], thread, began: begun.time)
    }
    guard rest.contains("(") else { throw Problem(reason: "no call, and nothing else that strace writes") }
    return call(String(rest), thread, began: time)
  }

  // MARK: The parts of a line

  /// "4711 ", or "[pid  4711] "; 0 where strace ran without -f.
  private static func takeThread(_ rest: inout Substring) -> Int {
    var text = rest
    if text.hasPrefix("[pid ") {
      guard let end = text.firstIndex(of: "]") else { return 0 }
      let number = Int(text[text.index(text.startIndex, offsetBy: 5)..<end].drop { $0 == " " }) ?? 0
      rest = text[text.index(after: end)...].drop { $0 == " " }
      return number
    }
    let digits = text.prefix { $0.isNumber }
    text = text.dropFirst(digits.count)
    guard let number = Int(digits), text.first == " " else { return 0 }
    rest = text.drop { $0 == " " }
    return number
  }

  /// "1795527812.330097 ", in nanoseconds.
  private static func takeTime(_ rest: inout Substring) -> Int64? {
    let word = rest.prefix { $0 != " " }
    guard let time = nanoseconds(word), time > 1_000_000_000_000_000 else { return nil }
    rest = rest.dropFirst(word.count).drop { $0 == " " }
    return time
  }

  /// A number of seconds with up to nine decimals.
  private static func nanoseconds(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, parts[1].count <= 9, let seconds = Int64(parts[0]), seconds >= 0,
      seconds < PacketTime.limit / 1_000_000_000,
      let fraction = Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].count)), fraction >= 0
    else { return nil }
    return seconds * 1_000_000_000 + fraction
  }

  // MARK: Calls

  private mutating func call(_ text: String, _ thread: Int, began: Int64) -> [ApplicationCall] {
    guard let open = text.firstIndex(of: "(") else { return [] }
    let system = String(text[..<open])
    guard let (arguments, result, error, duration) = Self.parts(text[text.index(after: open)...]) else { return [] }
    switch system {
    case "execve":
      if result == 0 { nameProgram(thread, arguments) }
      return []
    case "clone", "clone3", "fork", "vfork":
      if let result, result > 0 { programs[result] = programs[thread] ?? latestProgram }
      return []
    default: break
    }
    let name = Self.names[system] ?? system
    guard Self.ownCalls.contains(name) else { return [] }
    let sockets = Self.sockets(name == "accept" ? arguments + (Self.acceptedSocket(text) ?? "") : arguments)
    guard !sockets.isEmpty else { return [] }
    if name == "setsockopt", !Self.keepaliveOptions.contains(where: { arguments.contains($0) }) { return [] }
    users.insert(thread)
    let (local, remote) = Self.ends(name, sockets, arguments)
    let base = ApplicationCall(
      time: PacketTime.before(began, by: -(duration ?? 0)), began: began, process: processName(thread), call: name,
      text: Self.text(name, arguments), result: result, error: error, local: local, remote: remote)
    guard name == "poll" || name == "select" else { return [base] }
    return sockets.filter { $0.remote != nil }.map { socket in
      var call = base
      call.local = socket.local
      call.remote = socket.remote
      return call
    }
  }

  private mutating func nameProgram(_ thread: Int, _ arguments: String) {
    let path = arguments.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first ?? ""
    latestProgram = path.split(separator: "/").last.map(String.init) ?? "program"
    programs[thread] = latestProgram
  }

  private func processName(_ thread: Int) -> String {
    let name = programs[thread] ?? latestProgram
    return thread == 0 ? name : "\(name)[\(thread)]"
  }

  /// Characters in which a result and an error's name stand, with the ends of an accepted connection's socket.
  private static let longestResult = 200

  /// The arguments, the result, the error's name and how long it took, of "ARGUMENTS) = -1 EPIPE (Broken pipe) <0.000012>".
  private static func parts(
    _ text: Substring
  ) -> (arguments: String, result: Int?, error: String?, duration: Int64?)? {
    var rest = text
    var duration: Int64?
    if rest.last == ">", let open = rest.lastIndex(of: "<") {
      duration = nanoseconds(rest[rest.index(after: open)...].dropLast())
      rest = rest[..<open]
    }
    // The result stands after the last "= " that follows the closing parenthesis: strings may hold anything.
    var search = rest
    while let equals = search.lastIndex(of: "=") {
      let before = rest[..<equals]
      let arguments = before.lastIndex { $0 != " " }
      // "4<TCP:[…]>" and an error's name: no more of the line is looked at for each "=".
      let words = rest[rest.index(after: equals)...].prefix(Self.longestResult).split(separator: " ", maxSplits: 2)
      if let arguments, before[arguments] == ")", let word = words.first,
        let result = Int(word.prefix { $0 != "<" }) ?? (word == "?" ? Int?.none : nil)
      {
        let error = result == -1 && words.count > 1 && words[1].hasPrefix("E") ? String(words[1]) : nil
        return (String(before[..<arguments]), result, error, duration)
      }
      search = rest[..<equals]
    }
    return nil
  }

  // MARK: Sockets

  private struct Socket {
    var local: String?
    var remote: String?
  }

  /// The TCP sockets that -yy names among arguments: "3<TCP:[127.0.0.1:36828->127.0.0.1:12345]>".
  private static func sockets(_ arguments: String) -> [Socket] {
    var found: [Socket] = []
    var rest = arguments[...]
    while let start = rest.firstRange(of: "<TCP") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "]>") else { break }
      let inside = rest[..<end.lowerBound]
      rest = rest[end.upperBound...]
      guard let open = inside.firstIndex(of: "[") else { continue }
      let ends = inside[inside.index(after: open)...]
      if let arrow = ends.firstRange(of: "->") {
        found.append(Socket(local: String(ends[..<arrow.lowerBound]), remote: String(ends[arrow.upperBound...])))
      } else {
        // A socket that is not connected: its own end, or the number of its inode.
        found.append(Socket(local: ends.contains(":") ? String(ends) : nil, remote: nil))
      }
    }
    return found
  }

  /// accept() returns the connection's socket: " = 4<TCP:[…]>".
  private static func acceptedSocket(_ text: String) -> String? {
    guard let result = text.firstRange(of: ") = ") else { return nil }
    return String(text[result.upperBound...])
  }

  private static func ends(_ name: String, _ sockets: [Socket], _ arguments: String) -> (String?, String?) {
    switch name {
    case "connect": return (sockets[0].remote == nil ? nil : sockets[0].local, address(arguments) ?? sockets[0].remote)
    case "accept": return (sockets.last?.local, sockets.last?.remote)
    default: return (sockets[0].local, sockets[0].remote)
    }
  }

  /// The address of connect()'s argument: "{sa_family=AF_INET, sin_port=htons(12345), sin_addr=inet_addr("127.0.0.1")}".
  private static func address(_ arguments: String) -> String? {
    guard let port = arguments.firstRange(of: "htons(") else { return nil }
    let number = arguments[port.upperBound...].prefix { $0.isNumber }
    let isIPv6 = arguments.contains("AF_INET6")
    guard let start = arguments.firstRange(of: isIPv6 ? "inet_pton(AF_INET6, \"" : "inet_addr(\"") else { return nil }
    let host = arguments[start.upperBound...].prefix { $0 != "\"" }
    return isIPv6 ? "[\(host)]:\(number)" : "\(host):\(number)"
  }

  /// What was sent or received, or the option that was set.
  private static func text(_ name: String, _ arguments: String) -> String? {
    switch name {
    case "send", "recv", "read", "write":
      guard let open = arguments.firstIndex(of: "\"") else { return nil }
      var text = ""
      var isEscaped = false
      for character in arguments[arguments.index(after: open)...] {
        if character == "\"", !isEscaped { break }
        isEscaped = character == "\\" && !isEscaped
        text.append(character)
      }
      return text
    case "setsockopt":
      let words = arguments.split(separator: ",").map { $0.drop { $0 == " " } }
      guard words.count > 3 else { return nil }
      let value = words[3].filter { $0 != "[" && $0 != "]" }
      return words[2] == "SO_KEEPALIVE" && value == "1" ? "SO_KEEPALIVE" : "\(words[2]) \(value)"
    case "shutdown":
      return arguments.firstRange(of: "SHUT_").map { String(arguments[$0.lowerBound...]) }
    default:
      return nil
    }
  }

  /// "--- SIGINT {…} ---", "+++ exited with 0 +++", "+++ killed by SIGKILL +++".
  private mutating func event(_ rest: Substring, _ thread: Int, _ time: Int64) -> [ApplicationCall] {
    guard users.contains(thread) else { return [] }
    let words = rest.split(separator: " ")
    guard words.count > 1 else { return [] }
    let isSignal = words[0] == "---"
    if isSignal, ["SIGCHLD", "SIGURG", "SIGWINCH", "SIGCONT", "SIGPIPE"].contains(words[1]) { return [] }
    let (name, text): (String, Substring?) =
      isSignal
      ? ("signal", words[1])
      : words[1] == "killed" ? ("killed", words.dropFirst(3).first) : ("exit", words.dropFirst(3).first)
    return [ApplicationCall(time: time, process: processName(thread), call: name, text: text.map(String.init))]
  }
}

extension StringProtocol {
  /// Where `text` stands first.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
      formIndex(after: &index)
    }
    return nil
  }
}
