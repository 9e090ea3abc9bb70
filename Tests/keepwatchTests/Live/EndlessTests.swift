import Foundation
import Testing

/// A watch without an end, as the built program keeps it: what is over is forgotten, and was told before.
@Suite struct EndlessTests {
  /// A capture of raw IPv4, made by hand.
  private struct Capture {
    var data: Data

    init() {
      data = Data()
      for word: UInt32 in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 101] { append(word) }
    }

    /// Appends a word, its lowest octet first.
    private mutating func append(_ word: UInt32) {
      for shift in [0, 8, 16, 24] { data.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    /// A segment between 10.0.0.0 + `client` and 198.51.100.20:443.
    mutating func add(
      at time: Double, client: Int, port: Int, fromClient: Bool, flags: UInt8, sequence: UInt32, acknowledgment: UInt32,
      length: Int = 0
    ) {
      let whole = UInt32(time)
      for word in [1_700_000_000 + whole, UInt32((time - Double(whole)) * 1e6), 40, UInt32(40 + length)] {
        append(word)
      }
      let ends = [0x0a00_0000 + UInt32(client), 0xc633_6414]
      let ports = [UInt32(port), 443]
      let (source, destination) = fromClient ? (0, 1) : (1, 0)
      append((0x4500 << 16 | UInt32(40 + length)).byteSwapped)
      append(0)
      append(UInt32(64 << 24 | 6 << 16).byteSwapped)
      append(ends[source].byteSwapped)
      append(ends[destination].byteSwapped)
      append((ports[source] << 16 | ports[destination]).byteSwapped)
      append(sequence.byteSwapped)
      append(acknowledgment.byteSwapped)
      append((0x5 << 28 | UInt32(flags) << 16 | 500).byteSwapped)
      append(0)
    }

    mutating func open(at time: Double, client: Int, port: Int) {
      add(at: time, client: client, port: port, fromClient: true, flags: 2, sequence: 0, acknowledgment: 0)
      add(at: time + 0.001, client: client, port: port, fromClient: false, flags: 18, sequence: 0, acknowledgment: 1)
      add(at: time + 0.002, client: client, port: port, fromClient: true, flags: 16, sequence: 1, acknowledgment: 1)
      add(
        at: time + 0.003, client: client, port: port, fromClient: true, flags: 24, sequence: 1, acknowledgment: 1,
        length: 10)
      add(at: time + 0.004, client: client, port: port, fromClient: false, flags: 16, sequence: 1, acknowledgment: 11)
    }

    mutating func probe(at time: Double, client: Int, port: Int) {
      add(at: time, client: client, port: port, fromClient: true, flags: 16, sequence: 10, acknowledgment: 1)
      add(at: time + 0.001, client: client, port: port, fromClient: false, flags: 16, sequence: 1, acknowledgment: 11)
    }

    mutating func reset(at time: Double, client: Int, port: Int) {
      add(at: time, client: client, port: port, fromClient: true, flags: 20, sequence: 11, acknowledgment: 1)
    }
  }

  @Test("Each connection is told once in JSON, whether it was forgotten or not, under the number of its events")
  func toldOnce() throws {
    var capture = Capture()
    for second in 0..<300 {
      capture.open(at: Double(second), client: 1, port: 20_000 + second)
      capture.reset(at: Double(second) + 0.5, client: 1, port: 20_000 + second)
      if second == 10 { capture.open(at: 10.6, client: 2, port: 30_000) }
      if second > 60, second % 60 == 20 { capture.probe(at: Double(second) + 0.6, client: 2, port: 30_000) }
    }
    let result = try Program.run(["replay", "--json", "-"], input: capture.data)
    let told = result.lines.filter { $0["event"] as? String == "connection" }.compactMap { $0["connection"] as? Int }
    #expect(told.sorted() == Array(1...301) && told != told.sorted())
    let probed = Set(result.lines.filter { $0["event"] as? String == "probe" }.compactMap { $0["connection"] as? Int })
    let summary = result.lines.last ?? [:]
    #expect(probed == [12] && summary["probes"] as? Int == 4 && summary["connections"] as? Int == 301)
    #expect(summary["forgotten"] as? Int ?? 0 > 200 && summary["verdict_reset"] as? Int == 300)
    let text = try Program.run(["replay", "-"], input: capture.data)
    #expect(text.output.contains("301 TCP connections") && text.output.contains("300 reset"))
  }

  @Test("A flood does not hide a connection that is probed, and that others were given up is said")
  func flood() throws {
    var capture = Capture()
    capture.open(at: 0, client: 2, port: 30_000)
    for minute in 1...2 { capture.probe(at: Double(minute) * 60, client: 2, port: 30_000) }
    for number in 0..<20_000 {
      capture.add(
        at: 121 + Double(number) / 500, client: 1000 + number, port: 5000, fromClient: true, flags: 2, sequence: 7,
        acknowledgment: 0)
    }
    capture.probe(at: 180, client: 2, port: 30_000)
    let result = try Program.run(["replay", "-", "--max-connections", "4096"], input: capture.data)
    #expect(result.output.contains("20,001 TCP connections"))
    #expect(result.errors.contains("some are given up of which two probes were not seen yet"))
    let row = result.output.split(separator: "\n").first { $0.contains("10.0.0.2:30000") && $0.contains("answered") }
    #expect(row != nil, "\(result.output)")
    let few = try Program.run(["replay", "-", "--max-connections", "10"])
    #expect(few.status == 64 && few.errors.contains("4,096 to 8,000,000"))
  }
}
