import PacketWire
import SystemCalls

extension SocketAddress {
  /// The end written as "127.0.0.1:36828" or "[::1]:36828"; `nil` where `text` is none.
  ///
  /// An IPv4 address written as an IPv4-mapped one is the IPv4 address.
  public init?(text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(text: String(host)) else { return nil }
    self.init(address: address, port: port)
  }
}

extension IPAddress {
  /// The address of a text in the forms of inet_pton(3); `nil` where it is none.
  public init?(text: String) {
    guard let octets = NetworkAddress.octets(text) else { return nil }
    if octets.count == 4 {
      self.init(ipv4: octets.reduce(0) { $0 << 8 | UInt32($1) })
      return
    }
    let half = { (slice: ArraySlice<UInt8>) in slice.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    self.init(high: half(octets[..<8]), low: half(octets[8...]))
  }
}
