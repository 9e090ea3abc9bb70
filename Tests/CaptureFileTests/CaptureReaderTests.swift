import CPcap
import Foundation
import PacketWire
import Testing

@testable import CaptureFile

/// A packet as a reader saw it.
struct ReadPacket: Equatable {
  var time: Int64?
  var originalLength: Int
  var bytes: [UInt8]
}

/// Everything our reader finds in `file`, and the error that stopped it.
func readAll(_ file: [UInt8]) -> (packets: [ReadPacket], error: CaptureFileError?) {
  var reader = CaptureReader(name: "test", input: ByteInput(bytes: file))
  var packets: [ReadPacket] = []
  var records: [PacketRecord] = []
  do throws(CaptureFileError) {
    while try reader.nextBatch(&records) {
      for record in records {
        packets.append(
          ReadPacket(
            time: record.time, originalLength: record.originalLength, bytes: Array(reader.buffer[record.range])))
      }
    }
  } catch {
    return (packets, error)
  }
  return (packets, nil)
}

/// Everything libpcap finds in `file`; `nil` where it cannot read it.
func readWithLibpcap(_ file: [UInt8]) throws -> [ReadPacket]? {
  let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
  try Data(file).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
  guard
    let handle = unsafe pcap_open_offline_with_tstamp_precision(
      path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
  else { return nil }
  defer { unsafe pcap_close(handle) }
  var packets: [ReadPacket] = []
  var header: UnsafeMutablePointer<pcap_pkthdr>?
  var data: UnsafePointer<UInt8>?
  while true {
    switch unsafe pcap_next_ex(handle, &header, &data) {
    case 1:
      guard let found = unsafe header?.pointee else { return nil }
      packets.append(
        ReadPacket(
          time: Int64(found.ts.tv_sec) * 1_000_000_000 + Int64(found.ts.tv_usec), originalLength: Int(found.len),
          bytes: unsafe Array(UnsafeBufferPointer(start: data, count: Int(found.caplen)))))
    case PCAP_ERROR_BREAK: return packets
    default: return nil
    }
  }
}

/// Builds capture files in memory, in either byte order.
struct FileBuilder {
  var isBig: Bool
  var bytes: [UInt8] = []

  mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    let little = stride(from: 0, to: Number.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
    bytes += isBig ? little.reversed() : little
  }

  mutating func block(_ type: UInt32, _ body: (inout FileBuilder) -> Void) {
    var inner = FileBuilder(isBig: isBig)
    body(&inner)
    while inner.bytes.count % 4 != 0 { inner.bytes.append(0) }
    add(type)
    add(UInt32(inner.bytes.count + 12))
    bytes += inner.bytes
    add(UInt32(inner.bytes.count + 12))
  }

  mutating func section() {
    block(0x0a0d_0d0a) {
      $0.add(0x1a2b_3c4d as UInt32)
      $0.add(1 as UInt16)
      $0.add(0 as UInt16)
      $0.add(UInt64.max)
    }
  }

  mutating func interface(linkType: UInt16 = 1, resolution: UInt8? = nil) {
    block(1) {
      $0.add(linkType)
      $0.add(0 as UInt16)
      $0.add(0 as UInt32)
      if let resolution {
        $0.add(9 as UInt16)
        $0.add(1 as UInt16)
        $0.bytes += [resolution, 0, 0, 0]
      }
      $0.add(0 as UInt32)
    }
  }

  mutating func packet(interface: UInt32 = 0, ticks: UInt64, _ data: [UInt8]) {
    block(6) {
      $0.add(interface)
      $0.add(UInt32(ticks >> 32))
      $0.add(UInt32(truncatingIfNeeded: ticks))
      $0.add(UInt32(data.count))
      $0.add(UInt32(data.count + 10))
      $0.bytes += data
    }
  }

  static func pcap(isBig: Bool, magic: UInt32, packets: [[UInt8]]) -> [UInt8] {
    var file = FileBuilder(isBig: isBig)
    file.add(magic)
    file.add(2 as UInt16)
    file.add(4 as UInt16)
    file.add(0 as UInt64)
    file.add(262_144 as UInt32)
    // The upper bits of the link-type field are not part of it.
    file.add(0x1400_0001 as UInt32)
    for (index, packet) in packets.enumerated() {
      file.add(UInt32(1_700_000_000 + index))
      file.add(UInt32(999_000 + index))
      file.add(UInt32(packet.count))
      file.add(UInt32(packet.count + 7))
      file.bytes += packet
    }
    return file.bytes
  }

  static func pcapng(isBig: Bool, resolution: UInt8?) -> [UInt8] {
    var file = FileBuilder(isBig: isBig)
    file.section()
    file.interface(resolution: resolution)
    file.packet(ticks: 1_700_000_000_123_456, [1, 2, 3, 4, 5])
    file.block(0x0bad_cafe) { $0.bytes += [UInt8](repeating: 9, count: 700_000) }  // unknown, longer than the buffer
    file.packet(ticks: 1_700_000_000_223_456, [6, 7, 8])
    file.block(3) {  // a simple packet: no time
      $0.add(2 as UInt32)
      $0.bytes += [1, 2]
    }
    file.block(5) {  // statistics: 3 lost by the interface, 4 by the system
      $0.add(0 as UInt32)
      $0.add(0 as UInt64)
      for (code, count) in [(5, 3), (7, 4)] {
        $0.add(UInt16(code))
        $0.add(8 as UInt16)
        $0.add(UInt64(count))
      }
      $0.add(0 as UInt32)
    }
    return file.bytes
  }
}

/// A file in memory, told by its name: its octets would fill the screen.
struct NamedFile: CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  var testDescription: String { name }
}

