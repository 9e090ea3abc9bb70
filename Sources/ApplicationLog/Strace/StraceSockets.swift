/// A TCP socket as strace's -yy names it, or one of another sort.
struct StraceSocket {
  /// Its descriptor.
  var descriptor: Int?
  /// Its own end, where it has one.
  var local: String?
  /// Its other end, where it is connected.
  var remote: String?
  /// The number of its inode, which stands there while it has no ends.
  var inode: String?

  /// The TCP sockets named among arguments: "3<TCP:[127.0.0.1:36828->127.0.0.1:12345]>", "3<TCP:[4026]>".
  static func all(in arguments: String) -> [StraceSocket] {
    var found: [StraceSocket] = []
    var rest = arguments[...]
    while let start = rest.firstRange(of: "<TCP") {
      let descriptor = number(endingAt: start.lowerBound, in: rest)
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "]>") else { break }
      let inside = rest[..<end.lowerBound]
      rest = rest[end.upperBound...]
      guard let open = inside.utf8.firstIndex(of: UInt8(ascii: "[")) else { continue }
      let ends = inside[inside.index(after: open)...]
      var socket = StraceSocket(descriptor: descriptor)
      if let arrow = ends.firstRange(of: "->") {
        socket.local = String(ends[..<arrow.lowerBound])
        socket.remote = String(ends[arrow.upperBound...])
      } else if ends.utf8.contains(UInt8(ascii: ":")) {
        socket.local = String(ends)
      } else {
        socket.inode = String(ends)
      }
      found.append(socket)
    }
    return found
  }

  /// The digits that stand before `end`.
  private static func number(endingAt end: Substring.Index, in text: Substring) -> Int? {
    let before = text.utf8[..<end]
    let digits = before.suffix(10).reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits.reversed().reduce(nil as Int?) { ($0 ?? 0) * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// accept() returns the connection's socket: " = 4<TCP:[…]>".
  static func accepted(_ text: String) -> String? {
    guard let result = text.firstRange(of: ") = ") else { return nil }
    return String(text[result.upperBound...])
  }

  /// The two ends that a call is about.
  static func ends(_ name: String, _ sockets: [StraceSocket], _ arguments: String) -> (String?, String?) {
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
    let isIPv6 = arguments.firstRange(of: "AF_INET6") != nil
    guard let start = arguments.firstRange(of: isIPv6 ? "inet_pton(AF_INET6, \"" : "inet_addr(\"") else { return nil }
    let host = arguments[start.upperBound...].prefix { $0 != "\"" }
    return isIPv6 ? "[\(host)]:\(number)" : "\(host):\(number)"
  }

  /// The path of a UNIX socket that connect() goes to: "sun_path="/run/postgresql/.s.PGSQL.5432"", or an abstract one's "@…".
  static func unixPath(_ arguments: String) -> String? {
    guard let start = arguments.firstRange(of: "sun_path=") else { return nil }
    return String(arguments[start.upperBound...].prefix { $0 != "}" && $0 != "," }.filter { $0 != "\"" })
  }
}
