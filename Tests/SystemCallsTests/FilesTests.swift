import Foundation
import Testing

@testable import SystemCalls

/// A folder of its own for as long as a test takes.
func withFolder(_ body: (_ folder: String) throws -> Void) throws {
  let folder = try FileSystem.makeTemporaryFolder(in: NSTemporaryDirectory())
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

@Suite struct FilesTests {
  @Test("Any octets of a name come through a text and back")
  func names() {
    for octets: [UInt8] in [
      Array("plain".utf8), Array("grün".utf8), [0x66, 0xff, 0x80, 0x67], [0xf4, 0x8f, 0x9d, 0xbf],
    ] {
      let text = FileName.text(octets)
      #expect(FileName.octets(text).dropLast().map { UInt8(bitPattern: $0) } == octets)
    }
  }

  @Test("A file that has been opened is read again from its beginning, whatever lies at its path by then")
  func again() throws {
    try withFolder { folder in
      let path = folder + "/file"
      try Data("first".utf8).write(to: URL(fileURLWithPath: path))
      let file = try InputFile(path: path)
      FileSystem.remove(path)
      var octets = [UInt8](repeating: 0, count: 9)
      let count = try file.read(into: &octets, from: 1, at: 0)
      #expect(count == 5 && octets == [0] + Array("first".utf8) + [0, 0, 0])
      let again = try file.again()
      #expect(again.kind == .regular)
      let rest = try again.read(into: &octets, from: 0, at: 3)
      #expect(rest == 2 && octets[..<2] == [UInt8(ascii: "s"), UInt8(ascii: "t")])
    }
  }

  @Test("A folder, a pipe and a device are told from a regular file; what is not there is said to be")
  func kinds() throws {
    try withFolder { folder in
      try FileSystem.makePipe(folder + "/pipe")
      let kinds = try [folder, folder + "/pipe", "/dev/null", "/proc/self/stat"].map {
        try InputFile(path: $0, isWaiting: false).kind
      }
      #expect(kinds == [.folder, .other, .other, .regular])
      let error = #expect(throws: SystemError.self) { try InputFile(path: folder + "/none") }
      #expect(error?.name == "ENOENT" || error?.text == "No such file or directory")
    }
  }

  @Test("A pipe that nobody writes into yet is read without waiting: nothing, then nothing yet, then what comes")
  func pipe() throws {
    try withFolder { folder in
      let path = folder + "/pipe"
      try FileSystem.makePipe(path)
      let file = try InputFile(path: path, isWaiting: false)
      #expect(try file.read(atMost: 10) == [])
      let (writer, isMade) = try FileSystem.openForWriting(path)
      #expect(!isMade)
      let error = #expect(throws: SystemError.self) { try file.read(atMost: 10) }
      #expect(error?.isNothingYet == true)
      #expect(Descriptor.write([1, 2, 3] as [UInt8], to: writer).error == nil)
      #expect(try file.read(atMost: 2) == [1, 2])
      Descriptor.close(writer)
      #expect(try file.read(atMost: 2) == [3])
      #expect(try file.read(atMost: 2) == [])
    }
  }

  @Test("Opened for writing, a file keeps what is in it until it is emptied")
  func openedForWriting() throws {
    try withFolder { folder in
      let path = folder + "/file"
      let (made, isMade) = try FileSystem.openForWriting(path)
      #expect(isMade && writeWhole(Array("before".utf8), to: made) == nil)
      #expect(Descriptor.takeBack(2, from: made))
      Descriptor.close(made)
      let (found, isMadeAgain) = try FileSystem.openForWriting(path)
      defer { Descriptor.close(found) }
      #expect(!isMadeAgain && FileSystem.size(path) == 4)
      #expect(FileIdentity(descriptor: found) == FileIdentity(path: path))
      Descriptor.empty(found)
      #expect(FileSystem.size(path) == 0)
    }
  }

  @Test("A full disk and a reader who has gone are two kinds of failure")
  func failures() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    #expect(writeWhole([1] as [UInt8], to: full.fileDescriptor) == .error(28), "ENOSPC")
    #expect(WriteFailure(code: 32) == .readerIsGone, "EPIPE")
    #expect(WriteFailure(code: 4) == .isInterrupted, "EINTR")
  }

  @Test("A file of the kernel's is read whole; one that is not there is none")
  func kernelFile() throws {
    #expect(KernelFile.text("/proc/self/uid_map")?.split(separator: " ").isEmpty == false)
    #expect(KernelFile.text("/proc/self/none") == nil)
    let error = #expect(throws: SystemError.self) { try KernelFile.write("1", to: "/proc/self/none") }
    #expect(error?.call == "open")
  }
}
