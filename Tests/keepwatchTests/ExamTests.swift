import Foundation
import Testing

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

  static func run(_ arguments: [String], input: Data? = nil) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
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
}

/// Labelled captures: what each frame is was decided by a sequence tracker and the kernel's counters.
enum Exam {
  static let folder = (Bundle.module.resourcePath ?? ".") + "/Exam"
  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?
    .filter { $0.hasSuffix(".pcap") }.sorted() ?? []

  /// The labels that are claims, and the claim each stands for.
  static let claims = [
    "probe": "probe", "probe-garbage-byte": "probe", "answer-ack": "answer ack", "answer-rst": "answer reset",
    "give-up-rst": "give-up", "window-probe": "window-probe",
  ]

  static func truth(_ name: String) throws -> [Int: String] {
    var truth: [Int: String] = [:]
    for line in try String(contentsOfFile: folder + "/truth.tsv", encoding: .utf8).split(separator: "\n") {
      let fields = line.split(separator: "\t").map(String.init)
      if fields[0] == name, let frame = Int(fields[1]), let claim = claims[fields[2]] { truth[frame] = claim }
    }
    return truth
  }
}

@Suite struct ExamTests {
  @Test("Every labelled frame is claimed as what it is, and no other", arguments: Exam.names)
  func frameByFrame(name: String) throws {
    let result = try Program.run(["replay", "--json", Exam.folder + "/" + name])
    #expect(result.status == 0)
    var claims: [Int: String] = [:]
    for line in result.lines {
      guard let event = line["event"] as? String, let frame = line["frame"] as? Int,
        ["probe", "answer", "give-up", "window-probe"].contains(event), line["by"] as? String != "data"
      else { continue }
      #expect(claims[frame] == nil, "frame \(frame) is claimed twice")
      claims[frame] = event == "answer" ? "answer \(line["by"] as? String ?? "")" : event
    }
    #expect(claims == (try Exam.truth(name)))
    #expect(result.lines.first?["event"] as? String == "capture")
    #expect(result.lines.last?["event"] as? String == "summary")
  }

  @Test("The labelled captures are there")
  func present() { #expect(Exam.names.count == 12) }
}
