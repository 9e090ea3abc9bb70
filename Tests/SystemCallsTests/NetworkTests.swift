import Foundation
import Testing

@testable import SystemCalls

/// Interfaces, addresses, and how a private network is had; that one works is tried with the built program: keepwatchTests.DemoTests.
@Suite struct NetworkTests {
  @Test("lo is there and has a number; what is not there has none, and is gone")
  func interfaces() {
    let number = InterfaceState.index(of: "lo")
    #expect(number > 0)
    #expect(InterfaceState(index: number) != .gone)
    #expect(InterfaceState.index(of: "none0") == 0)
    #expect(InterfaceState(index: 987_654) == .gone)
  }

  @Test("An address of either family is read, and nothing else")
  func addresses() {
    #expect(NetworkAddress.octets("192.0.2.7") == [192, 0, 2, 7])
    #expect(NetworkAddress.octets("::1") == [UInt8](repeating: 0, count: 15) + [1])
    #expect(NetworkAddress.octets("::ffff:192.0.2.7")?.suffix(6) == [0xff, 0xff, 192, 0, 2, 7])
    for text in ["", "192.0.2", "192.0.2.256", "localhost", "fe80::1%lo"] {
      #expect(NetworkAddress.octets(text) == nil)
    }
  }

  @Test("A parameter that the kernel does not have is not set")
  func parameter() { #expect(!KernelParameter.set("no_such_parameter", to: 1)) }

  @Test(
    "This process has more than one thread, so that it gets no user namespace; the reason says what to do",
    .enabled(if: geteuid() != 0, "as root the test would lose its network"))
  func unavailable() {
    let error = #expect(throws: PrivateNetwork.Unavailable.self) { try PrivateNetwork.enter() }
    #expect(error?.description.hasPrefix("A private network namespace cannot be had: ") == true)
    #expect(error?.description.hasSuffix(PrivateNetwork.advice) == true)
  }
}
