import Foundation
import Testing

/// docs/json-schema.json against what is printed: every line has exactly the keys that stand there, with their types.
@Suite struct SchemaTests {
  /// The properties of each event.
  static var events: [String: [String: [String: Any]]] {
    let file = URL(fileURLWithPath: RecordedCaptureTests.folder).deletingLastPathComponent()
      .appendingPathComponent("docs/json-schema.json")
    guard let data = try? Data(contentsOf: file),
      let schema = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
      let events = schema["anyOf"] as? [[String: Any]]
    else { return [:] }
    return Dictionary(
      events.compactMap { event in
        guard let title = event["title"] as? String, let keys = event["properties"] as? [String: [String: Any]] else {
          return nil
        }
        return (title, keys)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Why a value does not fit what the schema says of it; `nil` where it does.
  func misfit(_ value: Any, _ schema: [String: Any]) -> String? {
    if let constant = schema["const"] as? String { return value as? String == constant ? nil : "is not \(constant)" }
    if let choices = schema["enum"] as? [Any] {
      return choices.contains { "\($0)" == "\(value)" } ? nil : "is none of \(choices)"
    }
    let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? "?"]
    let number = value as? NSNumber
    let fits = types.contains { type in
      switch type {
      case "null": value is NSNull
      case "string": value is String
      case "array": value is [Any]
      case "boolean": value as? Bool != nil
      case "integer": value as? Int != nil
      case "number": number != nil
      default: false
      }
    }
    guard fits else { return "is not of type \(types)" }
    if let least = schema["minimum"] as? Double, let number, number.doubleValue < least { return "is below \(least)" }
    return nil
  }

  func expectSchema(_ lines: [[String: Any]]) {
    let events = Self.events
    #expect(!lines.isEmpty && !events.isEmpty)
    for line in lines {
      let event = line["event"] as? String ?? ""
      guard let keys = events[event] else {
        Issue.record("no event '\(event)' in the schema")
        continue
      }
      #expect(Set(line.keys) == Set(keys.keys), "\(event)")
      for (key, value) in line {
        if let schema = keys[key], let problem = misfit(value, schema) {
          Issue.record("\(event): \(key) \(problem): \(value)")
        }
      }
    }
  }

  @Test("The schema has every event of the documentation")
  func present() throws {
    let file = URL(fileURLWithPath: RecordedCaptureTests.folder).deletingLastPathComponent().appendingPathComponent(
      "docs/json.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(Self.events.count >= 15)
    for event in Self.events.keys { #expect(text.contains("`\(event)`") || text.contains("\"\(event)\""), "\(event)") }
  }

  @Test("The lines of a replay fit the schema", arguments: SituationTests.counted)
  func replay(counted: SituationTests.Counted) throws {
    expectSchema(try Program.run(["replay", "--json", SituationTests.folder + "/\(counted.name).pcap"]).lines)
  }

  @Test("The lines of several files, and of joined calls, fit the schema")
  func joined() throws {
    let situations = SituationTests.folder
    expectSchema(
      try Program.run([
        "replay", "--json", situations + "/both-legs-client.pcap", situations + "/both-legs-server.pcap",
      ]).lines)
    let base = RecordedCaptureTests.folder + "/silent-peer"
    expectSchema(try Program.run(["replay", "--json", base + ".pcap", "--log", base + ".calls.jsonl"]).lines)
  }

  @Test("The lines of demos fit the schema", .enabled(if: hasPrivateNetwork, "no private network can be had here"))
  func demo() async throws {
    for scenario in ["silent-peer", "zombie-kernel"] {
      expectSchema(try await Program.runWaiting(["demo", scenario, "--idle", "1", "--count", "2", "--json"]).lines)
    }
  }
}
