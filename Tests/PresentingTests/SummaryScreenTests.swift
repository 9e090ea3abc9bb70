import Findings
import KeepaliveAnalysis
import Testing

@testable import Presenting

/// A summary takes one screen, and tells on it what matters most.
@Suite struct SummaryScreenTests {
  private static let style = TextStyle(hasColour: false, isASCII: false)

  private func screen(_ findings: CaptureFindings, in room: ScreenRoom?) -> [String] {
    SummaryScreen(style: Self.style, zone: .utc, isReplay: true, room: room)
      .lines(findings, showsPrograms: true, end: [])
  }

  /// Forty servers, to each of which connections end in every way.
  private static let everything: CaptureFindings = {
    var capture = ManyConnections()
    for server in 0x0a09_0001...0x0a09_0028 as ClosedRange<UInt32> {
      for client in 0x0a00_0001...0x0a00_000c as ClosedRange<UInt32> {
        capture.add(client, to: server, period: 300)
        switch client & 0xf {
        case 1...2: capture.add(client, to: server, period: 400, rounds: 0, .dead)
        case 3...4: capture.add(client, to: server, period: 400, rounds: 0, .refused)
        case 5...7: capture.add(client, to: server, period: 500, rounds: 1, .lost)
        case 8: capture.add(client, to: server, period: 50, rounds: 1, .blocked)
        default: capture.add(client, to: server, period: 50, rounds: 1, .closed)
        }
      }
    }
    return capture.findings()
  }()

  @Test(
    "No capture has more than a screen: 60 lines in a pipe, a terminal's height less its prompt, and never less than 40",
    arguments: [
      (ScreenRoom.pipe, 60), (.terminal(rows: 24, columns: 120), 40), (.terminal(rows: 51, columns: 120), 50),
      (.terminal(rows: 51, columns: 60), 50), (.terminal(rows: 70, columns: 80), 69),
      (.terminal(rows: 24, columns: 80), 40), (.terminal(rows: 201, columns: 120), 200),
    ])
  func bound(room: ScreenRoom, most: Int) {
    let lines = screen(Self.everything, in: room)
    #expect(room.rows == most && room.count(lines) <= most)
    #expect(room.count(lines) > most * 3 / 4, "what room there is is used")
    #expect(lines.contains { $0.hasPrefix("Left out here: ") && $0.contains(" connections of ") })
    #expect(lines.joined(separator: " ").contains("--all shows everything"))
  }

  @Test("A terminal breaks long lines, and each part is a row; a pipe breaks none")
  func rows() {
    let lines = [String(repeating: "x", count: 81), "", Self.style.bold(String(repeating: "x", count: 80))]
    #expect(ScreenRoom.terminal(rows: 50, columns: 80).count(lines) == 4)
    #expect(ScreenRoom.pipe.count(lines) == 3)
  }

  @Test("How the connections ended is counted, verdict by verdict, the worst first")
  func table() {
    let lines = screen(Self.everything, in: .pipe)
    let start = lines.firstIndex { $0.hasPrefix("      80  dead ") } ?? 0
    let table = lines[start...].prefix { !$0.isEmpty }
    let words = table.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
    let counts = table.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
    #expect(words == ["dead", "reset", "blocked", "unanswered", "closed", "answered"])
    #expect(counts.reduce(0, +) == Self.everything.connections.total)
  }

  @Test("With --all every connection has its row")
  func all() {
    var capture = ManyConnections()
    for server in 0x0a09_0001...0x0a09_001e as ClosedRange<UInt32> {
      for _ in 1...12 { capture.add(0x0a00_0001, to: server, period: 45, .lost) }
    }
    let findings = capture.findings()
    let whole = capture.findings(.all)
    #expect(screen(findings, in: .pipe).count <= 60)
    let numbers = screen(whole, in: nil).compactMap { line in
      line.contains(" unanswered ") && line.hasPrefix(" ") ? line.split(separator: " ").first.flatMap { Int($0) } : nil
    }
    #expect(Set(numbers).isSuperset(of: 1...findings.connections.total))
  }

