import Foundation
import Testing

@testable import SystemCalls

@Suite struct ClockTests {
  @Test("The time is that of the packets' clock, in nanoseconds since 1970, and goes on while nothing is done")
  func time() {
    let before = currentTime()
    let other = Int64(Date().timeIntervalSince1970 * 1e9)
    #expect(abs(other - before) < 5_000_000_000)
    pause(milliseconds: 20)
    #expect(currentTime() - before >= 20_000_000)
  }

  @Test("Standard input, output and error have the numbers that every shell knows, and a copy has another")
  func descriptors() throws {
    #expect([Descriptor.standardInput, Descriptor.standardOutput, Descriptor.standardError] == [0, 1, 2])
    let copy = try Descriptor.duplicate(Descriptor.standardError)
    defer { Descriptor.close(copy) }
    #expect(copy > 2 && FileIdentity(descriptor: copy) == FileIdentity(descriptor: 2))
  }

  @Test("A variable that is not set is none")
  func environment() {
    #expect(environmentVariable("PATH") == ProcessInfo.processInfo.environment["PATH"])
    #expect(environmentVariable("KEEPWATCH_NO_SUCH_VARIABLE") == nil)
  }

  @Test("An error has the manual's name and the C library's words")
  func errors() {
    #expect(SystemError("recv", code: 110).description == "recv failed with ETIMEDOUT (Connection timed out)")
    #expect(SystemError("x", code: 9999).name == "error 9999")
  }
}
