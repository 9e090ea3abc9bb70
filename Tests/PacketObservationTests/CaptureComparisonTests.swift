import PacketObservation
import PacketWire
import TestSupport
import Testing

/// Files made of raw IPv4 packets of one connection, each with a sequence number of its own.
@Suite struct CaptureComparisonTests {
  static let client: [UInt8] = [10, 0, 0, 5, 10, 0, 9, 8, 0xad, 0x15, 0x15, 0x38]
  static let server: [UInt8] = [10, 0, 9, 8, 10, 0, 0, 5, 0x15, 0x38, 0xad, 0x15]

  /// An acknowledgment: IPv4 and TCP header, 40 octets.
  ///
  /// A fingerprint leaves the ends out, so the two of them have other numbers.
  static func packet(_ ends: [UInt8], _ number: UInt32) -> [UInt8] {
    let sequence = ends == client ? number : number + 1_000_000
    let number = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: sequence >> UInt32($0)) }
    let ip: [UInt8] = [0x45, 0, 0, 40, 0, 7, 0, 0, 64, 6, 0, 0] + ends[..<8]
    return ip + ends[8...] + number + [0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
  }

  static func note(_ bytes: [UInt8], _ time: Int64, file: Int, _ comparison: inout CaptureComparison) {
    comparison.note(bytes.span, in: 0..<40, originalLength: 40, linkType: .raw, time: time, file: file)
  }

  @Test("Of two files whose clocks differ, the difference is told, and half the way there and back as its margin")
  func clocks() throws {
    var comparison = CaptureComparison(files: 2)
    for step in 0..<5 {
      let time = Int64(step) * 1_000_000_000
      for (ends, delay) in [(Self.client, Int64(20_000_000)), (Self.server, -20_000_000)] {
        let packet = Self.packet(ends, UInt32(step))
        Self.note(packet, time, file: 0, &comparison)
        Self.note(packet, time + 5_000_000_000 + delay, file: 1, &comparison)
      }
    }
    let shared = try #require(comparison.shared.first)
    #expect(shared.file == 1 && shared.reference == 0)
    #expect(shared.clockAhead == 5_000_000_000 && shared.uncertainty == 20_000_000)
  }

  @Test(
    "Clocks as far apart as any two times can be, either way and each direction another, are told", arguments: [1, -1])
  func clocksFarApart(sign: Int64) throws {
    var comparison = CaptureComparison(files: 2)
    for step in 0..<5 {
      for (ends, sign) in [(Self.client, sign), (Self.server, -sign)] {
        let packet = Self.packet(ends, UInt32(step))
        Self.note(packet, sign > 0 ? 0 : PacketTime.limit, file: 0, &comparison)
        Self.note(packet, sign > 0 ? PacketTime.limit : 0, file: 1, &comparison)
      }
    }
    let shared = try #require(comparison.shared.first)
    #expect(shared.clockAhead == 0 && shared.uncertainty == PacketTime.limit)
  }

  @Test("Four times as many files with nothing in common take some four times as long to compare")
  func manyFiles() {
    let times = [60, 240].map { files in
      var comparison = CaptureComparison(files: files)
      for file in 0..<files {
        for step in 0..<100 {
          Self.note(Self.packet(Self.client, UInt32(file * 1000 + step)), Int64(step), file: file, &comparison)
        }
      }
      return processorTime { #expect(comparison.shared.isEmpty) }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }
}
