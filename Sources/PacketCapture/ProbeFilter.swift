/// What of TCP the kernel must hand over for probes, answers and give-ups: not the segments with data.
///
/// A filter in the kernel costs less than handing a packet over (pcap-filter(7)). It knows no connections, so it cannot keep
/// the last segment before a silence, nor leave out the acknowledgments of a transfer.
public enum ProbeFilter {
  /// Segments with SYN, FIN or RST, those with at most one octet of payload, and whatever may quote or hide TCP: ICMP, IPv6
  /// extension headers.
  ///
  /// The payload's length is that of the packet (octets 2 and 3 of IPv4's header, 4 and 5 of IPv6's) less the headers'; the
  /// flags are octet 13 of TCP's header, its length the upper half of octet 12 (RFC 791 §3.1, RFC 8200 §3, RFC 9293 §3.1).
  /// pcap-filter's `tcp[…]` is IPv4 only. Lengths that lie, and those of BIG TCP, come out huge: unsigned.
  public static let expression =
    "(ip and (tcp[13] & 7 != 0 or ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) <= 1)) "
    + "or (ip6 and (ip6[6] != 6 or ip6[53] & 7 != 0 or ip6[4:2] - ((ip6[52] & 240) >> 2) <= 1)) or icmp"

  /// The packets of `filter` that pass this one too.
  ///
  /// `vlan` and its like change what follows them, so they come last.
  static func narrowing(_ filter: String) -> String {
    filter.isEmpty ? expression : "(\(expression)) and (\(filter))"
  }
}
