import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// What a watch of months keeps, and what it gives up.
@Suite struct ForgettingTests {
  private static let second: Int64 = 1_000_000_000
  private static let start: Int64 = 1_700_000_000 * second

  /// A connection of which each packet is made by hand.
  private struct Talk {
    var client: UInt32
    var port: UInt16
    var number: UInt32 = 1000

    func segment(
      at time: Double, fromClient: Bool, _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgment: UInt32,
      length: UInt32 = 0
    ) -> Segment {
      var segment = Segment()
      let ends = [(IPAddress(ipv4: client), port), (IPAddress(ipv4: 0xc633_6414), UInt16(443))]
      (segment.source, segment.sourcePort) = ends[fromClient ? 0 : 1]
      (segment.destination, segment.destinationPort) = ends[fromClient ? 1 : 0]
      segment.time = start + Int64(time * 1e6) * 1000
      segment.frame = Int(time * 1e6) + 1
      segment.flags = flags
      segment.sequence = SequenceNumber((fromClient ? number : 5 &* number) &+ sequence)
      if flags.contains(.ack) {
        segment.acknowledgment = SequenceNumber((fromClient ? 5 &* number : number) &+ acknowledgment)
      }
      segment.payloadLength = length
      segment.window = 500
      segment.timeToLive = 64
      return segment
    }

    func opening(at time: Double) -> [Segment] {
      [
        segment(at: time, fromClient: true, .syn, 0, 0),
        segment(at: time + 0.001, fromClient: false, [.syn, .ack], 0, 1),
        segment(at: time + 0.002, fromClient: true, .ack, 1, 1),
        segment(at: time + 0.003, fromClient: true, [.psh, .ack], 1, 1, length: 10),
        segment(at: time + 0.004, fromClient: false, .ack, 1, 11),
      ]
    }

    func probe(at time: Double) -> [Segment] {
      [
        segment(at: time, fromClient: true, .ack, 10, 1),
        segment(at: time + 0.001, fromClient: false, .ack, 1, 11),
      ]
    }

    func close(at time: Double) -> [Segment] {
      [
        segment(at: time, fromClient: true, [.fin, .ack], 11, 1),
        segment(at: time + 0.001, fromClient: false, [.fin, .ack], 1, 12),
        segment(at: time + 0.002, fromClient: true, .ack, 12, 2),
      ]
    }
  }

  private static func analyzer(limit: Int = 1_000_000) -> KeepaliveAnalyzer {
    var analyzer = KeepaliveAnalyzer(maximumConnections: limit)
    analyzer.captureStart = start
    analyzer.forgets = true
    analyzer.notableSilence = 60
    return analyzer
  }

  /// Whether a connection is still tracked, under the number that it had from the first.
  private static func isTracked(_ number: Int, _ analyzer: KeepaliveAnalyzer) -> Bool {
    analyzer.connections.numbers.contains(number)
  }

  @Test("With 30 connections a second that end, no more are kept after ten minutes than after three")
  func flat() {
    var analyzer = Self.analyzer()
    var most = [0, 0]
    var told = 0
    var uneventful: [Verdict: Int] = [:]
    for second in 0..<600 {
      for index in 0..<30 {
        let time = Double(second) + Double(index) / 30
        let talk = Talk(client: 0x0a00_0000 + UInt32(second), port: UInt16(20_000 + index))
        analyzer.process(talk.opening(at: time) + talk.close(at: time + 0.005))
      }
      most[second < 180 ? 0 : 1] = max(most[second < 180 ? 0 : 1], analyzer.connections.count)
      let forgotten = analyzer.takeForgotten()
      told += forgotten?.reports.count ?? 0
      uneventful.merge(forgotten?.uneventful ?? [:], uniquingKeysWith: +)
    }
    #expect(most[1] <= most[0] && most[1] <= 2 * 60 * 30 + 4096)
    #expect(told == 0 && Array(uneventful.keys) == [.closed])
    #expect(analyzer.connections.forgotten.ended + analyzer.connections.count == 18_000)
    #expect(uneventful[.closed] == analyzer.connections.forgotten.ended)
    #expect(analyzer.connections.forgotten.crowdedOut == 0)
  }

