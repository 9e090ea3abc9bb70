import PacketWire

/// Leaves out what an earlier file has captured already, and gives both legs of a NAT the addresses of the first.
struct SharedPackets {
  /// The fingerprints of the latest packets, a power of two: far more than pass while one packet is on its way.
  private static let recentCount = 1 << 16
  /// The same packet stands in both files at the same time, by the corrected clocks, give or take this and the way's
  /// length; it is less than a keepalive interval, whose probes may have one fingerprint.
  private static let tolerance: UInt64 = 400_000_000

  private struct Recent {
    var fingerprint: UInt64 = 0
    var time: Int64 = .min
    var file: UInt16 = 0
    var ends = SocketPair(nobody, nobody)
  }

  private static let nobody = SocketAddress(address: IPAddress(ipv4: 0), port: 0)

  /// The files that share packets with another.
  private let files: Set<UInt16>
  private var recent = [Recent](repeating: Recent(), count: recentCount)
  /// On the other leg: the addresses that the connection has in the first file.
  private var translations: [SocketPair: SocketPair] = [:]

  init(_ shared: [SharedCapture]) {
    files = Set(shared.flatMap { [UInt16(truncatingIfNeeded: $0.file), UInt16(truncatingIfNeeded: $0.reference)] })
  }

  /// Whether another file had this packet; otherwise the segment gets the addresses of the first leg.
  mutating func isCopy(_ segment: inout Segment) -> Bool {
    guard files.contains(segment.file) else { return false }
    let fingerprint = PacketFingerprint(segment).value
    let place = Int(truncatingIfNeeded: fingerprint) & (Self.recentCount - 1)
    let earlier = recent[place]
    let ends = segment.ends
    if earlier.fingerprint == fingerprint, earlier.file != segment.file,
      (segment.time &- earlier.time).magnitude <= Self.tolerance
    {
      if earlier.ends != ends {
        translations[ends] = earlier.ends
        translations[ends.reversed] = earlier.ends.reversed
      }
      return true
    }
    if let first = translations[ends] {
      segment.source = first.one.address
      segment.sourcePort = first.one.port
      segment.destination = first.other.address
      segment.destinationPort = first.other.port
    }
    recent[place] = Recent(fingerprint: fingerprint, time: segment.time, file: segment.file, ends: ends)
    return false
  }
}
