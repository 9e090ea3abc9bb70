import PacketWire
import Testing

@testable import KeepaliveAnalysis

/// A conversation between A (10.0.0.1:40000) and B (10.0.0.2:7777), told in tcpdump's notation, and what was recognised.
struct Conversation {
  private var segments: [Segment] = []

  /// Adds a segment: seconds, sender, flags as tcpdump writes them, relative sequence and acknowledgment numbers.
  mutating func add(
    _ seconds: Double, _ sender: Character, _ flags: String, seq: UInt32, ack: UInt32 = 0, length: UInt32 = 0,
    window: UInt16 = 512, id: UInt16 = 0, ts: (UInt32, UInt32)? = nil
  ) {
    var segment = Segment()
    let ends = [IPAddress(ipv4: 0x0a00_0001), IPAddress(ipv4: 0x0a00_0002)]
    let isA = sender == "A"
    segment.source = ends[isA ? 0 : 1]
    segment.destination = ends[isA ? 1 : 0]
    segment.sourcePort = isA ? 40000 : 7777
    segment.destinationPort = isA ? 7777 : 40000
    segment.time = Int64(1_700_000_000) * 1_000_000_000 + Int64((seconds * 1e9).rounded())
    segment.frame = segments.count + 1
    segment.sequence = SequenceNumber(seq)
    segment.acknowledgment = SequenceNumber(ack)
    segment.payloadLength = length
    segment.window = window
    segment.identification = id
    segment.timeToLive = 64
    for (letter, flag) in [("S", TCPFlags.syn), ("F", .fin), ("R", .rst), ("P", .psh), (".", .ack), ("U", .urg)]
    where flags.contains(letter) { segment.flags.insert(flag) }
    if let ts {
      segment.traits.insert(.timestamps)
      segment.timestampValue = ts.0
      segment.timestampEcho = ts.1
    }
    segments.append(segment)
  }

  /// A conversation in which both ends have sent: A's SND.NXT is 101, B's 501, everything is acknowledged at 0.1 s.
  static func established() -> Conversation {
    var talk = Conversation()
    talk.add(0.00, "A", "S", seq: 0)
    talk.add(0.01, "B", "S.", seq: 400, ack: 1)
    talk.add(0.02, "A", ".", seq: 1, ack: 401)
    talk.add(0.03, "A", "P.", seq: 1, ack: 401, length: 100)
    talk.add(0.09, "B", "P.", seq: 401, ack: 101, length: 100)
    talk.add(0.10, "A", ".", seq: 101, ack: 501)
    return talk
  }

  /// What was recognised: "7 probe", in the order reported.
  func claims(verdict: inout Verdict?) -> [String] {
    var analyzer = KeepaliveAnalyzer()
    analyzer.captureStart = segments.first?.time
    analyzer.process(segments)
    analyzer.finish()
    verdict = analyzer.connectionCount > 0 ? analyzer.report(1).verdict : nil
    return analyzer.events.map { event in
      switch event.kind {
      case .probe: "\(event.frame) probe"
      case .answer(let answer): "\(event.frame) answer \(answer.form.rawValue)"
      case .giveUp: "\(event.frame) give-up"
      case .windowProbe(let certain): "\(event.frame) window-probe\(certain ? "" : "?")"
      case .quotedProbe: "\(event.frame) icmp"
      }
    }
  }

  var claims: [String] {
    var verdict: Verdict?
    return claims(verdict: &verdict)
  }
}

@Suite struct LookAlikeTests {
  @Test("A probe and its answer")
  func probeAndAnswer() {
    var talk = Conversation.established()
    talk.add(10, "A", ".", seq: 100, ack: 501)
    talk.add(10.001, "B", ".", seq: 501, ack: 101)
    var verdict: Verdict?
    #expect(talk.claims(verdict: &verdict) == ["7 probe", "8 answer ack"])
    #expect(verdict == .answered)
  }

  @Test("A probe with one garbage octet")
  func garbageOctet() {
    var talk = Conversation.established()
    talk.add(10, "A", ".", seq: 100, ack: 501, length: 1)
    talk.add(10.001, "B", ".", seq: 501, ack: 101)
    #expect(talk.claims == ["7 probe", "8 answer ack"])
  }

  @Test("A one-octet segment that is sent again is no probe")
  func oneOctetRetransmission() {
    var talk = Conversation.established()
    talk.add(10, "A", "P.", seq: 101, ack: 501, length: 1)
    talk.add(10.2, "A", "P.", seq: 101, ack: 501, length: 1)
    talk.add(10.6, "A", "P.", seq: 101, ack: 501, length: 1)
    talk.add(10.7, "B", ".", seq: 501, ack: 102)
    talk.add(10.8, "A", "P.", seq: 101, ack: 501, length: 1)
    #expect(talk.claims.isEmpty)
  }

