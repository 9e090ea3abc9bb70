import PacketWire
import Testing

@testable import KernelView

/// The addresses of this host.
@Suite struct HostAddressesTests {
  @Test("The loopback address is among them, and no address of another host")
  func loopback() {
    let addresses = HostAddresses.now()
    #expect(addresses.contains(IPAddress(ipv4: 0x7f00_0001)) && !addresses.contains(IPAddress(ipv4: 0xc000_0201)))
  }
}
