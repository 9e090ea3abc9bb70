import Foundation
import Testing

/// Every sentence that is printed of the repository's captures, the exam's, the cases' and the demo's: none needs two readings.
@Suite struct SentenceTests {
  /// A pattern that is not to be printed, and why.
  struct Forbidden: CustomTestStringConvertible, @unchecked Sendable {
    let what: String
    let pattern: Regex<AnyRegexOutput>
    var testDescription: String { what }
  }

  private static func forbidden(_ what: String, _ pattern: String) -> Forbidden? {
    (try? Regex(pattern)).map { Forbidden(what: what, pattern: $0) }
  }

  /// In any text, folds removed.
  static let anywhere = [
    forbidden("a silence of nothing", #"\b0 (ns|µs) "#), forbidden("that end's own", "that end's own"),
    forbidden("what explains nothing", "Not explained by this"), forbidden("the wire looks the same", "the wire looks"),
    forbidden("is no longer", #"TCP_KEEPINTVL is no longer"#),
    forbidden("a range of nothing", #"\b([\d.]+ m?s) to \1\b"#),
    forbidden("a range of nothing in minutes", #"\b(\d+m \d+s) to \1\b"#),
    forbidden("a guess told twice", "Likely, a guess"), forbidden("more than was seen", "nothing got through"),
    forbidden("a double full stop", #"[a-z0-9)]\.\.( |$)"#), forbidden("a space before a stop", #" [.,;:]( |$)"#),
    forbidden("a beginning in small letters", #"[a-z)]\. [a-z]+ (is|was|were|has|have) "#),
  ].compactMap(\.self)

  /// In a sentence of prose.
  static let inSentences = [
    forbidden("a chain of colons", #": [^:]*: "#), forbidden("a chain of semicolons", #"; [^;]*; "#),
  ].compactMap(\.self)

  private static let folders = [
    RecordedCaptureTests.folder, SituationTests.folder, (Bundle.module.resourcePath ?? ".") + "/Cases",
    (Bundle.module.resourcePath ?? ".") + "/Exam",
  ]

  static let captures = folders.flatMap { folder in
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in [".pcap", ".pcapng", ".gz"].contains { name.hasSuffix($0) } }.sorted()
      .map { "\(folder)/\($0)" }
  }

  private func flat(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  /// Paragraphs of prose: lines led by as many spaces as the first, a label of as many columns before it.
  private func paragraphs(_ text: String) -> [String] {
    var paragraphs: [String] = []
    var isOpen = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("WHY ") || line.hasPrefix("HELP ") || line.hasPrefix("THROUGH ") {
        paragraphs.append(String(line.dropFirst(5)))
        isOpen = true
      } else if isOpen, line.hasPrefix("     "), !line.hasPrefix("      ") {
        paragraphs[paragraphs.count - 1] += " " + line.dropFirst(5)
      } else {
        isOpen = false
      }
    }
    return paragraphs
  }

  private func sentences(_ text: String) -> [String] {
    flat(text).replacing(". ", with: ".\n").split(separator: "\n").map(String.init)
  }

  private func check(_ text: String, _ prose: [String], of name: String) {
    let flat = flat(text)
    for forbidden in Self.anywhere {
      if let found = flat.firstMatch(of: forbidden.pattern) {
        let start = flat.index(found.range.lowerBound, offsetBy: -60, limitedBy: flat.startIndex) ?? flat.startIndex
        Issue.record("\(forbidden.what) in \(name): …\(flat[start...].prefix(160))")
      }
    }
    for sentence in prose.flatMap(sentences) {
      for forbidden in Self.inSentences where sentence.firstMatch(of: forbidden.pattern) != nil {
        Issue.record("\(forbidden.what) in \(name): \(sentence)")
      }
    }
  }

  @Test("Every sentence that is said of a capture needs one reading", arguments: captures)
  func saidOfCapture(path: String) throws {
    let json = try Program.run(["replay", "--json", path]).lines
    let reasons = json.compactMap { $0["reason"] as? String }.filter { $0.contains(" ") }
    for reason in reasons {
      #expect(reason.first?.isUppercase == true || reason.first?.isNumber == true, "\(reason)")
      #expect(reason.hasSuffix("."), "\(reason)")
    }
    let summary = try Program.run(["replay", "--all", "--utc", path]).output
    let number = json.first { $0["event"] as? String == "connection" }?["connection"] as? Int
    let timeline = try number.map { try Program.run(["replay", "--connection", "\($0)", "--utc", path]).output } ?? ""
    check(summary + timeline, reasons + paragraphs(summary), of: URL(fileURLWithPath: path).lastPathComponent)
  }

  @Test("There are captures to read")
  func thereAreCaptures() { #expect(Self.captures.count > 45) }

  @Test("The demo's scenarios and the help of each verb are told in sentences that need one reading")
  func helpAndScenarios() throws {
    let list = try Program.run(["demo", "--list"]).output
    check(list, [list], of: "demo --list")
    for verb in ["replay", "live", "run", "demo", "audit"] {
      check(try Program.run([verb, "--help"]).output, [], of: "\(verb) --help")
    }
  }

  @Test("The patterns find what they forbid")
  func patterns() {
    for (text, count) in [
      ("after 0 ns of silence", 1), ("after 30.1 s to 30.1 s without", 1), ("Not explained by this: 3", 1),
      ("its TTL is that end's own", 1), ("5m 00s to 5m 00s", 1), ("after 30.1 s to 31 s", 0), ("100 ns of silence", 0),
    ] {
      #expect(Self.anywhere.count { text.firstMatch(of: $0.pattern) != nil } == count, "\(text)")
    }
    #expect(Self.inSentences.contains { "a: b: c".firstMatch(of: $0.pattern) != nil })
  }
}
