import CPcap
import PacketWire

/// A filter in libpcap's language (pcap-filter(7)), compiled once for each link type it meets.
public final class PacketFilter {
  /// The expression as the user gave it.
  public let expression: String
  /// It is compiled for so many link types: each takes some 200 µs and some memory, and no capture has more than a few.
  public static let maximumLinkTypes = 64
  /// Packets of further link types, none of which passed.
  public private(set) var packetsBeyond = 0
  private var programs: [LinkType: Result<FilterProgram, PacketFilterError>] = [:]

  /// A filter for packets cut to any length.
  ///
  /// - Parameter expression: the filter.
  /// - Throws: `PacketFilterError` where it is no filter for any of the common link types.
  public init(_ expression: String) throws(PacketFilterError) {
    self.expression = expression
    if case .failure(let error) = program(for: .ethernet), case .failure = program(for: .raw) { throw error }
    programs = [:]
  }

  /// The link types met so far for which the expression does not compile: none of their packets pass.
  public var inapplicable: [LinkType: String] {
    programs.compactMapValues { program in
      if case .failure(let error) = program { error.reason } else { nil }
    }
  }

  /// Whether the packet in `range` of `bytes` passes.
  public func matches(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, originalLength: Int, linkType: LinkType
  ) -> Bool {
    guard programs.count < Self.maximumLinkTypes || programs[linkType] != nil else {
      packetsBeyond += 1
      return false
    }
    guard case .success(let program) = program(for: linkType) else { return false }
    return program.matches(bytes.extracting(range), originalLength: originalLength)
  }

  private func program(for linkType: LinkType) -> Result<FilterProgram, PacketFilterError> {
    if let program = programs[linkType] { return program }
    let program = Result { () throws(PacketFilterError) in try FilterProgram(expression, linkType) }
    programs[linkType] = program
    return program
  }
}

/// A filter compiled for one link type.
@safe private final class FilterProgram {
  private let pcap: libpcap
  private let program: UnsafeMutablePointer<bpf_program>

  init(_ expression: String, _ linkType: LinkType) throws(PacketFilterError) {
    // DLT_RAW and DLT_LOOP have numbers of their own outside of files (pcap/dlt.h).
    let dlt: Int32 =
      switch linkType {
      case .raw: DLT_RAW
      case .loop: DLT_LOOP
      default: Int32(linkType.rawValue)
      }
    do throws(Libpcap.LoadError) { pcap = try Libpcap.functions() } catch {
      throw PacketFilterError(expression: expression, reason: error.reason, isUntried: true)
    }
    guard let handle = unsafe pcap.open_dead(dlt, 262_144) else {
      throw PacketFilterError(expression: expression, reason: "libpcap has no memory")
    }
    defer { unsafe pcap.close(handle) }
    unsafe program = .allocate(capacity: 1)
    // From here on the object is whole: deinit frees the program, also where this throws. Freeing an empty one is allowed.
    unsafe program.initialize(to: bpf_program())
    guard unsafe pcap.compile(handle, program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
      throw PacketFilterError(expression: expression, reason: unsafe pcap.reason(handle))
    }
  }

  deinit {
    unsafe pcap.freecode(program)
    unsafe program.deallocate()
  }

  func matches(_ packet: Span<UInt8>, originalLength: Int) -> Bool {
    var header = pcap_pkthdr()
    header.caplen = UInt32(packet.count)
    header.len = UInt32(clamping: originalLength)
    // libpcap's interpreter checks each access against caplen.
    return unsafe packet.withUnsafeBufferPointer { storage in
      guard let base = storage.baseAddress else { return false }
      return unsafe pcap.offline_filter(program, &header, base) != 0
    }
  }
}

/// Why an expression is no filter.
public struct PacketFilterError: Error, CustomStringConvertible {
  /// The expression as the user gave it.
  public let expression: String
  /// libpcap's reason, or why libpcap could not be loaded.
  public let reason: String
  /// Whether libpcap could not be loaded: the expression may be right.
  public var isUntried = false

  /// Whether its user means another language than libpcap's: Wireshark's.
  public var isOfOtherLanguage: Bool { !isUntried && DisplayFilter.isOne(expression) }

  /// One sentence.
  public var description: String {
    if isUntried { return "A filter needs libpcap: \(reason)." }
    guard isOfOtherLanguage else { return "'\(expression)' is no filter: \(reason)." }
    let beginning = "'\(expression)' is Wireshark's display filter; "
    guard let translation = DisplayFilter.translation(expression), (try? PacketFilter(translation)) != nil else {
      return beginning
        + "here filters are in libpcap's language (pcap-filter(7)), as in 'tcp port 3306 and host 10.0.0.5'."
    }
    return beginning + "here: '\(translation)'."
  }
}
