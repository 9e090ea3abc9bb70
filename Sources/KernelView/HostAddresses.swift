import Glibc
import PacketWire

/// The IP addresses of this host, in this process's network namespace.
public enum HostAddresses {
  /// All of them, of interfaces that are up and of others (getifaddrs(3)).
  public static func now() -> Set<IPAddress> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&list) == 0 else { return [] }
    defer { unsafe freeifaddrs(list) }
    var addresses: Set<IPAddress> = []
    var next = unsafe list
    while let entry = unsafe next?.pointee {
      if let end = unsafe entry.ifa_addr, let address = unsafe address(end) { addresses.insert(address) }
      unsafe next = unsafe entry.ifa_next
    }
    return addresses
  }

  private static func address(_ end: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
    // The family tells which structure it is (getifaddrs(3)).
    switch Int32(unsafe end.pointee.sa_family) {
    case AF_INET:
      unsafe end.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        IPAddress(ipv4: UInt32(bigEndian: unsafe $0.pointee.sin_addr.s_addr))
      }
    case AF_INET6:
      unsafe end.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { octets in
          unsafe IPAddress(
            high: UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
      }
    default: nil
    }
  }
}
