import CPcap
import PacketWire
import SystemCalls

/// Takes the packets of a live capture one by one.
///
/// - Parameters:
///   - bytes: the packet's captured octets, in libpcap's buffer: they hold only until this returns.
///   - originalLength: its length on the wire, in octets.
///   - time: when the kernel saw it, in nanoseconds since the epoch.
public typealias LivePacketHandler = (_ bytes: Span<UInt8>, _ originalLength: Int, _ time: Int64) -> Void

/// What libpcap's callback finds behind its context pointer.
private final class HandlerBox {
  let handler: LivePacketHandler

  init(_ handler: @escaping LivePacketHandler) { self.handler = handler }
}

/// How to capture.
public struct LiveOptions: Sendable {
  /// The interface's name.
  public var interface: String
  /// A filter in libpcap's language, applied in the kernel; empty for everything.
  public var filter = ""
  /// Octets kept of each packet; 0 for all.
  ///
  /// 256 hold every header, and fill the kernel's buffer more slowly than whole packets.
  public var snapshotLength = 256
  /// Octets of the kernel's buffer.
  public var bufferSize = 8 << 20
  /// How long the kernel may wait for a buffer block to fill, in milliseconds: the delay of what is printed.
  public var timeout: Int32 = 50

  /// Options for an interface.
  public init(interface: String) { self.interface = interface }
}

/// libpcap's counts at the end of a live capture.
public struct LiveStatistics: Sendable {
  /// Packets that passed the filter.
  public let received: Int
  /// Those lost because the buffer was full.
  public let dropped: Int
  /// Those lost by the interface or its driver.
  public let droppedByInterface: Int
}

/// Why a live capture did not start.
public struct LiveCaptureError: Error, CustomStringConvertible {
  /// Whether only a privilege is missing.
  public let isPrivilege: Bool
  /// What is wrong and what to do, in sentences.
  public let description: String
}

/// A running capture on an interface.
@safe public final class LiveCapture {
  /// How packets begin.
  public let linkType: LinkType
  /// The octets kept of each packet.
  public let snapshotLength: Int
  /// Becomes readable when packets wait.
  public let descriptor: Int32
  private let pcap: libpcap
  private let handle: OpaquePointer
  private let filter: String

