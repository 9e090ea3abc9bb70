import Foundation
import Testing

/// What a program in another language, with a reader of its own, finds wrong in keepwatch's claims.
@Suite struct CheckerTests {
  private static let checker = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("rfc-checker.py").path
  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  /// The built program, which lies beside the test bundle.
  private static let program =
    Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    .map { ($0.bundlePath as NSString).deletingLastPathComponent + "/keepwatch" } ?? ".build/debug/keepwatch"

  @Test(
    "No certain claim fails the RFC's conditions",
    .enabled(if: python != nil, "python3 is not installed"))
  func conditions() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [Self.checker, Self.program] + SavedCapture.all.map(\.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let printed = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let failures = printed.split(separator: "\n").map(String.init)
    // Its last line says so where nothing fails: so a checker that broke down is no success.
    #expect(process.terminationStatus == (failures == ["No certain claim fails."] ? 0 : 1))
    for capture in SavedCapture.all {
      let prefix = capture.path + ": "
      Broken.expect(
        failures.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }, of: "checker", in: capture)
    }
  }
}