  @Test("An acknowledgment overtaken by a one-octet segment is no probe")
  func overtakenAcknowledgment() {
    var talk = Conversation.established()
    talk.add(10, "A", "P.", seq: 101, ack: 501, length: 1, id: 11)
    talk.add(10.06, "B", ".", seq: 501, ack: 102)
    talk.add(10.12, "A", ".", seq: 101, ack: 501, id: 10)
    #expect(talk.claims.isEmpty)
  }

  @Test("An acknowledgment at the FIN's sequence number, captured after it, is no probe")
  func acknowledgmentAfterFIN() {
    var talk = Conversation.established()
    talk.add(10, "A", "F.", seq: 101, ack: 501)
    talk.add(10.0001, "A", ".", seq: 101, ack: 501)
    talk.add(10.01, "B", ".", seq: 501, ack: 102)
    #expect(talk.claims.isEmpty)
  }

  @Test("Into a zero window, doubling gaps are window probes", arguments: [0.2, 0.9, 1.5])
  func windowProbes(first: Double) {
    var talk = Conversation.established()
    talk.add(10, "B", ".", seq: 501, ack: 101, window: 0)
    var time = 10.0
    for step in 0..<3 {
      time += first * Double(1 << step)
      talk.add(time, "A", ".", seq: 100, ack: 501)
      talk.add(time + 0.001, "B", ".", seq: 501, ack: 101, window: 0)
    }
    var verdict: Verdict?
    #expect(talk.claims(verdict: &verdict) == ["8 window-probe", "10 window-probe", "12 window-probe"])
    #expect(verdict == .blocked)
  }

  @Test("Into a zero window, even gaps of a second and more are keepalives")
  func keepaliveIntoZeroWindow() {
    var talk = Conversation.established()
    talk.add(10, "B", ".", seq: 501, ack: 101, window: 0)
    for step in 1...3 {
      talk.add(10 + 1.024 * Double(step), "A", ".", seq: 100, ack: 501)
      talk.add(10 + 1.024 * Double(step) + 0.001, "B", ".", seq: 501, ack: 101, window: 0)
    }
    #expect(talk.claims.filter { $0.hasSuffix("probe") } == ["8 probe", "10 probe", "12 probe"])
  }

  @Test("One segment into a zero window that could be either is said to be uncertain")
  func uncertainZeroWindow() {
    var talk = Conversation.established()
    talk.add(10, "B", ".", seq: 501, ack: 101, window: 0)
    talk.add(12, "A", ".", seq: 100, ack: 501)
    #expect(talk.claims == ["8 window-probe?"])
  }

  @Test("Probes that cross answer nothing; the acknowledgments after them do")
  func crossingProbes() {
    var talk = Conversation.established()
    talk.add(10, "A", ".", seq: 100, ack: 501)
    talk.add(10.0001, "B", ".", seq: 500, ack: 101)
    talk.add(10.0005, "B", ".", seq: 501, ack: 101)
    talk.add(10.0006, "A", ".", seq: 101, ack: 501)
    #expect(talk.claims == ["7 probe", "8 probe", "9 answer ack", "10 answer ack"])
  }

  @Test("A reset one interval after the last probe is a give-up; sooner, it is a program's abort")
  func giveUpOrAbort() {
    for (delay, claim) in [(5.0, ["9 give-up"]), (2.0, [])] {
      var talk = Conversation.established()
      talk.add(30, "A", ".", seq: 100, ack: 501)
      talk.add(35, "A", ".", seq: 100, ack: 501)
      talk.add(35 + delay, "A", "R.", seq: 101, ack: 501)
      var verdict: Verdict?
      #expect(talk.claims(verdict: &verdict) == ["7 probe", "8 probe"] + claim)
      #expect(verdict == (claim.isEmpty ? .reset : .dead))
    }
  }

  @Test("A bare reset at the probe's acknowledgment number answers it")
  func answeringReset() {
    var talk = Conversation.established()
    talk.add(10, "A", ".", seq: 100, ack: 501)
    talk.add(10.01, "B", "R", seq: 501, window: 0)
    #expect(talk.claims == ["7 probe", "8 answer reset"])
  }

  @Test("A capture begun on a hung connection: unanswered probes and the give-up are reported in retrospect")
  func begunOnHungConnection() {
    var talk = Conversation()
    for step in 0..<3 { talk.add(Double(step) * 5, "A", ".", seq: 100, ack: 501) }
    talk.add(15, "A", "R.", seq: 101, ack: 501)
    #expect(talk.claims == ["1 probe", "2 probe", "3 probe", "4 give-up"])
  }

