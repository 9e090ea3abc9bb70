import FoundationEssentials
import PacketWire

/// One call that a program made on a socket, as the program saw it: a line of an application log.
///
/// The log is JSON lines with these keys (docs/application-log.md). A call that blocks may have two lines: one without a
/// result when it begins, one with it when it returns.
public struct ApplicationCall: Codable, Sendable {
  /// When it returned, or began where it has not returned: nanoseconds since 1970-01-01T00:00:00Z (CLOCK_REALTIME, the
  /// clock of the packets' times).
  public var time: Int64
  /// When a call began that has returned, in the same nanoseconds; `nil` where that is not known.
  public var began: Int64?
  /// Which program: "client", "python3[4711]".
  public var process: String
  /// The call's name, as in the manual ("recv"), or what happened to the program ("deaf", "killed").
  public var call: String
  /// What was sent or received, where that is text, or the call's arguments.
  public var text: String?
  /// What the call returned; `nil` while it has not.
  public var result: Int?
  /// The name of its error: "ETIMEDOUT"; `nil` where it succeeded.
  public var error: String?
  /// The socket's own end, "127.0.0.1:36828" or "[::1]:36828"; `nil` where it is not known.
  public var local: String?
  /// The socket's other end, written alike.
  public var remote: String?
  /// The number of the socket's inode, while it has no ends and in the first call after that; `nil` where it is not told.
  public var socket: String?

  /// A call from its parts.
  public init(
    time: Int64, began: Int64? = nil, process: String, call: String, text: String? = nil, result: Int? = nil,
    error: String? = nil, local: String? = nil, remote: String? = nil, socket: String? = nil
  ) {
    self.time = time
    self.began = began
    self.process = process
    self.call = call
    self.text = text
    self.result = result
    self.error = error
    self.local = local
    self.remote = remote
    self.socket = socket
  }

  /// The call of a log's line; `nil` where the line is none.
  ///
  /// What might mislead a terminal or a reader becomes U+FFFD. A time beyond `PacketTime` is none.
  public init?(line: String) {
    guard let call = try? JSONDecoder().decode(ApplicationCall.self, from: Data(line.utf8)),
      PacketTime.contains(call.time), call.began.map(PacketTime.contains) ?? true
    else { return nil }
    self.init(
      time: call.time, began: call.began, process: call.process.printable, call: call.call.printable,
      text: call.text.map(\.printable), result: call.result, error: call.error.map(\.printable),
      local: call.local,
      remote: call.remote, socket: call.socket)
  }

  /// The line, without its end.
  public var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and integers can always be encoded.
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// The socket's own end.
  public var localEnd: SocketAddress? { local.flatMap { SocketAddress(text: $0) } }

  /// The socket's other end.
  public var remoteEnd: SocketAddress? { remote.flatMap { SocketAddress(text: $0) } }

  /// What a call does, whatever its name.
  public enum Action: Sendable {
    /// connect().
    case connect
    /// send(), write() and their kin.
    case send
    /// recv(), read() and their kin.
    case receive
    /// shutdown().
    case shutdown
    /// Another call, or what happened to the program.
    case other
  }

  /// What the call does.
  public var action: Action {
    switch call {
    case "connect": .connect
    case "send", "sendmsg", "sendto", "write", "writev", "sendfile": .send
    case "recv", "recvmsg", "recvfrom", "read", "readv": .receive
    case "shutdown": .shutdown
    default: .other
    }
  }

  /// Whether it is no call but what happened to the program: it ended, got a signal, or is traced no more.
  public var isEvent: Bool { ["exit", "killed", "signal", "detached"].contains(call) }

  /// Whether the program learns by it that the connection has ended: an error, or the end of the stream.
  public var tellsOfTheEnd: Bool {
    error.map { ["ETIMEDOUT", "ECONNRESET", "EPIPE", "ENETUNREACH", "EHOSTUNREACH", "ECONNABORTED"].contains($0) }
      ?? (action == .receive && result == 0)
  }

  private static let failuresForNow: Set<String> = ["EAGAIN", "EWOULDBLOCK", "EINTR", "EINPROGRESS", "EALREADY"]

  /// Whether it failed for now only: the program is to try again, or to wait for what it began.
  public var failsForNow: Bool {
    error.map { Self.failuresForNow.contains($0) || $0.hasPrefix("ERESTART") } ?? false
  }

  /// Whether it says that a socket was closed, opened or set, that a program ended, or that something failed for good: what is
  /// never left out of a story.
  public var isDecisive: Bool {
    if isEvent || error != nil && !failsForNow || tellsOfTheEnd { return true }
    return ["connect", "accept", "close", "shutdown", "setsockopt"].contains(call)
  }

  /// What was sent or received is shown up to so many characters.
  private static let longestText = 40

  /// "recv() = -1 ETIMEDOUT", "send(\"x\") = 1", "recv() … waiting".
  public var description: String {
    switch call {
    case "exit": return "ends with status \(text ?? "?")"
    case "killed": return "is killed by \(text ?? "a signal")"
    case "detached": return "is traced no more"
    case "signal": return "gets \(text ?? "a signal")"
    default: break
    }
    let text = self.text.map { $0.count > Self.longestText ? $0.prefix(Self.longestText) + "…" : $0 }
    if call == "epoll_wait", let result, let text { return "epoll_wait() = \(result), \(text)" }
    let argument = action == .receive ? "" : text.map { action == .send ? "\"\($0)\"" : $0 } ?? ""
    guard let result else { return "\(call)(\(argument)) … waiting" }
    if let error { return "\(call)(\(argument)) = \(result) \(error)" }
    if action == .receive, let text, result > 0 { return "\(call)() = \"\(text)\"" }
    return "\(call)(\(argument)) = \(result)"
  }
}

extension [ApplicationCall] {
  /// The calls, with the own ends of connect()s filled in from the next call of the same program on a connection to there.
  ///
  /// strace does not know a socket's own port before connect() has returned.
  public func namingConnects() -> [ApplicationCall] {
    var named = self
    /// By program and remote end: connect()s whose own end is not known yet, and how many of them got one since.
    var pending: [[String]: (calls: [Int], named: Int)] = [:]
    var known: Set<[String]> = []
    for (index, call) in enumerated() {
      guard let remote = call.remote else { continue }
      let key = [call.process, remote]
      if call.action == .connect, call.local == nil {
        pending[key, default: ([], 0)].calls.append(index)
      } else if let local = call.local, known.insert([local, remote]).inserted, let waiting = pending[key],
        waiting.named < waiting.calls.count
      {
        named[waiting.calls[waiting.named]].local = local
        pending[key]?.named += 1
      }
    }
    return named
  }
}
