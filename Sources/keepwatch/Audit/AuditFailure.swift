import ArgumentParser

/// What `audit --fail-on` takes.
enum AuditFailure: String, CaseIterable {
  case hanging
  case neverNoticed = "never-noticed"
  case unknown

  /// Those that a text names, separated by commas.
  static func list(_ text: String) throws -> [AuditFailure] {
    try text.split(separator: ",").map { word in
      guard let failure = AuditFailure(rawValue: String(word)) else {
        throw ValidationError("'\(word)' is none of: \(allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      return failure
    }
  }
}
