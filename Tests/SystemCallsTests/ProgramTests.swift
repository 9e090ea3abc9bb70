import Foundation
import Testing

@testable import SystemCalls

/// Programs that are started, and found.
@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
  @Test("A program is found as a shell finds it, a path is taken as it is")
  func search() {
    #expect(ProgramSearch.file(of: "sh")?.hasSuffix("/sh") == true)
    #expect(ProgramSearch.file(of: "/bin/sh") == "/bin/sh")
    #expect(ProgramSearch.file(of: "no-such-program-here") == nil)
    #expect(ProgramSearch.file(of: "./no-such-program-here") == nil)
    #expect(FileSystem.refusesToRun("/etc/passwd")?.text == "Permission denied")
  }

  @Test("The exit status is the program's own, or 128 and the signal that ended it")
  func status() throws {
    for (script, status) in [("exit 0", Int32(0)), ("exit 7", 7), ("kill -TERM $$", 143)] {
      let program = try StartedProgram("/bin/sh", ["sh", "-c", script], as: nil)
      while program.status == nil {
        program.poll()
        pause(milliseconds: 1)
      }
      #expect(program.status == status, "\(script)")
    }
    #expect(try StartedProgram("/bin/sh", ["sh", "-c", "exit 0"], as: nil).succeeds())
    #expect(try !StartedProgram("/bin/sh", ["sh", "-c", "exit 1"], as: nil).succeeds())
  }

  @Test("Why a program cannot be started is what the child could not do")
  func cannotStart() {
    let none = #expect(throws: SystemError.self) { try StartedProgram("/no/such/program", ["x"], as: nil) }
    #expect(none?.text == "No such file or directory")
    let text = #expect(throws: SystemError.self) { try StartedProgram("/etc/passwd", ["x"], as: nil) }
    #expect(text?.text == "Permission denied")
  }

  @Test("A program has standard input, output and error, and nothing else that this one has open")
  func descriptors() throws {
    try withFolder { folder in
      let (open, _) = try FileSystem.openForWriting(folder + "/open")
      defer { Descriptor.close(open) }
      let list = folder + "/list"
      // The shell's own descriptor for the list is the one above.
      let script = "for d in /proc/self/fd/*; do readlink $d; done > \(list); true"
      let program = try StartedProgram("/bin/sh", ["sh", "-c", script], as: nil)
      #expect(program.succeeds())
      let text = try String(contentsOfFile: list, encoding: .utf8)
      #expect(!text.contains(folder + "/open"), "\(text)")
    }
  }

  @Test("A name of octets that are no UTF-8 reaches a program as it is")
  func octets() throws {
    try withFolder { folder in
      let name = FileName.text([0x61, 0xff])
      let list = folder + "/octets"
      let script = "printf %s \"$1\" | od -An -tx1 > \(list)"
      let program = try StartedProgram("/bin/sh", ["sh", "-c", script, "sh", name], as: nil)
      #expect(program.succeeds())
      let words = try String(contentsOfFile: list, encoding: .utf8).split(separator: " ")
      #expect(words.first == "61" && words.dropFirst().first?.hasPrefix("ff") == true, "\(words)")
    }
  }
}