  @Test("A connection keeps its number and its probes while others before it are forgotten")
  func numbers() {
    var analyzer = Self.analyzer()
    let short = Talk(client: 0x0a00_0001, port: 20_000)
    let long = Talk(client: 0x0a00_0002, port: 20_001, number: 77_000)
    analyzer.process(short.opening(at: 0) + short.close(at: 1))
    analyzer.process(long.opening(at: 2))
    for minute in 1...5 { analyzer.process(long.probe(at: Double(minute) * 60)) }
    #expect(!Self.isTracked(1, analyzer) && Self.isTracked(2, analyzer))
    #expect(analyzer.connections.report(2).probers.first?.probes == 5)
    #expect(Set(analyzer.events.map(\.connection)) == [2])
    #expect(analyzer.connections.count == 1 && analyzer.connections.forgotten.ended == 1)
  }

  @Test("A connection that was probed is reported when it is forgotten, with its verdict")
  func reported() {
    var analyzer = Self.analyzer()
    let talk = Talk(client: 0x0a00_0001, port: 20_000)
    analyzer.process(talk.opening(at: 0) + talk.probe(at: 60) + talk.probe(at: 120) + talk.close(at: 130))
    analyzer.advance(to: Self.start + 189 * Self.second)
    #expect(analyzer.takeForgotten() == nil)
    analyzer.advance(to: Self.start + 260 * Self.second)
    let reports = analyzer.takeForgotten()?.reports ?? []
    #expect(reports.map(\.verdict) == [.closed] && reports.first?.probers.first?.answered == 2)
    #expect(analyzer.connections.count == 0)
  }

  @Test("A SYN that nobody answers is forgotten after three minutes, and an idle connection is not")
  func unanswered() {
    var analyzer = Self.analyzer()
    let open = Talk(client: 0x0a00_0001, port: 20_000)
    analyzer.process(open.opening(at: 0))
    analyzer.process([Talk(client: 0x0a00_0002, port: 20_000).segment(at: 1, fromClient: true, .syn, 0, 0)])
    analyzer.advance(to: Self.start + 180 * Self.second)
    #expect(analyzer.connections.count == 2)
    analyzer.advance(to: Self.start + 250 * Self.second)
    #expect(Array(analyzer.connections.numbers) == [1])
    analyzer.advance(to: Self.start + 100_000 * Self.second)
    #expect(Array(analyzer.connections.numbers) == [1])
  }

  /// Packets of nobody, of a kind that takes room.
  enum Flood: CaseIterable {
    case syns, packets, conversations, probes

    fileprivate func segments(_ number: Int, at time: Double) -> [Segment] {
      let talk = Talk(
        client: 0x1000_0000 + UInt32(number / 40_000), port: UInt16(20_000 + number % 40_000),
        number: UInt32(truncatingIfNeeded: number &* 2_654_435_761))
      switch self {
      case .syns: return [talk.segment(at: time, fromClient: true, .syn, 0, 0)]
      case .packets: return [talk.segment(at: time, fromClient: true, .ack, 5, 7)]
      case .conversations: return Array(talk.opening(at: time))
      case .probes: return talk.opening(at: time) + talk.probe(at: time + 2)
      }
    }
  }

  @Test("No flood evicts or hides a connection that was probed twice", arguments: Flood.allCases)
  func protected(flood: Flood) {
    var analyzer = Self.analyzer(limit: 3000)
    let probed = Talk(client: 0x0a00_0001, port: 20_000, number: 77_000)
    analyzer.process(probed.opening(at: 0) + probed.probe(at: 60) + probed.probe(at: 120))
    for number in 0..<20_000 { analyzer.process(flood.segments(number, at: 121 + Double(number) / 500)) }
    analyzer.process(probed.probe(at: 180))
    #expect(analyzer.connections.count <= 3000 && analyzer.connections.forgotten.crowdedOut > 10_000)
    #expect(analyzer.connections.untracked == 0 && analyzer.connections.forgotten.protectedCrowdedOut == 0)
    #expect(Self.isTracked(1, analyzer))
    #expect(analyzer.connections.report(1).probers.first?.probes == 3)
    #expect(analyzer.connections.report(1).probers.first?.answered == 3)
  }

