import Glibc

/// Addresses as people write them.
public enum NetworkAddress {
  /// The octets of an address in the forms of inet_pton(3), in network order: 4 of IPv4, 16 of IPv6; `nil` where it is none.
  public static func octets(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var octets = [UInt8](repeating: 0, count: count)
      // The C library writes so many octets.
      if unsafe inet_pton(family, text, &octets) == 1 { return octets }
    }
    return nil
  }
}