@Suite struct CaptureReaderTests {
  static let packets: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 100), [9]]

  static let files: [NamedFile] = [false, true].flatMap { isBig in
    [0xa1b2_c3d4 as UInt32, 0xa1b2_3c4d].map { magic in
      NamedFile(
        name: "pcap \(String(magic, radix: 16)) \(isBig)",
        bytes: FileBuilder.pcap(isBig: isBig, magic: magic, packets: packets))
    }
      + [nil, 6, 9, 7, 0x94 as UInt8].map { resolution in
        NamedFile(
          name: "pcapng \(String(describing: resolution)) \(isBig)",
          bytes: FileBuilder.pcapng(isBig: isBig, resolution: resolution))
      }
  }

  @Test("Packet by packet the reader agrees with libpcap", arguments: files)
  func agreesWithLibpcap(file: NamedFile) throws {
    let (packets, error) = readAll(file.bytes)
    let expected = try #require(try readWithLibpcap(file.bytes), "libpcap cannot read the test's own file")
    #expect(error == nil)
    #expect(packets.count == expected.count && packets.count >= 3)
    for (own, other) in zip(packets, expected) {
      #expect(own.bytes == other.bytes && own.originalLength == other.originalLength)
      // libpcap gives a packet without a time the time 0.
      #expect((own.time ?? 0) == other.time)
    }
  }

  /// The labelled captures of the program's tests.
  static let recorded: [NamedFile] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("keepwatchTests/Exam")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".pcap") }.sorted().compactMap { name in
      (try? Data(contentsOf: folder.appendingPathComponent(name))).map { NamedFile(name: name, bytes: Array($0)) }
    }
  }()

  @Test("On recorded captures too the reader agrees with libpcap", arguments: recorded)
  func agreesOnRecordings(file: NamedFile) throws {
    let (packets, error) = readAll(file.bytes)
    #expect(error == nil)
    #expect(try readWithLibpcap(file.bytes) == packets)
  }

  @Test("Cut off at every octet, a capture gives all that stood before, and an error but at the end of a packet")
  func cutAtEveryOctet() {
    let file = FileBuilder.pcap(isBig: false, magic: 0xa1b2_c3d4, packets: Self.packets)
    var ends = [24]
    for packet in Self.packets { ends.append((ends.last ?? 0) + 16 + packet.count) }
    for length in 0..<file.count {
      let (packets, error) = readAll(Array(file[..<length]))
      #expect(packets.count == max(0, ends.filter { $0 <= length }.count - 1), "cut at \(length)")
      #expect((error == nil) == ends.contains(length), "cut at \(length)")
      if length >= 24, let error { #expect(error.offset == ends.last { $0 <= length }, "cut at \(length)") }
    }
  }

  @Test("A clock's short way tells the same time as the general one, whatever its unit and its ticks")
  func clock() throws {
    var random = SystemRandomNumberGenerator()
    for resolution in [UInt8](0...19) + [0x80, 0x94, 0xbf] {
      let clock = try #require(PcapngClock(resolution: resolution))
      for _ in 0..<1000 {
        let ticks = UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0...63, using: &random)
        #expect(clock.nanoseconds(ticks) == clock.anyNanoseconds(ticks), "\(resolution), \(ticks)")
      }
    }
  }

  @Test("Cut off at every octet, pcapng gives all that stood before, and an error but at the end of a block")
  func cutAtEveryOctetPcapng() {
    var file = FileBuilder(isBig: true)
    var ends: [Int] = []
    file.section()
    ends.append(file.bytes.count)
    file.interface()
    ends.append(file.bytes.count)
    for _ in 0..<2 {
      file.packet(ticks: 5, [1, 2, 3])
      ends.append(file.bytes.count)
    }
    for length in 0..<file.bytes.count {
      let (packets, error) = readAll(Array(file.bytes[..<length]))
      #expect(packets.count == max(0, ends.filter { $0 <= length }.count - 2), "cut at \(length)")
      #expect((error == nil) == ends.contains(length), "cut at \(length)")
    }
  }

  @Test("Sections differ in byte order, interfaces in link type and resolution, and losses are added up")
  func sectionsAndInterfaces() throws {
    var first = FileBuilder(isBig: false)
    first.section()
    first.interface(linkType: 1)
    first.interface(linkType: 101, resolution: 9)
    first.packet(interface: 1, ticks: 1_500_000_000, [1])
    let second = FileBuilder.pcapng(isBig: true, resolution: nil)
    var reader = CaptureReader(name: "test", input: ByteInput(bytes: first.bytes + second))
    var all: [PacketRecord] = []
    var records: [PacketRecord] = []
    while try reader.nextBatch(&records) { all += records }
    #expect(all.map(\.linkType) == [.raw, .ethernet, .ethernet, .ethernet])
    #expect(all.map(\.interface) == [1, 2, 2, 2])
    #expect(all[0].time == 1_500_000_000 && all[1].time == 1_700_000_000_123_456_000)
    #expect(reader.dropped == 7)
  }

  @Test("A length that no packet can have is damage, said with its place")
  func absurdLength() {
    var file = FileBuilder.pcap(isBig: false, magic: 0xa1b2_c3d4, packets: [[1, 2, 3]])
    file += [UInt8](repeating: 0xff, count: 40)
    let (packets, error) = readAll(file)
    #expect(packets.count == 1)
    #expect(error?.offset == 43 && error?.packetsBefore == 1)
    #expect(error?.problem.contains("4294967295") == true)
  }

  @Test("What is no capture is said to be none", arguments: [[], [1], Array("hello, world".utf8)])
  func noCapture(file: [UInt8]) {
    let (packets, error) = readAll(file)
    #expect(packets.isEmpty && error != nil)
  }

  @Test("A written capture is read back the same, by libpcap too")
  func writeAndRead() throws {
    let path = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let data: [UInt8] = [1, 2, 3, 4]
    do {
      let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(file) }
      var writer = try PcapWriter(descriptor: file, name: path, linkType: .raw, snapshotLength: 128)
      writer.write(data.span, in: 1..<3, originalLength: 9, time: 1_700_000_000_123_456_789)
      writer.flush()
      #expect(writer.failure == nil)
    }
    let file = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let expected = [ReadPacket(time: 1_700_000_000_123_456_789, originalLength: 9, bytes: [2, 3])]
    #expect(readAll(file).packets == expected)
    #expect(try readWithLibpcap(file) == expected)
  }
}