  @Test("Where all are probed, those with the fewest probes go first, and among these the longest silent")
  func fewestProbes() {
    var analyzer = Self.analyzer(limit: 1000)
    let talks = (0..<2000).map {
      Talk(client: 0x0a00_0001, port: UInt16(20_000 + $0), number: UInt32($0) * 100_000 + 7)
    }
    for (index, talk) in talks.prefix(800).enumerated() { analyzer.process(talk.opening(at: Double(index) / 1000)) }
    // The first hundred have four probes, the others two.
    for round in 1...4 {
      for (index, talk) in talks.prefix(round <= 2 ? 800 : 100).enumerated() {
        analyzer.process(talk.probe(at: Double(round) * 60 + Double(index) / 1000))
      }
    }
    for (index, talk) in talks.dropFirst(800).enumerated() {
      analyzer.process(talk.opening(at: 300 + Double(index) / 1000))
    }
    #expect(analyzer.connections.forgotten.protectedCrowdedOut > 0)
    let left = Array(analyzer.connections.numbers).filter { $0 <= 800 }
    #expect(left.prefix(100) == Array(1...100)[...])
    // Of the others the first were silent longest.
    #expect(left.dropFirst(100).first.map { $0 > 101 } == true && left.last == 800)
    #expect(Array(left.dropFirst(100)) == Array((left.dropFirst(100).first ?? 0)...800))
  }

  @Test("With a few more probed connections than may be tracked, most are seen to be probed on")
  func fewTooMany() {
    var analyzer = Self.analyzer(limit: 1000)
    let talks = (0..<1200).map {
      Talk(client: 0x0a00_0001, port: UInt16(20_000 + $0), number: UInt32($0) * 100_000 + 7)
    }
    for (index, talk) in talks.enumerated() { analyzer.process(talk.opening(at: Double(index) / 1000)) }
    for round in 1...10 {
      for (index, talk) in talks.enumerated() {
        analyzer.process(talk.probe(at: Double(round * 60) + Double(index) / 1000))
      }
    }
    let probes = analyzer.connections.numbers.map { analyzer.connections.report($0).probers.first?.probes ?? 0 }
    #expect(probes.filter { $0 >= 5 }.count > 400 && analyzer.connections.forgotten.protectedCrowdedOut == 0)
  }

  @Test("A clock set back by hours neither forgets at once what has ended, nor keeps it for ever")
  func clockSetBack() {
    var analyzer = Self.analyzer()
    let before = Talk(client: 0x0a00_0001, port: 20_000)
    analyzer.process(before.opening(at: 30_000) + before.close(at: 30_001))
    let after = Talk(client: 0x0a00_0002, port: 20_001, number: 77_000)
    analyzer.process(after.opening(at: 0) + Array(after.close(at: 1).prefix(2)))
    analyzer.process(Array(after.close(at: 1).suffix(1)))
    #expect(analyzer.connections.begun == 2)
    for minute in 1...4 { analyzer.advance(to: Self.start + Int64(minute) * 60 * Self.second) }
    #expect(!Self.isTracked(2, analyzer) && analyzer.connections.forgotten.ended >= 1)
  }

  @Test("What waits for its deadline is handed out in the order of deadlines, once each")
  func deadlines() {
    var deadlines = Deadlines()
    let times = (0..<500).map { ($0 &* 7919) % 500 }
    for (connection, time) in times.enumerated() {
      deadlines.add(connection, until: Int64(time))
      deadlines.add(connection, until: 0)
    }
    var handedOut: [Int] = []
    while let next = deadlines.next(before: 250) { handedOut.append(times[next]) }
    #expect(handedOut == Array(0..<250))
    deadlines.move(to: (0..<500).map { $0 % 2 == 0 ? Int32($0 / 2) : -1 })
    handedOut = []
    while let next = deadlines.next(before: .max) { handedOut.append(times[next * 2]) }
    #expect(handedOut == times.enumerated().filter { $0.offset % 2 == 0 && $0.element >= 250 }.map(\.element).sorted())
  }
}
