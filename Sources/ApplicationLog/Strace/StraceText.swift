import PacketWire

/// The parts of a line that strace(1) writes with `-f -ttt -T -yy`: "4711 1795527812.33 sendto(3<…>, …) = 5 <0.000034>".
enum StraceText {
  /// "4711 ", or "[pid  4711] "; 0 where strace ran without -f.
  static func takeThread(_ rest: inout Substring) -> Int {
    var text = rest
    if text.hasPrefix("[pid ") {
      guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return 0 }
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
  static func takeTime(_ rest: inout Substring) -> Int64? {
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

  /// Characters in which a result and an error's name stand, with the ends of an accepted connection's socket.
  private static let longestResult = 200

  /// The arguments, the result, the error's name and how long it took, of "ARGUMENTS) = -1 EPIPE (Broken pipe) <0.000012>".
  static func parts(_ text: Substring) -> (arguments: String, result: Int?, error: String?, duration: Int64?)? {
    var rest = text
    var duration: Int64?
    if rest.utf8.last == UInt8(ascii: ">"), let open = rest.utf8.lastIndex(of: UInt8(ascii: "<")) {
      duration = nanoseconds(rest[rest.index(after: open)...].dropLast())
      rest = rest[..<open]
    }
    // The result stands after the last "= " that follows the closing parenthesis: strings may hold anything.
    var search = rest
    while let equals = search.utf8.lastIndex(of: UInt8(ascii: "=")) {
      let before = rest[..<equals]
      let arguments = before.utf8.lastIndex { $0 != UInt8(ascii: " ") }
      // "4<TCP:[…]>" and an error's name: no more of the line is looked at for each "=".
      let words = rest[rest.index(after: equals)...].prefix(Self.longestResult).split(separator: " ", maxSplits: 2)
      if let arguments, before.utf8[arguments] == UInt8(ascii: ")"), let word = words.first,
        let result = Int(word.prefix { $0 != "<" }) ?? (word == "?" ? Int?.none : nil)
      {
        let error = result == -1 && words.count > 1 && words[1].hasPrefix("E") ? String(words[1]) : nil
        return (String(before[..<arguments]), result, error, duration)
      }
      search = rest[..<equals]
    }
    return nil
  }

  /// What was sent or received, or the option that was set.
  static func text(_ name: String, _ arguments: String) -> String? {
    switch name {
    case "send", "recv", "read", "write":
      guard let open = arguments.utf8.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
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
}

extension StringProtocol {
  /// Where `text` stands first: octets are compared, as what strace writes is ASCII.
  func firstRange(of text: String) -> Range<Index>? {
    guard let first = text.utf8.first else { return nil }
    var rest = utf8[...]
    while let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: text.utf8) { return start..<rest.index(start, offsetBy: text.utf8.count) }
      rest = rest.dropFirst()
    }
    return nil
  }
}