  /// Starts capturing.
  ///
  /// - Throws: `LiveCaptureError` where the interface is not there, a privilege is missing or the filter is wrong.
  public init(_ options: LiveOptions) throws(LiveCaptureError) {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let pcap = try Libpcap.forCapture()
    guard let handle = unsafe pcap.create(options.interface, &message) else {
      throw LiveCaptureError(isPrivilege: false, description: "\(options.interface): \(text(message)).")
    }
    let snapshotLength = options.snapshotLength == 0 ? 262_144 : options.snapshotLength
    _ = unsafe pcap.set_snaplen(handle, Int32(snapshotLength))
    _ = unsafe pcap.set_buffer_size(handle, Int32(options.bufferSize))
    _ = unsafe pcap.set_timeout(handle, options.timeout)
    _ = unsafe pcap.set_promisc(handle, 0)
    _ = unsafe pcap.set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
    let status = unsafe pcap.activate(handle)
    // libpcap opens descriptors without O_CLOEXEC (a packet socket, an eventfd); nothing was started meanwhile.
    Descriptor.keepFromPrograms()
    guard status >= 0 else {
      let error = unsafe Self.activationError(status, pcap, handle, options.interface)
      unsafe pcap.close(handle)
      throw error
    }
    // An empty filter too: only with one does the kernel cut packets to the snapshot length, before it copies them.
    if let error = unsafe Self.setFilter(options.filter, pcap, handle) {
      unsafe pcap.close(handle)
      throw error
    }
    _ = unsafe pcap.setnonblock(handle, 1, &message)
    self.pcap = pcap
    unsafe self.handle = handle
    self.snapshotLength = snapshotLength
    filter = options.filter
    linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: unsafe pcap.datalink(handle)))
    descriptor = unsafe pcap.get_selectable_fd(handle)
  }

  deinit { unsafe pcap.close(handle) }

  /// Hands out the packets that wait, at most a buffer's worth.
  ///
  /// - Throws: `LiveCaptureError` where the interface is gone.
  public func read(_ handler: LivePacketHandler) throws(LiveCaptureError) {
    let count = withoutActuallyEscaping(handler) { handler in
      let box = HandlerBox(handler)
      // The box lives until pcap_dispatch has returned, and the pointer to it is used no longer.
      return withExtendedLifetime(box) {
        let context = unsafe Unmanaged.passUnretained(box).toOpaque()
        return unsafe pcap.dispatch(handle, 4096, takePacket, context.assumingMemoryBound(to: UInt8.self))
      }
    }
    guard count >= 0 else {
      let reason = unsafe pcap.reason(handle)
      throw LiveCaptureError(isPrivilege: false, description: "The capture ended: \(reason).")
    }
  }

  /// Leaves segments with data in the kernel from now on (`ProbeFilter`), or takes them again.
  ///
  /// - Throws: `LiveCaptureError` where such a filter does not go with the one given, or with the interface's link type.
  public func leaveDataOut(_ isLeftOut: Bool) throws(LiveCaptureError) {
    let expression = isLeftOut ? ProbeFilter.narrowing(filter) : filter
    if let error = unsafe Self.setFilter(expression, pcap, handle) { throw error }
  }

  /// libpcap's counts so far; `nil` where it cannot tell.
  public var statistics: LiveStatistics? {
    var counts = pcap_stat()
    guard unsafe pcap.stats(handle, &counts) == 0 else { return nil }
    return LiveStatistics(
      received: Int(counts.ps_recv), dropped: Int(counts.ps_drop), droppedByInterface: Int(counts.ps_ifdrop))
  }

  private static func setFilter(
    _ expression: String, _ pcap: libpcap, _ handle: OpaquePointer
  ) -> LiveCaptureError? {
    var program = unsafe bpf_program()
    guard unsafe pcap.compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
      let reason = unsafe pcap.reason(handle)
      return LiveCaptureError(
        isPrivilege: false, description: PacketFilterError(expression: expression, reason: reason).description)
    }
    defer { unsafe pcap.freecode(&program) }
    guard unsafe pcap.setfilter(handle, &program) == 0 else {
      let reason = unsafe pcap.reason(handle)
      return LiveCaptureError(isPrivilege: false, description: "The filter cannot be set: \(reason).")
    }
    return nil
  }

  private static func activationError(
    _ status: Int32, _ pcap: libpcap, _ handle: OpaquePointer, _ interface: String
  ) -> LiveCaptureError {
    switch status {
    case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
      return LiveCaptureError(
        isPrivilege: true,
        description: "Capturing on \(interface) needs the privilege CAP_NET_RAW. Run it with sudo, or give it to the "
          + "program once: sudo setcap cap_net_raw=ep \(ThisProgram.path). Without any: keepwatch demo, keepwatch replay."
      )
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return LiveCaptureError(
        isPrivilege: false, description: "There is no interface '\(interface)'. keepwatch live -D lists them.")
    case PCAP_ERROR_IFACE_NOT_UP:
      return LiveCaptureError(
        isPrivilege: false, description: "The interface \(interface) is not up: sudo ip link set \(interface) up.")
    default:
      let detail = unsafe pcap.reason(handle)
      let name = pcap.reason(status)
      return LiveCaptureError(
        isPrivilege: false, description: "\(interface): \(name)\(detail.isEmpty ? "" : " (\(detail))").")
    }
  }
}

/// libpcap's callback.
private func takePacket(
  _ context: UnsafeMutablePointer<UInt8>?, _ header: UnsafePointer<pcap_pkthdr>?, _ data: UnsafePointer<UInt8>?
) {
  guard let context = unsafe context, let header = unsafe header?.pointee, let data = unsafe data else { return }
  let box = unsafe Unmanaged<HandlerBox>.fromOpaque(context).takeUnretainedValue()
  let bytes = unsafe UnsafeBufferPointer(start: data, count: Int(header.caplen))
  // With nanosecond precision libpcap puts nanoseconds into tv_usec (pcap_set_tstamp_precision(3PCAP)).
  let time = Int64(header.ts.tv_sec) * 1_000_000_000 + Int64(header.ts.tv_usec)
  unsafe box.handler(bytes.span, Int(header.len), time)
}

/// A C string in an array.
func text(_ characters: [CChar]) -> String {
  String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
