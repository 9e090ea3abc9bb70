import ApplicationLog
import FoundationEssentials

/// A value of a JSON line.
enum JSONValue: Encodable {
  case string(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case list([JSONValue])
  case null

  /// A number, or `null` for absent knowledge.
  static func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  /// An integer, or `null` for absent knowledge.
  static func optional(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    // A line may be read on a terminal.
    case .string(let text): try container.encode(text.printable)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .boolean(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .null: try container.encodeNil()
    }
  }
}

/// One flat JSON object a line.
struct JSONLineEncoder {
  private let encoder: JSONEncoder

  init() {
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  func line(_ members: [String: JSONValue]) -> String {
    // Only a number that is not finite could fail, and none is ever put in.
    guard let data = try? encoder.encode(members) else { return "{\"event\":\"error\"}" }
    return String(decoding: data, as: UTF8.self)
  }
}
