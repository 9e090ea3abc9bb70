/// Wireshark's display filters (wireshark-filter(4)), which people write by habit where libpcap's language is wanted.
enum DisplayFilter {
  /// What libpcap calls Wireshark's fields of addresses and ports, with "/" where their value stands.
  private static let fields: [String: String] = [
    "tcp.port": "tcp port /", "tcp.srcport": "tcp src port /", "tcp.dstport": "tcp dst port /",
    "udp.port": "udp port /", "udp.srcport": "udp src port /", "udp.dstport": "udp dst port /",
    "ip.addr": "host /", "ip.src": "src host /", "ip.dst": "dst host /", "ip.host": "host /",
    "ipv6.addr": "host /", "ipv6.src": "src host /", "ipv6.dst": "dst host /", "ipv6.host": "host /",
  ]
  /// The protocols whose names stand alone in both languages.
  private static let protocols = [
    "tcp": "tcp", "udp": "udp", "ip": "ip", "ipv6": "ip6", "icmp": "icmp", "icmpv6": "icmp6",
  ]
  /// How fields begin that are Wireshark's, translated or not.
  private static let prefixes = [
    "tcp.", "udp.", "ip.", "ipv6.", "icmp.", "icmpv6.", "eth.", "vlan.", "frame.", "data.", "http.", "tls.", "mysql.",
    "pgsql.", "_ws.",
  ]

  /// Whether `expression`, which libpcap does not take, is one: it has one of Wireshark's fields where an operand stands.
  static func isOne(_ expression: String) -> Bool {
    let words = DisplayFilterParser.words(expression)
    return words.indices.contains { place in
      let isField = prefixes.contains { words[place].hasPrefix($0) }
      // After another word it is a host's name: "host tcp.example.org".
      return isField && (place == 0 || DisplayFilterParser.marks.contains(words[place - 1]))
    }
  }

  /// The same in libpcap's language; `nil` where `expression` uses more than the table above.
  static func translation(_ expression: String) -> String? {
    var parser = DisplayFilterParser(expression)
    return parser.whole { words in
      guard let word = words.popFirst() else { return nil }
      if let name = protocols[word] { return name }
      guard let phrase = fields[word], ["==", "eq"].contains(words.popFirst()), let value = words.popFirst(),
        isPlain(value, isPort: phrase.contains("port"))
      else { return nil }
      let primitive = phrase.replacing("/", with: value)
      // A network's address with its length (pcap-filter(7), net).
      return value.contains("/") ? primitive.replacing("host", with: "net") : primitive
    }
  }

  /// Whether a value means the same to both: a number of a port, or an address, perhaps with a network's length; no name.
  private static func isPlain(_ value: String, isPort: Bool) -> Bool {
    isPort
      ? UInt16(value) != nil
      : value.allSatisfy { $0.isHexDigit || ".:/".contains($0) } && value.contains { ".:".contains($0) }
  }
}

/// Goes through a display filter's `and`, `or`, `not` and parentheses, and writes them as libpcap reads them.
private struct DisplayFilterParser {
  /// What stands before an operand.
  static let marks: Set<String> = ["(", "!", "not", "&&", "and", "||", "or"]

  /// An expression in libpcap's language.
  private struct Part {
    var text: String
    /// Whether it has an "and" or "or" outside of parentheses: libpcap gives both the same precedence (pcap-filter(7)).
    var isJoined = false
    /// As an operand of another operator.
    var operand: String { isJoined ? "(\(text))" : text }
  }

  private var rest: ArraySlice<String>
  private var operand: (inout ArraySlice<String>) -> String? = { _ in nil }

  init(_ expression: String) { rest = Self.words(expression)[...] }

  /// The words and operators of an expression.
  static func words(_ expression: String) -> [String] {
    var spaced = expression
    for mark in ["(", ")", "&&", "||", "=="] { spaced = spaced.replacing(mark, with: " \(mark) ") }
    // "!" is "not" where no "=" follows.
    return spaced.split(whereSeparator: \.isWhitespace).flatMap { word -> [String] in
      word.hasPrefix("!") && word != "!=" ? ["!", String(word.dropFirst())].filter { !$0.isEmpty } : [String(word)]
    }
  }

  /// The whole expression, each operand as `operand` writes it; `nil` where it cannot be written.
  mutating func whole(_ operand: @escaping (inout ArraySlice<String>) -> String?) -> String? {
    self.operand = operand
    guard let all = alternatives(), rest.isEmpty else { return nil }
    return all.text
  }

  private mutating func takes(_ words: String...) -> Bool {
    guard let next = rest.first, words.contains(next) else { return false }
    rest.removeFirst()
    return true
  }

  /// Operands of "or", which binds less than "and" in Wireshark (its grammar.lemon).
  private mutating func alternatives() -> Part? {
    guard var all = conjunction() else { return nil }
    while takes("||", "or") {
      guard let next = conjunction() else { return nil }
      all = Part(text: "\(all.operand) or \(next.operand)", isJoined: true)
    }
    return all
  }

  private mutating func conjunction() -> Part? {
    guard var all = negation() else { return nil }
    while takes("&&", "and") {
      guard let next = negation() else { return nil }
      all = Part(text: "\(all.operand) and \(next.operand)", isJoined: true)
    }
    return all
  }

  private mutating func negation() -> Part? {
    if takes("!", "not") { return negation().map { Part(text: "not \($0.operand)") } }
    guard takes("(") else { return operand(&rest).map { Part(text: $0) } }
    guard let inner = alternatives(), takes(")") else { return nil }
    return inner
  }
}
