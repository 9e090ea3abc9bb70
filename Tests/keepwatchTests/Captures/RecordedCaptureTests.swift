import Foundation
import Testing

/// The captures of the folder captures/, and what stands beside them.
@Suite struct RecordedCaptureTests {
  static let folder = Repository.folder + "/captures"

  @Test(
    "What keepwatch says of a recorded capture is what stands beside it (scripts/record-captures --expected-only)",
    arguments: ["healthy", "silent-peer", "killed-server", "zombie-kernel"], [["--utc", "txt"], ["--json", "jsonl"]])
  func expected(name: String, form: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path).standardizedFileURL
    process.arguments = ["replay", form[0], "\(name).pcap"]
    process.currentDirectoryURL = URL(fileURLWithPath: Self.folder)
    // The text of a UTF-8 terminal, whatever the locale of the test is.
    process.environment = ["LC_ALL": "C.UTF-8"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let expected = try String(contentsOfFile: "\(Self.folder)/\(name).expected.\(form[1])", encoding: .utf8)
    #expect(String(decoding: output, as: UTF8.self) == expected)
  }

  @Test(
    "The picture beside a recorded capture is what keepwatch draws of it and its programs' calls",
    arguments: ["healthy", "silent-peer", "killed-server", "zombie-kernel"])
  func picture(name: String) throws {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).svg"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let base = "\(Self.folder)/\(name)"
    let result = try Program.run(["replay", "--utc", base + ".pcap", "--log", base + ".calls.jsonl", "--svg", path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == String(contentsOfFile: base + ".svg", encoding: .utf8))
  }
}
