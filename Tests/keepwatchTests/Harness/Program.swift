import Foundation

/// The built program, run as a user runs it.
enum Program {
  /// The folder of the build's products: where the test bundle lies.
  static let path =
    Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    .map { ($0.bundlePath as NSString).deletingLastPathComponent + "/keepwatch" } ?? ".build/debug/keepwatch"

  struct Result {
    var status: Int32
    var output: String
    var errors: String

    /// The JSON lines of the output.
    var lines: [[String: Any]] {
      output.split(separator: "\n").compactMap {
        (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
      }
    }
  }

  static func run(_ arguments: [String], input: Data? = nil, executable: String = path) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    let files = ["out", "err"].map { NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).\($0)" }
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: files[0])
    process.standardError = FileHandle(forWritingAtPath: files[1])
    let pipe = Pipe()
    process.standardInput = input == nil ? FileHandle.nullDevice : pipe
    try process.run()
    if let input {
      try pipe.fileHandleForWriting.write(contentsOf: input)
      try pipe.fileHandleForWriting.close()
    }
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try String(contentsOfFile: files[0], encoding: .utf8),
      errors: try String(contentsOfFile: files[1], encoding: .utf8))
  }

  /// Runs that wait for the kernel's timers most of their time: so many at once, whatever the number of cores.
  private static let waitingRuns = {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 8
    return queue
  }()

  /// Runs the program without keeping the test's thread.
  static func runWaiting(_ arguments: [String], executable: String = path) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      waitingRuns.addOperation {
        continuation.resume(with: Swift.Result { try run(arguments, executable: executable) })
      }
    }
  }
}
