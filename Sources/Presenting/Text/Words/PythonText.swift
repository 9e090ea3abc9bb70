import ApplicationLog

/// How Python tells what a system call told.
enum PythonText {
  private static let exceptions = [
    "ETIMEDOUT": "TimeoutError", "EPIPE": "BrokenPipeError", "ECONNRESET": "ConnectionResetError",
    "ECONNREFUSED": "ConnectionRefusedError", "ECONNABORTED": "ConnectionAbortedError",
  ]

  /// What the calls that told of an end look like: "recv raises TimeoutError (ETIMEDOUT); then send raises …".
  static func sentence(_ calls: [ApplicationCall]) -> String {
    let parts = calls.filter(\.tellsOfTheEnd).map { call in
      guard let error = call.error else { return "recv returns b''" }
      return "\(call.call) raises \(exceptions[error] ?? "OSError") (\(error))"
    }
    return parts.isEmpty ? "nothing is raised." : parts.joined(separator: "; then ") + "."
  }
}
