import PacketWire
import TestSupport
import Testing

@testable import CaptureFile

/// Small files that claim much, and many files: neither may cost more than what they hold.
@Suite struct BoundsTests {
  static func reader(_ bytes: [UInt8]) -> CaptureReader { CaptureReader(name: "test", input: ByteInput(bytes: bytes)) }

  @Test("Interfaces beyond the bound are counted, not kept, and packets of theirs are handed out as not decodable")
  func manyInterfaces() throws {
    var file = FileBuilder(isBig: false)
    file.section()
    let bound = UInt32(PcapngFormat.maximumInterfaces)
    for _ in 0..<bound + 3 { file.interface() }
    for interface in [bound - 1, bound + 2] { file.packet(interface: interface, ticks: 5, [1]) }
    file.section()
    file.interface()
    file.packet(ticks: 6, [2])
    file.packet(interface: 1, ticks: 7, [3])
    var reader = Self.reader(file.bytes)
    var all: [PacketRecord] = []
    var records: [PacketRecord] = []
    let error = #expect(throws: CaptureFileError.self) { while try reader.nextBatch(&records) { all += records } }
    #expect(all.map(\.linkType) == [.ethernet, .unknown, .ethernet])
    #expect(all.map(\.interface) == [Int(bound) - 1, Int(bound) + 2, Int(bound) + 3])
    #expect(
      reader.leftOut?.hasPrefix("3 interface descriptions") == true && reader.leftOut?.contains("1 packets") == true)
    #expect(error?.problem.contains("names interface 1") == true)
  }

  @Test("Four times as many link types take some four times as long")
  func manyLinkTypes() throws {
    let times = try [5000, 20_000].map { count in
      var file = FileBuilder(isBig: false)
      file.section()
      for type in 0..<count { file.interface(linkType: UInt16(type)) }
      file.packet(ticks: 5, [1])
      let bytes = file.bytes
      return try processorTime {
        var reader = Self.reader(bytes)
        var records: [PacketRecord] = []
        while try reader.nextBatch(&records) {}
        #expect(reader.linkTypes.count == count)
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  /// Files whose packets alternate.
  static func sequence(files: Int, packets: Int) -> CaptureSequence {
    let sequence = CaptureSequence()
    for number in 0..<files {
      var file = FileBuilder(isBig: false)
      file.section()
      file.interface()
      for packet in 0..<packets { file.packet(ticks: UInt64(packet * files + number), [UInt8(number & 255)]) }
      sequence.add(name: "\(number)", bytes: file.bytes)
    }
    return sequence
  }

  @Test("Packets of many files come in the order of time, of equal times those of the earlier named file first")
  func order() {
    let sequence = Self.sequence(files: 7, packets: 50)
    sequence.correct(file: 3, clockAhead: -1000, delay: 0)
    var times: [(time: Int64, file: Int)] = []
    while sequence.nextBatch({ file, _, records in times += records.map { ($0.time ?? 0, file) } }) {}
    #expect(times.count == 350)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("Four times as many files with as many packets each take some four times as long to put in order")
  func manyFiles() {
    let times = [60, 240].map { files in
      processorTime {
        let sequence = Self.sequence(files: files, packets: 40)
        var count = 0
        while sequence.nextBatch({ _, _, records in count += records.count }) {}
        #expect(count == files * 40)
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  @Test("Whatever a clock claims, the difference of two times fits 64 bits")
  func clocks() throws {
    for resolution in [UInt8](0...19) + [0x80, 0xa0, 0xbf] {
      var clock = try #require(PcapngClock(resolution: resolution))
      for offset in [0, 1, -1, Int64.max, .min] {
        clock.offsetSeconds = offset
        for ticks in [0, 1, UInt64.max / 2, .max] {
          #expect(PacketTime.contains(clock.nanoseconds(ticks)), "\(resolution) \(offset) \(ticks)")
        }
      }
    }
  }
}
