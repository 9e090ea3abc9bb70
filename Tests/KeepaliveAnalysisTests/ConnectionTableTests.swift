import PacketWire
import TestSupport
import Testing

@testable import KeepaliveAnalysis

/// Finding a connection again among many.
@Suite struct ConnectionTableTests {
  /// Enough that the table grows three times, to its last size but the doublings.
  static let count = 140_000

  /// The segment that begins connection `number`; of every other one over IPv6.
  static func first(_ number: Int) -> Segment {
    var segment = Segment()
    segment.time = Int64(number) * 1000
    segment.frame = number + 1
    let address = UInt64(number / 5000)
    if number % 2 == 0 {
      segment.source = IPAddress(ipv4: 0x0a00_0000 | UInt32(address))
      segment.destination = IPAddress(ipv4: 0x0a80_0001)
    } else {
      segment.source = IPAddress(high: 0x2001_0db8_0000_0000, low: address)
      segment.destination = IPAddress(high: 0x2001_0db8_0000_0000, low: 0xffff)
    }
    segment.sourcePort = UInt16(20_000 + number % 5000)
    segment.destinationPort = 443
    segment.sequence = SequenceNumber(1000)
    segment.flags = .syn
    return segment
  }

  /// What the other end says to it.
  static func answer(_ number: Int) -> Segment {
    var segment = first(number)
    swap(&segment.source, &segment.destination)
    swap(&segment.sourcePort, &segment.destinationPort)
    segment.time += Int64(count) * 1000
    segment.frame += count
    segment.acknowledgment = segment.sequence.advanced(by: 1)
    segment.flags = [.syn, .ack]
    return segment
  }

  @Test("A connection's record, what is kept of its ends, and a prober take no more memory than is said")
  func sizes() {
    #expect(MemoryLayout<Connection>.stride == 96)
    #expect(MemoryLayout<ConnectionEnds>.stride == 136)
    #expect(MemoryLayout<HeldSegment>.size == 42)
    #expect(MemoryLayout<ProberRecord>.stride == 288)
  }

  @Test("Each of 140,000 connections, IPv4 and IPv6, is found again from its other end, after the table has grown")
  func growth() {
    var analyzer = KeepaliveAnalyzer()
    analyzer.process((0..<Self.count).map(Self.first))
    #expect(analyzer.connections.count == Self.count)
    analyzer.process((0..<Self.count).map(Self.answer))
    #expect(analyzer.connections.count == Self.count && analyzer.connections.untracked == 0)
    for number in stride(from: 0, to: Self.count, by: 999) {
      let ends = analyzer.tracker.table.addresses(number)
      #expect(ends.first == Self.first(number).sourceAddress && ends.second == Self.first(number).destinationAddress)
      #expect(analyzer.tracker.table.records[number].second.lastFrame == UInt32(Self.count + number + 1))
    }
  }

  @Test("A full table counts the packets of further connections, and goes on with those that it has")
  func full() {
    var analyzer = KeepaliveAnalyzer(maximumConnections: 10)
    analyzer.process((0..<12).map(Self.first) + (0..<12).map(Self.answer))
    #expect(analyzer.connections.count == 10 && analyzer.connections.untracked == 4)
    #expect(analyzer.tracker.table.records[9].second.lastFrame == UInt32(Self.answer(9).frame))
  }

  @Test("In a full table, what follows a new connection's SYN on a known 4-tuple is none of the old connection's")
  func reuseInFullTable() {
    var analyzer = KeepaliveAnalyzer(maximumConnections: 1)
    var again = Self.first(0)
    again.sequence = SequenceNumber(9000)
    again.time += 160_000_000_000
    var answer = Self.answer(0)
    answer.acknowledgment = SequenceNumber(9001)
    answer.time = again.time + 1
    analyzer.process([Self.first(0), Self.answer(0)])
    let before = analyzer.connections.report(1)
    analyzer.process([again, answer, again])
    #expect(analyzer.connections.count == 1 && analyzer.connections.untracked == 3)
    let after = analyzer.connections.report(1)
    #expect(after.lastHeard == before.lastHeard && after.deciding == before.deciding && after.copies == 0)
    let ends = analyzer.tracker.table.addresses(0)
    #expect(analyzer.connections.connection(between: ends.first, and: ends.second) == nil)
  }

  @Test(
    "A connect() without its own port is found by the time of its SYN, at no more cost where the capture goes on for long"
  )
  func openedTo() {
    let times = [4000, 64_000].map { count in
      var analyzer = KeepaliveAnalyzer()
      analyzer.process(
        (0..<count).map { number in
          var segment = Self.first(number)
          segment.time = Int64(number) * 10_000_000_000
          return segment
        })
      let server = Self.first(1).destinationAddress
      return processorTime {
        for number in stride(from: 1, to: 2000, by: 2) {
          let time = Int64(number) * 10_000_000_000
          #expect(analyzer.connections.connection(openedTo: server, in: time - 5...time + 5) == number + 1)
        }
      }
    }
    #expect(times[1] < times[0] * 8, "\(times)")
  }

  @Test("A SYN with another sequence number on a known 4-tuple begins a new connection, which later segments belong to")
  func reuse() {
    var analyzer = KeepaliveAnalyzer()
    var again = Self.first(0)
    again.sequence = SequenceNumber(9000)
    again.frame = 3
    var answer = Self.answer(0)
    answer.acknowledgment = SequenceNumber(9001)
    analyzer.process([Self.first(0), Self.first(0), again, answer])
    #expect(analyzer.connections.count == 2 && analyzer.tracker.table.ends[1].firstFrame == 3)
    #expect(analyzer.tracker.table.records[0].second.lastFrame == 0)
    #expect(analyzer.tracker.table.records[1].second.lastFrame == UInt32(answer.frame))
  }
}
