import ApplicationLog

/// Text from outside, made safe for markup and for a page's data.
enum MarkupText {
  /// `text` as the content of an element or of a quoted attribute of XML or HTML; what might mislead as U+FFFD.
  static func escaped(_ text: String) -> String {
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

  /// JSON that may stand in a script element: no "<" that could end it.
  static func scriptSafe(_ json: String) -> String {
    json.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
  }
}