  @Test("A capture begun between answered probes: the first is reported in retrospect, by the answer's old TSecr")
  func begunBetweenProbes() {
    var talk = Conversation()
    talk.add(0, "A", ".", seq: 100, ack: 501, ts: (1000, 50))
    talk.add(0.001, "B", ".", seq: 501, ack: 101, ts: (90, 400))
    #expect(talk.claims == ["1 probe", "2 answer ack"])
  }

  @Test("A capture begun between window probes: doubling gaps and a window of 0 show what they are")
  func begunBetweenWindowProbes() {
    var talk = Conversation()
    for (step, time) in [0.0, 2, 6, 14].enumerated() {
      talk.add(time, "A", ".", seq: 100, ack: 501, ts: (UInt32(1000 + step), 50))
      talk.add(time + 0.001, "B", ".", seq: 501, ack: 101, window: 0, ts: (UInt32(90 + step), 400))
    }
    let frames = [1, 3, 5, 7]
    #expect(talk.claims == frames.map { "\($0) window-probe" })
  }

  @Test("A lone acknowledgment answered by a reset, on a connection never seen, is a scan and no probe")
  func scan() {
    var talk = Conversation()
    talk.add(0, "A", ".", seq: 100, ack: 501)
    talk.add(0.01, "B", "R", seq: 501)
    #expect(talk.claims.isEmpty)
  }

  @Test("An ordinary acknowledgment at the beginning of a capture is no probe")
  func ordinaryBeginning() {
    var talk = Conversation()
    talk.add(0, "A", ".", seq: 100, ack: 501)
    talk.add(0.1, "A", "P.", seq: 100, ack: 501, length: 1)
    talk.add(0.2, "B", ".", seq: 501, ack: 101)
    talk.add(0.3, "A", ".", seq: 101, ack: 501)
    #expect(talk.claims.isEmpty)
  }

  @Test("In one direction only, equal segments are probes or answers, which cannot be known")
  func oneDirection() {
    var talk = Conversation()
    for step in 0..<4 { talk.add(Double(step) * 60, "A", ".", seq: 100, ack: 501) }
    var verdict: Verdict?
    #expect(talk.claims(verdict: &verdict).isEmpty)
    #expect(verdict == .unknown)
  }

  @Test("A probe is found though the capture lost the acknowledgment before it")
  func lossBeforeFirstProbe() {
    var talk = Conversation.established()
    talk.add(5, "A", "P.", seq: 101, ack: 501, length: 50)
    talk.add(15, "A", ".", seq: 150, ack: 501)
    talk.add(15.01, "B", ".", seq: 501, ack: 151)
    #expect(talk.claims == ["8 probe", "9 answer ack"])
  }

  @Test("Copies of a probe and of its answer, interleaved, count once")
  func copies() {
    var talk = Conversation.established()
    talk.add(10, "A", ".", seq: 100, ack: 501, id: 7)
    talk.add(10.0001, "A", ".", seq: 100, ack: 501, id: 7)
    talk.add(10.0002, "B", ".", seq: 501, ack: 101, id: 3)
    talk.add(10.0003, "A", ".", seq: 100, ack: 501, id: 7)
    talk.add(10.0004, "B", ".", seq: 501, ack: 101, id: 3)
    #expect(talk.claims == ["7 probe", "9 answer ack"])
  }

  @Test("Probes where the sequence number wraps")
  func sequenceWrap() {
    var talk = Conversation()
    talk.add(0, "A", "P.", seq: .max - 9, ack: 501, length: 10)
    talk.add(0.01, "B", ".", seq: 501, ack: 0)
    talk.add(10, "A", ".", seq: .max, ack: 501)
    talk.add(10.01, "B", ".", seq: 501, ack: 0)
    #expect(talk.claims == ["3 probe", "4 answer ack"])
  }

  @Test("A new SYN on a known 4-tuple begins a new connection")
  func reusedTuple() {
    var talk = Conversation.established()
    talk.add(60, "A", "S", seq: 7000)
    talk.add(60.01, "B", "S.", seq: 9000, ack: 7001)
    talk.add(60.02, "A", ".", seq: 7001, ack: 9001)
    talk.add(90, "A", ".", seq: 7000, ack: 9001)
    talk.add(90.01, "B", ".", seq: 9001, ack: 7001)
    #expect(talk.claims == ["10 probe", "11 answer ack"])
  }
}
