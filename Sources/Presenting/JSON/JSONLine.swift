import ApplicationLog
import PacketWire

/// A JSON line as octets: one flat object (RFC 8259), whose members are added in the order in which they are to stand.
///
/// Each member's room is made once, for the longest that its value can be; nothing but the line itself is kept in memory.
extension [UInt8] {
  /// Begins a line that tells of an event.
  mutating func begin(_ event: StaticString) {
    append(addingCapacity: event.utf8CodeUnitCount + 12) { line in
      line.append("{\"event\":\"")
      line.append(event)
      line.append("\"")
    }
  }

  /// Ends the line.
  mutating func end() { append(contentsOf: [UInt8(ascii: "}"), UInt8(ascii: "\n")]) }

  /// Adds an integer.
  mutating func member(_ name: StaticString, _ value: Int) {
    member(name, room: OutputSpan.longestInteger) { $0.append(integer: value) }
  }

  /// Adds an integer, or `null` for absent knowledge.
  mutating func member(_ name: StaticString, _ value: Int?) {
    if let value { member(name, value) } else { null(name) }
  }

  /// Adds a number of seconds; `null` for absent knowledge, or what is no number.
  mutating func member(_ name: StaticString, seconds value: Double?) {
    guard let value, value.isFinite else { return null(name) }
    member(name, room: OutputSpan.longestNumber) { $0.append(seconds: value) }
  }

  /// Adds a number of nanoseconds, as seconds; `null` for absent knowledge.
  mutating func member(_ name: StaticString, nanoseconds value: Int64?) {
    guard let value else { return null(name) }
    member(name, room: OutputSpan.longestNumber) { $0.append(nanoseconds: value) }
  }

  /// Adds a time: nanoseconds since the epoch, as RFC 3339 has it; `null` for absent knowledge.
  mutating func member(_ name: StaticString, time: Int64?) {
    guard let time else { return null(name) }
    member(name, room: OutputSpan.timeLength + 2) { line in
      line.append("\"")
      line.append(time: time)
      line.append("\"")
    }
  }

  /// Adds true or false.
  mutating func member(_ name: StaticString, _ value: Bool) {
    member(name, room: 5) { $0.append(value ? "true" : "false") }
  }

  /// Adds true or false, or `null` for absent knowledge.
  mutating func member(_ name: StaticString, _ value: Bool?) {
    if let value { member(name, value) } else { null(name) }
  }

  /// Adds a text, or `null` for absent knowledge.
  mutating func member(_ name: StaticString, _ text: String?) {
    guard let text else { return null(name) }
    member(name, room: 0) { _ in }
    append(quoted: text)
  }

  /// Adds what `append(quoted:)` made of a text.
  mutating func member(_ name: StaticString, quoted text: [UInt8]) {
    member(name, room: 0) { _ in }
    append(contentsOf: text)
  }

  /// Adds an address.
  mutating func member(_ name: StaticString, _ address: IPAddress) {
    member(name, room: IPAddress.longestText + 2) { line in
      line.append("\"")
      address.write(to: &line)
      line.append("\"")
    }
  }

  /// Adds an end's address and port; `null` twice for absent knowledge.
  mutating func members(_ address: StaticString, _ port: StaticString, _ end: SocketAddress?) {
    guard let end else {
      null(address)
      return null(port)
    }
    member(address, end.address)
    member(port, Int(end.port))
  }

  /// Adds a list of integers.
  mutating func member(_ name: StaticString, _ values: [Int]) {
    list(name, values) { line, value in
      line.append(addingCapacity: OutputSpan.longestInteger) { $0.append(integer: value) }
    }
  }

  /// Adds a list of texts.
  mutating func member(_ name: StaticString, _ texts: [String]) {
    list(name, texts) { line, text in line.append(quoted: text) }
  }

  /// Adds a text between quotation marks.
  ///
  /// A line may be read on a terminal: what might mislead becomes U+FFFD, all control characters among it. So of what RFC 8259
  /// §7 has escaped, the quotation mark and the backslash are left.
  mutating func append(quoted text: String) {
    append(UInt8(ascii: "\""))
    let isPlain = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe $0.allSatisfy(Self.isPlain) }
    if isPlain == true {
      append(contentsOf: text.utf8)
    } else {
      for octet in text.printable.utf8 {
        if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
        append(octet)
      }
    }
    append(UInt8(ascii: "\""))
  }

  /// Whether an octet of UTF-8 stands in a JSON text as it is, whatever is around it.
  private static func isPlain(_ octet: UInt8) -> Bool {
    0x20 <= octet && octet < 0x7f && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
  }

  private mutating func null(_ name: StaticString) { member(name, room: 4) { $0.append("null") } }

  private mutating func list<Value>(
    _ name: StaticString, _ values: [Value], _ add: (inout [UInt8], Value) -> Void
  ) {
    member(name, room: 1) { $0.append("[") }
    for (index, value) in values.enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      add(&self, value)
    }
    append(UInt8(ascii: "]"))
  }

  /// Adds a member whose value takes no more than `room` octets.
  @inline(__always)
  private mutating func member(_ name: StaticString, room: Int, _ value: (inout OutputSpan<UInt8>) -> Void) {
    append(addingCapacity: name.utf8CodeUnitCount + 4 + room) { line in
      line.append(",\"")
      line.append(name)
      line.append("\":")
      value(&line)
    }
  }
}

