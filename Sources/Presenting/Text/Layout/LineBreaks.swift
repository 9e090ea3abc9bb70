extension TextStyle {
  /// A space at which no line ends (U+00A0); it is printed as a usual one.
  static let joint: Character = "\u{a0}"

  /// Text that stays on one line, as far as one is long enough.
  static func together(_ text: String) -> String { String(text.map { $0 == " " ? joint : $0 }) }

  /// `text` in lines that break between words, each led by `indent` spaces.
  ///
  /// What reads as one stays together: a number and its unit, a name and its number.
  public func wrapped(_ text: String, indent: Int) -> [String] {
    let room = max(1, columns - indent)
    var lines: [[Substring]] = []
    var free = 0
    for phrase in Self.phrases(text) {
      let width = Self.width(of: phrase)
      if width < free {
        lines[lines.count - 1] += phrase
        free -= width + 1
      } else if width <= room {
        lines.append(phrase)
        free = room - width
      } else {
        // A phrase that no line holds breaks between its words.
        for word in phrase {
          let width = Self.width(of: [word])
          if width < free {
            lines[lines.count - 1].append(word)
            free -= width + 1
          } else {
            lines.append([word])
            free = room - width
          }
        }
      }
    }
    if lines.isEmpty { lines = [[]] }
    let space = String(repeating: " ", count: indent)
    return lines.map { space + String($0.joined(separator: " ").map { $0 == Self.joint ? " " : $0 }) }
  }

  /// A line of prose as it is, or in several where it is too long, with its own indentation; where a label stands before it,
  /// beside that; a table's row as it is.
  public func fitted(_ line: String) -> [String] {
    guard Self.width(line) > columns else { return [line] }
    let indent = line.prefix { $0 == " " }.count
    let parts = line.dropFirst(indent).split(separator: "  ")
    switch parts.count {
    case 1: return wrapped(String(parts[0]), indent: indent)
    case 2:
      let text = parts[1].drop { $0 == " " }
      return beside(String(line.dropLast(text.count)), String(text), indent: line.count - text.count)
    default: return [line]
    }
  }

  /// A line that is too long in several: what goes on below is led by `indent` spaces.
  public func hanging(_ line: String, indent: Int) -> [String] {
    guard Self.width(line) > columns, columns > 2 * indent else { return [line] }
    return beside(String(line.prefix(indent)), String(line.dropFirst(indent)), indent: indent)
  }

  /// A label of `indent` columns, and text beside it; below it where a terminal is too narrow for both.
  func beside(_ label: String, _ text: String, indent: Int) -> [String] {
    guard columns >= 2 * indent else {
      let spaces = label.reversed().prefix { $0 == " " }.count
      return [String(label.dropLast(spaces))] + wrapped(text, indent: min(6, indent))
    }
    let lines = wrapped(text, indent: indent)
    return [label + lines[0].dropFirst(indent)] + lines.dropFirst()
  }

  /// `text` in at most `width` columns; where something was cut off, it says so by its last character.
  func cut(_ text: String, to width: Int) -> String {
    guard text.count > width, width > 0 else { return text }
    return text.prefix(width - 1) + (isASCII ? ">" : "…")
  }

  /// The part of a line that a terminal shows, from a column on; where something was cut off, a mark stands for it.
  ///
  /// Colour takes no width, and what is cut off leaves no colour behind.
  func window(_ line: String, from start: Int) -> String {
    let width = Self.width(line)
    guard start > 0 || width > columns else { return line }
    var result = ""
    var column = 0
    var isInEscape = false
    for character in line {
      if character == "\u{1b}" { isInEscape = true }
      if isInEscape {
        result.append(character)
        if character == "m" { isInEscape = false }
        continue
      }
      defer { column += 1 }
      guard column >= start, column < start + columns else { continue }
      let isCut = column == start && start > 0 || column == start + columns - 1 && width > start + columns
      result += isCut ? (isASCII ? (column == start ? "<" : ">") : "…") : String(character)
    }
    return result
  }

  /// The words of a text, those together that belong together.
  private static func phrases(_ text: String) -> [[Substring]] {
    var phrases: [[Substring]] = []
    for word in text.split(separator: " ") {
      if let last = phrases.last?.last, belong(last, word) {
        phrases[phrases.count - 1].append(word)
      } else {
        phrases.append([word])
      }
    }
    return phrases
  }

  private static func width(of phrase: [Substring]) -> Int {
    phrase.reduce(phrase.count - 1) { $0 + width(String($1)) }
  }

  /// Whether no line ends between two words.
  private static func belong(_ word: Substring, _ next: Substring) -> Bool {
    let (name, following) = (bare(word), bare(next))
    // "7.04 s", "2h 11m 15s".
    if name.last?.isNumber == true || isHoursOrMinutes(name), units.contains(following) || isHoursOrMinutes(following) {
      return word.last.map { !",.;:)".contains($0) } ?? true
    }
    if word == "×" || next == "×" || name == "TCP" && following.hasPrefix("connection") { return true }
    // "#12" of "FIN #12", "9" of "TTL 9", "3" of "≥ 3".
    if next.first == "#" { return names.contains(name) }
    if following.first?.isNumber == true { return namesOfNumbers.contains(name) || signs.contains(name) }
    return signs.contains(following) && name.last?.isNumber == true
  }

  private static func bare(_ word: Substring) -> Substring {
    var word = word
    while let last = word.last, ",.;:)".contains(last) { word.removeLast() }
    while word.first == "(" { word.removeFirst() }
    return word
  }

  private static func isHoursOrMinutes(_ word: Substring) -> Bool {
    guard let unit = word.last, "dhms".contains(unit), word.count > 1 else { return false }
    return word.dropLast().allSatisfy(\.isNumber)
  }

  private static let units: Set<Substring> = [
    "s", "ms", "µs", "us", "ns", "h", "min", "bytes", "byte", "octets", "probes", "probe", "packets", "packet",
    "connections", "connection", "TCP", "KiB", "MiB", "UTC",
  ]
  private static let names: Set<Substring> = [
    "RST", "RST,ACK", "FIN", "FIN,ACK", "SYN", "ACK", "probe", "answer", "frame",
  ]
  private static let namesOfNumbers: Set<Substring> = [
    "TTL", "type", "code", "port", "connection", "connections", "frame", "probe", "window", "idle", "interval", "count",
    "tcp_retries2",
  ]
  private static let signs: Set<Substring> = ["≥", "≤", "×", "≈", "="]
}