  @Test("Forty connections that died are told whole: how many, when last heard, by which settings, why, and what helps")
  func incident() throws {
    var capture = ManyConnections()
    for number in 0..<40 as Range<UInt32> {
      capture.add(0x0a00_0001 + number % 3, to: 0x0a09_0001, period: 590, rounds: 0, .dead)
    }
    for number in 0..<31 as Range<UInt32> { capture.add(0x0a00_0001 + number % 3, to: 0x0a09_0001, period: 300) }
    for server in 2...30 as ClosedRange<UInt32> {
      capture.add(0x0a00_0001, to: 0x0a09_0000 + server, period: 70, rounds: 2)
    }
    let lines = screen(capture.findings(), in: .terminal(rows: 24, columns: 120))
    let text = lines.joined(separator: "\n")
    #expect(lines.count <= 40)
    #expect(text.contains("      40  dead"))
    #expect(text.contains("10.0.0.1 gave up (RST #"))
    #expect(text.contains("600 s / 10 s / 4"))
    let folded = try #require(lines.firstIndex { $0.contains(" of 3 clients") && $0.contains(" dead ") })
    #expect(lines[folded].contains("600 s / 10 s / 4"))
    #expect(lines[folded + 1].contains("last heard at 22:13:20"))
    #expect(text.contains("WHY  Silences up to 5m 00s were survived"))
    #expect(text.contains("AWS NLB") && text.contains("HELP "))
  }

  @Test("Victims come before survivors, and one that was refused after a long silence is listed with that silence")
  func victims() {
    var capture = ManyConnections()
    for _ in 1...3 { capture.add(0x0a00_0001, to: 0x0a09_0001, period: 300, rounds: 1) }
    for _ in 1...4 { capture.add(0x0a00_0001, to: 0x0a09_0002, period: 400, rounds: 0, .refused) }
    let findings = capture.findings()
    let servers = findings.connections.servers(all: false)
    #expect(servers.map(\.hasVictims) == [true, false])
    let lines = screen(findings, in: .pipe)
    let resets = lines.filter { $0.contains("  reset  ") && $0.contains(" 6m 40s ") }
    #expect(resets.count == 4)
    #expect(!lines.contains { $0.contains("no probe was seen there") })
    #expect(lines.contains("The time line of one: add --connection 4. All at one look: add --overview."))
  }

  @Test("A reason that differs in its numbers only is told once, with the connections that it is true of")
  func reasons() {
    var capture = ManyConnections()
    for server in 0x0a09_0001...0x0a09_000c as ClosedRange<UInt32> {
      capture.add(0x0a00_0001, to: server, period: 25, rounds: 1, .dead)
    }
    let lines = screen(capture.findings(), in: .pipe)
    #expect(lines.count { $0.contains("gave up (RST #") } == 1)
    let text = lines.map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: " ")
    #expect(text.contains("The same happened, at other frames, to 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12."))
    #expect(lines.count { $0.contains("  dead  ") } == 13, "a row each, and one of the table")
  }

  @Test("What explains the connections of several servers is told once, and names them")
  func causes() {
    var capture = ManyConnections()
    for server in 0x0a09_0001...0x0a09_0008 as ClosedRange<UInt32> {
      capture.add(0x0a00_0001, to: server, period: 300)
      capture.add(0x0a00_0001, to: server, period: 400, rounds: 0, .lost)
    }
    let lines = screen(capture.findings(), in: .pipe)
    #expect(lines.count { $0.hasPrefix("WHY") } == 1)
    let text = lines.joined(separator: " ")
    #expect(text.contains("The same explains") && text.contains(" and 2 more servers."))
  }

  @Test("Of many files a few are named")
  func names() {
    var capture = ManyConnections()
    capture.add(0x0a00_0001, to: 0x0a09_0001, period: 45)
    let findings = capture.findings(names: (1...118).map { "part\($0).pcap" })
    let head = screen(findings, in: .pipe).first ?? ""
    #expect(head.hasPrefix("part1.pcap, part2.pcap, part3.pcap and 115 more files: "))
  }
}
