import SystemCalls
import Foundation
import PacketWire
import Testing

@testable import Presenting

/// What a JSON line has in it, read by another's parser.
@Suite struct JSONLineTests {
  /// The line's text, which must end with its only line feed, as UTF-8.
  func text(_ add: (inout [UInt8]) -> Void) throws -> String {
    var line: [UInt8] = []
    line.begin("note")
    add(&line)
    line.end()
    let text = try #require(String(validating: line, as: UTF8.self), "no UTF-8")
    #expect(text.hasSuffix("}\n") && text.filter { $0 == "\n" }.count == 1)
    return text
  }

  /// The line as a parser of JSON takes it.
  func parsed(_ add: (inout [UInt8]) -> Void) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(try text(add).utf8))
    return try #require(object as? [String: Any])
  }

  /// What stands for the number.
  func number(_ seconds: Double) throws -> Substring {
    try #require(text { $0.member("n", seconds: seconds) }.firstMatch(of: /"n":([^}]+)}/)).1
  }

  @Test("Quotation marks and backslashes are read as they were; everything else stands as it is")
  func quoted() throws {
    let texts = [
      "", "a", "\"", "\\", "\"\\\"", "C:\\dir\\\"name\"", "\\u0041", "a/b", "×≥−", "é\u{301}", "日本", "👩‍👩‍👧",
      "\u{7e}\"\u{a0}",
    ]
    for text in texts { #expect(try parsed { $0.member("text", text) }["text"] as? String == text, "\(text)") }
    #expect(try parsed { $0.member("texts", texts) }["texts"] as? [String] == texts)
    #expect(try text { $0.member("text", "a/é\"") } == "{\"event\":\"note\",\"text\":\"a/é\\\"\"}\n")
  }

  @Test(
    "What a terminal would obey or a reader be misled by is U+FFFD, wherever it stands",
    arguments: Array(0..<0x20) + Array(0x7f...0x9f) + [0x2028, 0x2029, 0x202e, 0x2066, 0x200f])
  func misleading(code: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(code)).description
    for (before, after) in [("", ""), ("a", "b"), ("é\"", "\\"), ("aaaaaaaaaaaaaaaaaaaaaaaa", "")] {
      let line = try parsed { $0.member("text", before + scalar + after) }
      // Compared as scalars: as text, some of them would join what stands before.
      #expect(
        (line["text"] as? String).map { Array($0.unicodeScalars) }
          == Array((before + "\u{fffd}" + after).unicodeScalars))
    }
  }

  @Test("A file's name that is no UTF-8 makes a line that is")
  func fileNames() throws {
    for octet in UInt8(1)...255 where octet != UInt8(ascii: "/") {
      let name = FileName.text([UInt8(ascii: "a"), octet, UInt8(ascii: "\"")])
      let plain = (0x20..<0x7f).contains(octet) ? String(Unicode.Scalar(octet)) : "\u{fffd}"
      var lines: [UInt8] = []
      JSONReport(files: [name]).capture(file: 0, kind: "pcap", linkTypes: [], host: nil, interface: nil, to: &lines)
      let line = try JSONSerialization.jsonObject(with: Data(lines)) as? [String: Any]
      #expect(line?["file"] as? String == "a\(plain)\"", "octet \(octet)")
    }
  }

  /// The digits alone, as Swift writes an exponent where these lines have zeros.
  static func significantDigits(_ number: some StringProtocol) -> String {
    let digits = number.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
    return String(digits.reversed().drop { $0 == "0" }.reversed())
  }

  @Test("A number of seconds is read back as the same number, from the shortest text")
  func seconds() throws {
    var generator = SystemRandomNumberGenerator()
    var values = [
      0, 1, -1, 0.1, 0.3, 1e-9, 9e-9, 1.5e-9, 60, 59.9996, 2.023222406, 999_999.999999999, 1e6, 123_456_789.123456789,
      7200,
      9.2e9, 1e15, 1e16, 1e22, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.000031, 1 / 3,
      Double(Float(0.1)), 0.1 + 0.2,
    ]
    for _ in 0..<20_000 {
      values.append(Double(Int64.random(in: -10_000_000_000_000...10_000_000_000_000_000, using: &generator)) / 1e9)
      values.append(Double(bitPattern: generator.next()))
      values.append(Double(Float.random(in: 0...10_000, using: &generator)))
    }
    for value in values where value.isFinite {
      let text = try number(value)
      #expect(Double(text) == value, "\(text)")
      #expect(Self.significantDigits(text) == Self.significantDigits(value.description), "\(text), \(value)")
    }
    #expect(try number(60) == "60" && number(0.000_031) == "0.000031" && number(2_592_000) == "2592000")
  }

  @Test("What is no number is null, as absent knowledge is")
  func null() throws {
    let line = try text {
      $0.member("a", seconds: .nan)
      $0.member("b", seconds: .infinity)
      $0.member("c", nil as Int?)
      $0.members("d", "e", nil)
      $0.member("f", time: nil)
    }
    #expect(line == #"{"event":"note","a":null,"b":null,"c":null,"d":null,"e":null,"f":null}"# + "\n")
  }

  @Test("Nanoseconds are read as the number of seconds that they are")
  func nanoseconds() throws {
    for value in [
      0, 1, -1, 10, 1_000_000_000, -1_500_000_000, 999_999_999_999_999, 1_000_000_000_000_001, Int64.max, .min,
    ] {
      let line = try text { $0.member("n", nanoseconds: value) }
      let text = try #require(line.firstMatch(of: /"n":([^}]+)}/)).1
      #expect(Double(text) == Double(value) / 1e9, "\(value)")
    }
  }

  @Test("Integers of any size are read as they were")
  func integers() throws {
    for value in [0, 9, 10, 99, 100, -1, -10, 65_535, 999_999_999, 1_000_000_000, Int.max, .min] {
      #expect(try parsed { $0.member("n", value) }["n"] as? Int == value)
    }
    #expect(try parsed { $0.member("n", [1, -2, 3]) }["n"] as? [Int] == [1, -2, 3])
  }

  @Test("Times are those of gmtime(3), before the epoch too, and in leap years")
  func times() throws {
    var generator = SystemRandomNumberGenerator()
    var values: [Int64] = [
      0, -1, 1, .min, .max, 951_782_400_000_000_000, 4_107_542_399_999_999_999, -2_208_988_800_000_000_001,
    ]
    for _ in 0..<20_000 { values.append(Int64.random(in: .min ... .max, using: &generator)) }
    for value in values {
      let second = value >= 0 ? value / 1_000_000_000 : -((-(value + 1)) / 1_000_000_000) - 1
      var (whole, parts, buffer) = (time_t(second), unsafe tm(), [CChar](repeating: 0, count: 32))
      unsafe gmtime_r(&whole, &parts)
      let length = unsafe strftime(&buffer, 32, "%Y-%m-%dT%H:%M:%S.", &parts)
      let expected = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let rest = String(value &- second &* 1_000_000_000)
      let time = expected + String(repeating: "0", count: 9 - rest.count) + rest + "Z"
      #expect(try parsed { $0.member("time", time: value) }["time"] as? String == time)
    }
  }

  @Test("A line with the longest value of each kind has room for it")
  func longest() throws {
    let address = IPAddress(high: .max, low: .max)
    let line = try parsed {
      $0.members("ip", "port", SocketAddress(address: address, port: .max))
      $0.member("n", seconds: -Double.leastNonzeroMagnitude * 3)
      $0.member("m", seconds: -2.2250738585072014e-308)
      $0.member("certain", false)
    }
    #expect(line["ip"] as? String == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" && line["port"] as? Int == 65_535)
    #expect(line["m"] as? Double == -2.2250738585072014e-308 && line["certain"] as? Bool == false)
  }
}
