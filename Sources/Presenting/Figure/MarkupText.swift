import ApplicationLog

/// Text from outside, made safe for markup and for a page's data.
enum MarkupText {
  /// `text` as the content of an element or of a quoted attribute of XML or HTML; what might mislead as U+FFFD.
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: isSpecial) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n": result.unicodeScalars.append(scalar)
      default:
        result.unicodeScalars.append(scalar.misleads ? "\u{fffd}" : scalar)
      }
    }
    return result
  }

  /// Whether an octet of UTF-8 may belong to what `escaped` changes.
  private static func isSpecial(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
    default: octet < 0x20 || octet >= 0x7f
    }
  }

  /// JSON that may stand in a script element: no "<" that could end it.
  static func scriptSafe(_ json: some Sequence<UInt8>) -> String {
    var octets: [UInt8] = []
    octets.reserveCapacity(json.underestimatedCount + json.underestimatedCount / 8)
    for octet in json {
      if octet == UInt8(ascii: "<") { octets += "\\u003c".utf8 } else { octets.append(octet) }
    }
    return String(decoding: octets, as: UTF8.self)
  }
}
