import Foundation

/// A shell script that was run in a network namespace of its own, and what it left.
struct Story {
  var status: Int32
  /// The JSON lines of out.jsonl.
  var lines: [[String: Any]]
  var output: String
  var errors: String
  /// Where it ran; to be removed.
  var folder: String

  func lines(_ event: String) -> [[String: Any]] { lines.filter { $0["event"] as? String == event } }

  var verdicts: [String] { lines("connection").compactMap { $0["verdict"] as? String } }

  /// The calls of these names, each with its error, its result or its text.
  func calls(_ names: Set<String>) -> [String] {
    lines("application").compactMap { line in
      guard let call = line["call"] as? String, names.contains(call) else { return nil }
      return
        "\(call) \(line["error"] as? String ?? (line["result"] as? Int).map { "\($0)" } ?? line["text"] as? String ?? "")"
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs a script for bash: `$program` is keepwatch, `listening` waits for a server on port 12345.
  ///
  /// Its processes inherit a thread's blocked signals: they are ended by SIGKILL, or by SIGINT where they wait for that.
  static func of(_ script: String) async throws -> Story {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let whole = """
      cd \(folder)
      ip link set lo up
      listening() { until ss -ltn | grep -q :12345; do sleep 0.05; done; }
      program=\(URL(fileURLWithPath: Program.path).standardizedFileURL.path)
      \(script)
      """
    try whole.write(toFile: folder + "/script", atomically: true, encoding: .utf8)
    let result = try await Program.runWaiting(["-n", "bash", folder + "/script"], executable: "/usr/bin/unshare")
    let text = (try? String(contentsOfFile: folder + "/out.jsonl", encoding: .utf8)) ?? ""
    return Story(
      status: result.status, lines: Program.Result(status: 0, output: text, errors: "").lines, output: result.output,
      errors: result.errors, folder: folder)
  }
}
