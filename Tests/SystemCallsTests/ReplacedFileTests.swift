import Foundation
import Testing

@testable import SystemCalls

/// A file that takes another's place.
@Suite struct ReplacedFileTests {
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  @Test("The name leads to the old file until the new one is whole, and then to it; nothing is left beside it")
  func replaced() throws {
    try withFolder { folder in
      let path = folder + "/a.prom"
      try "old".write(toFile: path, atomically: false, encoding: .utf8)
      let file = try ReplacedFile(path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try names(folder).count { $0.hasSuffix(".prom") } == 1, "a reader of *.prom sees no half of it")
      try file.replace(by: "new")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "new" && names(folder) == ["a.prom"])
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o644)
    }
  }

  @Test("Where nothing replaces it, the name leads to what was there, and nothing is left beside it")
  func abandoned() throws {
    try withFolder { folder in
      let path = folder + "/a.prom"
      try "old".write(toFile: path, atomically: false, encoding: .utf8)
      do { _ = try ReplacedFile(path) }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old" && names(folder) == ["a.prom"])
    }
  }

  @Test("Where the folder is not there, or the name cannot be given, that is an error")
  func refused() throws {
    #expect(throws: SystemError.self) { _ = try ReplacedFile("/no/such/folder/a.prom") }
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/a.prom/full", withIntermediateDirectories: true)
      let file = try ReplacedFile(folder + "/a.prom")
      #expect(throws: SystemError.self) { try file.replace(by: "new") }
      #expect(try names(folder) == ["a.prom"])
    }
  }
}
