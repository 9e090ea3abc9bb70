import PacketWire

/// What a TCP packet keeps wherever it is captured: on both ends of a path, or on both legs of a NAT.
///
/// Addresses, ports and TTL are left out, as a NAT or a router changes them.
struct PacketFingerprint: Hashable {
  let value: UInt64

  init(_ segment: Segment) {
    var mixed = UInt64(segment.sequence.value) << 32 | UInt64(segment.acknowledgment.value)
    mixed = Self.mix(mixed, UInt64(segment.timestampValue) << 32 | UInt64(segment.timestampEcho))
    mixed = Self.mix(mixed, UInt64(segment.payloadLength) << 32 | UInt64(segment.identification) << 16)
    value = Self.mix(mixed, UInt64(segment.window) << 8 | UInt64(segment.flags.rawValue))
  }

  /// One round of MurmurHash3's finaliser.
  private static func mix(_ value: UInt64, _ next: UInt64) -> UInt64 {
    var mixed = (value ^ next) &* 0xff51_afd7_ed55_8ccd
    mixed ^= mixed >> 33
    mixed = mixed &* 0xc4ce_b9fe_1a85_ec53
    return mixed ^ (mixed >> 33)
  }
}
