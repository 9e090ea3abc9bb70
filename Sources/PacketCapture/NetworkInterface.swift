import CPcap

/// An interface that libpcap can capture on.
public struct NetworkInterface: Sendable {
  /// Its name, for `-i`.
  public let name: String
  /// libpcap's words for it, if any.
  public let details: String?
  /// Whether it is the loopback interface.
  public let isLoopback: Bool
  /// Whether it is up.
  public let isUp: Bool

  /// All of this host's, in libpcap's order; none where libpcap cannot tell.
  ///
  /// - Throws: `LiveCaptureError` where there is no libpcap.
  public static func all() throws(LiveCaptureError) -> [NetworkInterface] {
    let pcap = try Libpcap.forCapture()
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    var list: UnsafeMutablePointer<pcap_if_t>?
    guard unsafe pcap.findalldevs(&list, &message) == 0 else { return [] }
    defer { unsafe pcap.freealldevs(list) }
    var interfaces: [NetworkInterface] = []
    var next = unsafe list
    while let current = unsafe next?.pointee {
      if let name = unsafe current.name {
        unsafe interfaces.append(
          NetworkInterface(
            name: String(cString: name),
            details: current.description.map { unsafe String(cString: $0) },
            isLoopback: current.flags & UInt32(PCAP_IF_LOOPBACK) != 0,
            isUp: current.flags & UInt32(PCAP_IF_UP) != 0))
      }
      unsafe next = unsafe current.next
    }
    return interfaces
  }
}
