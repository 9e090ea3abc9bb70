import Foundation
import Testing

/// docs/json-schema.json against what is printed: every line has exactly the keys that stand there, with their types.
@Suite struct SchemaTests {
  static func document(_ name: String) -> URL {
    URL(fileURLWithPath: Repository.folder + "/docs/\(name)")
  }

  /// The properties of each event.
  static var events: [String: [String: [String: Any]]] {
    guard let data = try? Data(contentsOf: document("json-schema.json")),
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
    let text = try String(contentsOf: Self.document("json.md"), encoding: .utf8)
    #expect(Self.events.count >= 15)
    for event in Self.events.keys { #expect(text.contains("`\(event)`") || text.contains("\"\(event)\""), "\(event)") }
  }

  /// The type of DuckDB that holds what the schema says of a key; `nil` for one that is always null.
  static func columnType(_ schema: [String: Any]) -> String? {
    let choice = (schema["enum"] as? [Any])?.first
    let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? (choice is Int ? "integer" : "string")]
    switch types.first(where: { $0 != "null" }) {
    case "string": return schema["format"] as? String == "date-time" ? "TIMESTAMP_NS" : "VARCHAR"
    case "integer": return "BIGINT"
    case "number": return "DOUBLE"
    case "boolean": return "BOOLEAN"
    case "array": return (columnType(schema["items"] as? [String: Any] ?? [:]) ?? "?") + "[]"
    default: return nil
    }
  }

  @Test("The table for DuckDB has a column for each key of the schema, of its type")
  func columns() throws {
    var expected: [String: String] = [:]
    for (key, schema) in Self.events.values.joined() {
      guard let type = Self.columnType(schema) else { continue }
      #expect(expected[key] == nil || expected[key] == type, "\(key)")
      expected[key] = type
    }
    let text = try String(contentsOf: Self.document("json-duckdb.sql"), encoding: .utf8)
    let columns = text.matches(of: /'([a-z_0-9]+)': '([A-Z_\[\]]+)'/).map { (String($0.1), String($0.2)) }
    #expect(Dictionary(uniqueKeysWithValues: columns) == expected)
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
