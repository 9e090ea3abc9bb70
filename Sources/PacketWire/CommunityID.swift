extension SocketPair {
  /// The Community ID of the connection, version 1 with seed 0 (github.com/corelight/community-id-spec): by it Zeek, Suricata and
  /// Arkime name the same connection.
  public var communityID: String {
    let pair = unordered
    var message: [UInt8] = [0, 0]
    message += Self.octets(pair.one.address) + Self.octets(pair.other.address)
    // TCP's protocol number, and padding.
    message += [6, 0]
    for port in [pair.one.port, pair.other.port] {
      message += [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }
    return "1:" + base64(SHA1.digest(message))
  }

  private static func octets(_ address: IPAddress) -> [UInt8] {
    let all = [address.high, address.low].flatMap { half in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
    }
    return address.isIPv4 ? Array(all.suffix(4)) : all
  }
}

/// Octets in base 64 (RFC 4648 §4).
func base64(_ octets: [UInt8]) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: octets.count, by: 3) {
    let group = octets[start..<min(start + 3, octets.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for place in 0..<4 { text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : "=") }
  }
  return text
}
