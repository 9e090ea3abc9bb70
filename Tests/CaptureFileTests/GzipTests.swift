import Testing

@testable import CaptureFile

/// Compressed captures, whole and damaged.
@Suite struct GzipTests {
  static let packets: [[UInt8]] = (1...6).map { [UInt8](repeating: UInt8($0), count: 10 * $0) }
  static let capture = FileBuilder.pcap(isBig: false, magic: 0xa1b2_c3d4, packets: packets)
  /// Where the fourth packet's record begins.
  static let middle = 24 + 3 * 16 + 10 + 20 + 30

  /// A member that holds `data` as it is (RFC 1952 §2.2, RFC 1951 §3.2.4).
  static func member(_ data: [UInt8]) -> [UInt8] {
    let little = { (number: UInt32) in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) } }
    let length = UInt16(data.count)
    let lengths = [length, ~length].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + lengths + data + little(checksum(data)) + little(UInt32(length))
  }

  /// CRC-32 (RFC 1952 §8).
  static func checksum(_ data: [UInt8]) -> UInt32 {
    ~data.reduce(UInt32.max) { sum, octet in
      (0..<8).reduce(sum ^ UInt32(octet)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
  }

  @Test("Members that follow each other are one stream, and zeros after the last are padding", arguments: [0, 1, 512])
  func members(padding: Int) {
    let file = Self.member(Array(Self.capture[..<100])) + Self.member(Array(Self.capture[100...]))
    let (packets, error) = readAll(file + [UInt8](repeating: 0, count: padding))
    #expect(packets.map(\.bytes) == Self.packets && error == nil)
  }

  @Test(
    "What stands before a damaged member is read, and the damage is said with its place", arguments: [0, 0x1f, 0x41])
  func damagedMember(first: UInt8) {
    let whole = Self.member(Array(Self.capture[..<Self.middle]))
    var second = Self.member(Array(Self.capture[Self.middle...]))
    if first == 0x1f { second[1] = 0x41 } else { second.insert(first, at: 0) }
    let (packets, error) = readAll(whole + second)
    #expect(packets.map(\.bytes) == Array(Self.packets[..<3]))
    #expect(error?.packetsBefore == 3)
    // A zero might be padding, and of a header zlib takes two octets first.
    let found = [0: 1, 0x1f: 2][first] ?? 0
    #expect(
      error?.problem.contains("damaged at its octet \(whole.count + found)") == true, "\(String(describing: error))")
    #expect(error?.problem.contains("gzip -t") == true)
  }

  @Test("Where the checksum is wrong, all packets are read, and then it is said")
  func wrongChecksum() {
    var file = Self.member(Self.capture)
    file[file.count - 8] ^= 1
    let (packets, error) = readAll(file)
    #expect(packets.map(\.bytes) == Self.packets)
    #expect(error?.problem.contains("incorrect data check") == true, "\(String(describing: error))")
  }

  @Test("Damaged at any octet, a compressed capture gives an error, or the same packets")
  func damagedAnywhere() {
    let file = Self.member(Array(Self.capture[..<Self.middle])) + Self.member(Array(Self.capture[Self.middle...]))
    for offset in 2..<file.count {
      var damaged = file
      damaged[offset] ^= 0xff
      let (packets, error) = readAll(damaged)
      #expect(error != nil || packets.map(\.bytes) == Self.packets, "octet \(offset)")
    }
  }
}