extension OutputSpan<UInt8> {
  /// The octets of the least integer.
  static var longestInteger: Int { 20 }
  /// The most octets that Swift describes a `Double` with.
  static var longestNumber: Int { 24 }
  /// The octets of a time.
  static var timeLength: Int { 30 }

  /// Adds a text.
  @inline(__always)
  mutating func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    unsafe withUnsafeMutableBufferPointer { buffer, count in
      precondition(length <= buffer.count - count)
      // Just checked: there is room for the text behind what is written.
      let octets = unsafe UnsafeBufferPointer(start: text.utf8Start, count: length)
      _ = unsafe buffer.extracting(count..<count + length).update(fromContentsOf: octets)
      count += length
    }
  }

  /// Adds an integer.
  mutating func append(integer value: Int) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude, atLeast: 1)
  }

  /// Adds a number, with as many digits as it takes to read the same number from them.
  mutating func append(seconds value: Double) {
    let nanoseconds = (value * 1e9).rounded()
    if abs(nanoseconds) < Self.exactNanoseconds, nanoseconds / 1e9 == value {
      append(nanoseconds: Int64(nanoseconds))
    } else {
      append(described: value)
    }
  }

  /// Adds a number of nanoseconds, as seconds: what `Double(value) / 1e9` is.
  mutating func append(nanoseconds value: Int64) {
    guard abs(Double(value)) < Self.exactNanoseconds else { return append(described: Double(value) / 1e9) }
    if value < 0 { append(UInt8(ascii: "-")) }
    var (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    append(digits: UInt(whole), atLeast: 1)
    guard fraction > 0 else { return }
    append(UInt8(ascii: "."))
    var decimals = 9
    while fraction % 10 == 0 {
      fraction /= 10
      decimals -= 1
    }
    append(digits: UInt(fraction), atLeast: decimals)
  }

  /// So many nanoseconds have 15 digits, and a `Double` keeps any decimal number of 15 digits.
  private static var exactNanoseconds: Double { 1e15 }

  /// Swift's description of a number is the shortest text that it can be read from again.
  private mutating func append(described value: Double) {
    let text = value.description
    for octet in (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8 { append(octet) }
  }

  /// Adds a time in UTC, nanoseconds since the epoch, as RFC 3339 has it: "2026-11-23T13:41:07.398123456Z".
  mutating func append(time: Int64) {
    let (day, rest) = Self.split(time, by: 86_400_000_000_000)
    let date = Self.date(day: day)
    append(digits: UInt(date.year), exactly: 4)
    append("-")
    append(digits: UInt(date.month), exactly: 2)
    append("-")
    append(digits: UInt(date.day), exactly: 2)
    append("T")
    let (seconds, nanoseconds) = rest.quotientAndRemainder(dividingBy: 1_000_000_000)
    append(digits: UInt(seconds / 3600), exactly: 2)
    append(":")
    append(digits: UInt(seconds / 60 % 60), exactly: 2)
    append(":")
    append(digits: UInt(seconds % 60), exactly: 2)
    append(".")
    append(digits: UInt(nanoseconds), exactly: 9)
    append("Z")
  }

  /// How often a positive `unit` fits below `value`, and what is left over, which is not negative.
  private static func split(_ value: Int64, by unit: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
    return remainder < 0 ? (quotient - 1, remainder + unit) : (quotient, remainder)
  }

  /// The date of a day, counted from the epoch: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
  ///
  /// Years begin in March there, so that the leap day is a year's last; 400 of them, an era, have 146,097 days.
  private static func date(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = split(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// Adds a number's decimal digits, with zeros before them where they are fewer than `least`.
  private mutating func append(digits value: UInt, atLeast least: Int) {
    var length = 1
    var bound: UInt = 10
    // 20 digits are the most that 64 bits have; the bound after them does not fit.
    while value >= bound, length < 20 {
      length += 1
      bound = bound &* 10
    }
    append(digits: value, exactly: Swift.max(length, least))
  }

  /// Adds the last `length` decimal digits of a number.
  @inline(__always)
  private mutating func append(digits value: UInt, exactly length: Int) {
    unsafe withUnsafeMutableBufferPointer { buffer, count in
      precondition(length <= buffer.count - count)
      var rest = value
      for place in stride(from: count + length - 1, through: count, by: -1) {
        // Just checked: these places lie in the room behind what is written.
        unsafe buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      count += length
    }
  }
}
