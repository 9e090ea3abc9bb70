/// A kind of file that is no pcap or pcapng, known by its first octets, and what turns it into one.
enum ForeignFormat: CaseIterable {
  case zstd, xz, lzma, bzip2, lz4, lzip, lzop, compress, zip, sevenZip, tar
  case snoop, netMon1, netMon2, sniffer, netXRay, iptrace, nettl, k12, k12Text, lanalyzer, visual, observer, fiveViews
  case commView, ixia, peek, erf, eventTrace
  case bluetoothLog, eventLog, elf, pdf, utf16, page, text

  /// The octets that are enough to know every kind: tar's magic number stands furthest back.
  static let headLength = 512

  /// The kind of a file that begins with `head`; `nil` where it is none of these.
  init?(_ head: [UInt8]) {
    guard let format = Self.allCases.first(where: { $0.begins(head) }) else { return nil }
    self = format
  }

  /// Whether a file that begins with `head` is of this kind.
  private func begins(_ head: [UInt8]) -> Bool {
    func has(_ octets: UInt8..., at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: octets) }
    func has(_ text: String, at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: text.utf8) }
    return switch self {
    // pzstd begins with a frame to be skipped (RFC 8878 §3.1.2).
    case .zstd: has(0x28, 0xb5, 0x2f, 0xfd) || (0x50...0x5f).contains(head.first ?? 0) && has(0x2a, 0x4d, 0x18, at: 1)
    case .xz: has(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)
    case .lzma: has(0x5d, 0, 0) && head.dropFirst(5).starts(with: [UInt8](repeating: 0xff, count: 8))
    case .bzip2: has("BZh")
    // The second is that of lz4 -l (lz4's frame format, "Legacy frame").
    case .lz4: has(0x04, 0x22, 0x4d, 0x18) || has(0x02, 0x21, 0x4c, 0x18)
    case .lzip: has("LZIP")
    case .lzop: has(0x89, 0x4c, 0x5a, 0x4f, 0)
    case .compress: has(0x1f, 0x9d)
    case .zip: has("PK\u{3}\u{4}")
    case .sevenZip: has(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c)
    case .tar: has("ustar", at: 257)
    case .snoop: has("snoop\0\0\0")
    case .netMon1: has("RTSS")
    case .netMon2: has("GMBU")
    case .sniffer: has("TRSNIFF data")
    case .netXRay: has("XCP\0") || has("VL\0\0")
    case .iptrace: has("iptrace ")
    case .nettl: has(0x54, 0x52, 0x00, 0x64, 0x00) || has(0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0xd0, 0)
    case .k12: has(0, 0, 2, 0, 0x12, 5, 0, 0x10)
    case .k12Text: has("+---------+---------------+----------+")
    case .lanalyzer: has(0x01, 0x10, 0x4c, 0x00) || has(0x07, 0x10, 0x4c, 0x00)
    case .visual: has(0x05, 0x56, 0x4e, 0x46)
    case .observer: has("ObserverPktBuffe")
    case .fiveViews: has(0xaa, 0xaa, 0xaa, 0xaa)
    case .commView: Self.isCommView(head)
    case .ixia: has(0xac, 0x01, 0x00, 0x1c) || has(0xab, 0x01, 0x00, 0x1c)
    case .peek: has("\u{7f}ver")
    case .erf: Self.isERF(head)
    // The header of a buffer, then one of the trace, whose marker has these bits (Windows SDK, evntrace.h).
    case .eventTrace: has(0x02, 0x00, 0x01, 0xc0, at: 72) || has(0x02, 0x00, 0x02, 0xc0, at: 72)
    case .bluetoothLog: has("btsnoop\0")
    case .eventLog: has("ElfFile\0")
    case .elf: has(0x7f, 0x45, 0x4c, 0x46)
    case .pdf: has("%PDF")
    case .utf16: has(0xff, 0xfe) || has(0xfe, 0xff)
    case .page: Self.isPage(head)
    case .text: Self.isText(head)
    }
  }

  /// An ERF file begins with its first record, and has no magic number: a time, a type, flags, and three lengths.
  private static func isERF(_ head: [UInt8]) -> Bool {
    guard head.count >= 16 else { return false }
    let seconds = (4..<8).reversed().reduce(0) { $0 << 8 | Int(head[$1]) }
    let recordLength = Int(head[10]) << 8 | Int(head[11])
    let wireLength = Int(head[14]) << 8 | Int(head[15])
    // Since 2000; the types are numbered up to 48 (Endace, ERF types reference), with bit 7 for extension headers.
    return seconds > 946_684_800 && (1...48).contains(head[8] & 0x7f) && recordLength >= 16 && wireLength > 0
  }

  /// A CommView file begins with its first packet: length, the same again in the older form, a date from 1990 on.
  private static func isCommView(_ head: [UInt8]) -> Bool {
    guard head.count >= 12 else { return false }
    func isDate(_ offset: Int) -> Bool {
      let year = Int(head[offset]) | Int(head[offset + 1]) << 8
      return (1990...2089).contains(year) && (1...12).contains(head[offset + 2]) && (1...31).contains(head[offset + 3])
        && head[offset + 4] < 24
    }
    let isOld = head[0] == head[2] && head[1] == head[3] && isDate(5)
    return isOld || (head[2] == 0 && head[3] == 0 && isDate(4))
  }

  private static func isPage(_ head: [UInt8]) -> Bool {
    let text = String(decoding: head, as: UTF8.self).lowercased().drop(while: \.isWhitespace)
    return ["<!doctype html", "<html", "<?xml", "<pdml", "<psml"].contains { text.hasPrefix($0) }
  }

  private static func isText(_ head: [UInt8]) -> Bool {
    !head.isEmpty && head.allSatisfy { $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) || $0 == 0x1b }
  }

  /// What a file of this kind is, and what helps, as the rest of a sentence; `file` is its name as the user gave it.
  func problem(file: String) -> String {
    let name = Self.quoted(file)
    func compressed(_ format: String, _ command: String) -> String {
      "this is compressed by \(format), and keepwatch undoes only gzip; "
        + "\"\(command) \(name) | keepwatch replay -\" reads it"
    }
    func capture(_ kind: String, _ options: String = "") -> String {
      "this is \(kind), and keepwatch reads pcap and pcapng; \(Self.rewriting(name, options)) turns it into one"
    }
    // Such a file has no link type of its own, which pcapng needs.
    let ofEthernet = "-T ether "
    return switch self {
    case .zstd: compressed("zstd", "zstd -dc")
    case .xz: compressed("xz", "xz -dc")
    case .lzma: compressed("lzma", "xz -dc --format=lzma")
    case .bzip2: compressed("bzip2", "bzip2 -dc")
    case .lz4: compressed("lz4", "lz4 -dc")
    case .lzip: compressed("lzip", "lzip -dc")
    case .lzop: compressed("lzop", "lzop -dc")
    case .compress: compressed("compress", "gzip -dc")
    case .zip: compressed("zip", "unzip -p")
    case .sevenZip: compressed("7-Zip", "7z x -so")
    case .tar: "this is a tar archive; \"tar -xf \(name)\" takes out what is in it"
    case .snoop: capture("a capture of Solaris' snoop")
    case .netMon1: capture("a capture of Microsoft's Network Monitor 1")
    case .netMon2: capture("a capture of Microsoft's Network Monitor")
    case .sniffer: capture("a capture of the Sniffer for DOS")
    case .netXRay: capture("a capture of NetXRay or the Sniffer for Windows")
    case .iptrace: capture("a capture of AIX' iptrace", ofEthernet)
    case .nettl: capture("a capture of HP-UX' nettl", ofEthernet)
    case .k12: capture("a capture of a Tektronix K12", ofEthernet)
    case .k12Text: capture("a text export of a Tektronix K12", ofEthernet)
    case .lanalyzer: capture("a capture of Novell's LANalyzer")
    case .visual: capture("a capture of Visual Networks' UpTime")
    case .observer: capture("a capture of Network Instruments' Observer")
    case .fiveViews: capture("a capture of Accellent's 5Views")
    case .commView: capture("a capture of TamoSoft's CommView", ofEthernet)
    case .ixia: capture("a capture of Ixia's IxVeriWave")
    case .peek: capture("a capture of OmniPeek")
    case .erf: capture("probably an ERF file of an Endace card", ofEthernet)
    case .eventTrace:
      "this is an event trace of Windows; there \"pktmon etl2pcap \(name)\" turns one of pktmon into a capture, and "
        + "Microsoft's \"etl2pcapng \(name) \(name).pcapng\" one of netsh trace"
    case .bluetoothLog: "this is a Bluetooth log, which has no TCP"
    case .eventLog: "this is an event log of Windows, no capture"
    case .elf: "this is a program or a core dump, no capture"
    case .pdf: "this is a PDF, no capture"
    case .utf16:
      "this is text in UTF-16, as PowerShell's > writes it; let the capturing program write the file itself "
        + "(\"tcpdump -w FILE\")"
    case .page: "this is a page or XML, no capture; was a login or an error page saved in its place?"
    case .text:
      "this is text, no capture; keepwatch needs the packets themselves, as \"tcpdump -w FILE\" writes them "
        + "(\"text2pcap \(name) \(name).pcapng\" turns a hex dump back into them)"
    }
  }

  /// What to say of a file that is not known at all.
  static func unknown(file: String) -> String {
    "this is no capture that keepwatch knows; it reads pcap and pcapng, plain or compressed by gzip; where Wireshark "
      + "opens the file, \(rewriting(quoted(file))) turns it into one"
  }

  private static func rewriting(_ name: String, _ options: String = "") -> String {
    "\"editcap \(options)-F pcapng \(name) \(name).pcapng\""
  }

  /// A file's name as a shell takes it; "FILE" for standard input.
  private static func quoted(_ name: String) -> String {
    if name == "-" { return "FILE" }
    let isPlain = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        || (UInt8(ascii: "-")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_")
    }
    return isPlain
      ? name : "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
