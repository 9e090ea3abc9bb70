import Findings
import KeepaliveAnalysis
import PacketWire
import Testing

@testable import keepwatch

/// Counts what it is told: all that a presenter takes is one file, and one line where its watch is made.
private final class CountingPresenter: Presenter {
  private(set) var told: [String] = []
  private(set) var findings: CaptureFindings?

  let needs: Needs

  init(_ needs: Needs) { self.needs = needs }

  func count(_ word: String) -> Int { told.count { $0 == word } }

  func begin(_ part: CapturePart) { told.append("begin \(part.kind)") }
  func start(at time: Int64) { told.append("start") }
  func event(_ event: KeepaliveEvent) { told.append("event") }
  func packet(_ segment: Segment, of connection: Int) { told.append("packet") }
  func call(_ call: JoinedCall) { told.append("call") }
  func connection(_ report: ConnectionReport) { told.append("connection \(report.verdict.rawValue)") }
  func end(_ findings: CaptureFindings) {
    told.append("end")
    self.findings = findings
  }
}

/// What a presenter is told of a saved capture.
@Suite struct PresenterTests {
  /// Three probes, unanswered, and a give-up.
  private func watch(_ needs: Needs, fileEnd: String = ".pcap") throws -> CountingPresenter {
    let file = RecordedCaptureTests.folder + "/silent-peer" + fileEnd
    let presenter = CountingPresenter(needs)
    let input = try ReplayInput(files: [file], filter: "", window: nil, logs: [])
    let watch = Watch(SavedFiles(input), [presenter], output: Output())
    _ = try watch.run()
    return presenter
  }

  @Test("It is told the file, its first packet's time, each event, each connection and the end, in this order")
  func everything() throws {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsConnections = true
    let presenter = try watch(needs)
    #expect(
      presenter.told
        == ["begin pcap", "start", "event", "event", "event", "event", "connection dead", "end"])
    let findings = try #require(presenter.findings)
    #expect(findings.tally.probes == 3 && findings.tally.giveUps == 1)
    #expect(findings.connections.verdicts[.dead] == 1 && findings.events.isEmpty)
  }

  @Test("What it does not need is neither told nor kept, and the end tells the same")
  func nothing() throws {
    let presenter = try watch(Needs())
    #expect(presenter.told == ["begin pcap", "start", "end"])
    let findings = try #require(presenter.findings)
    #expect(findings.events.isEmpty && findings.packets.isEmpty)
    #expect(findings.tally.probes == 3 && findings.connections.verdicts[.dead] == 1)
  }

  @Test("What it needs kept is kept: the events of a frame, and the packets of a connection")
  func kept() throws {
    var needs = Needs()
    needs.events = .frame(8)
    needs.packets = .connections(ConnectionSelection(number: 1))
    needs.connections = ConnectionSelection(number: 1)
    needs.frame = 8
    let findings = try #require(try watch(needs).findings)
    #expect(findings.events.map(\.frame) == [8] && findings.packets.count == findings.counts.packets)
    #expect(findings.asked.map(\.number) == [1] && findings.explanation?.connection == 1)
  }

  @Test("Presenters of one watch have together what each needs")
  func joined() {
    var one = Needs()
    var other = Needs()
    one.events = .first(3)
    other.tellsPackets = true
    let both = one.joined(with: other)
    #expect({ if case .first(3) = both.events { true } else { false } }() && both.traced == .all)
    other.events = .connections(ConnectionSelection(number: 2))
    other.packets = .connections(ConnectionSelection(number: 2))
    one.packets = .connections(ConnectionSelection(number: 1))
    let all = one.joined(with: other)
    #expect({ if case .all = all.events { true } else { false } }())
    #expect({ if case .all = all.packets { true } else { false } }())
  }

  @Test("Where one is told packets and another needs them kept, both have them")
  func packets() throws {
    var needs = Needs()
    needs.tellsPackets = true
    needs.packets = .all
    let presenter = try watch(needs)
    let findings = try #require(presenter.findings)
    #expect(presenter.count("packet") == findings.counts.packets)
    #expect(findings.packets.count == findings.counts.packets)
  }
}
