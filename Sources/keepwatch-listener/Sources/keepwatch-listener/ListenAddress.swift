import FlyingFox
import FlyingSocks
import Foundation

/// Where connections are taken: an IPv4 address, or an IPv6 address in brackets, and a port.
struct ListenAddress: CustomStringConvertible {
  let host: String
  private(set) var port: UInt16
  private let isIPv6: Bool

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
    self.host = String(isIPv6 ? host.dropFirst().dropLast() : host)
    self.port = port
  }

  var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The address with another port.
  func with(port: UInt16) -> ListenAddress {
    var other = self
    other.port = port
    return other
  }

  /// A server's configuration with this address; `nil` where it is none.
  var configuration: HTTPServer.Configuration? {
    if isIPv6, let address = try? sockaddr_in6.inet6(ip6: host, port: port) {
      return HTTPServer.Configuration(address: address, logger: .disabled)
    }
    guard !isIPv6, let address = try? sockaddr_in.inet(ip4: host, port: port) else { return nil }
    return HTTPServer.Configuration(address: address, logger: .disabled)
  }
}
