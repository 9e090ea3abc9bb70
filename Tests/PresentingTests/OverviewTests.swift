import Findings
import KeepaliveAnalysis
import PacketObservation
import PacketWire
import Testing

@testable import Presenting

/// The whole capture at one look: which rows it has, and what stands in them.
@Suite struct OverviewTests {
  private static func style(_ columns: Int) -> TextStyle {
    var style = TextStyle(hasColour: false, isASCII: false)
    style.columns = columns
    return style
  }

  private func lines(_ capture: ManyConnections, atMost most: Int = 40, columns: Int = 120) throws -> [String] {
    let overview = try #require(capture.overview(atMost: most))
    return OverviewText(style: Self.style(columns), zone: .utc).lines(overview)
  }

  /// The picture of a row, by what stands before it.
  private func picture(_ lines: [String], _ label: String) throws -> String {
    let line = try #require(lines.first { $0.contains(label) }, "\(lines)")
    return String(line.drop { !"○▪─╌⋅▫◆◇✖■│".contains($0) })
  }

  @Test("A silence that was survived, one that was not and one that the capture cuts off differ")
  func silences() throws {
    var capture = ManyConnections()
    capture.add(0x0a00_0001, to: 0x0a09_0001, period: 60, rounds: 5)
    capture.add(0x0a00_0002, to: 0x0a09_0002, period: 200, rounds: 0, .dead)
    let lines = try lines(capture)
    let answered = try picture(lines, "10.0.0.1:40001")
    #expect(answered.hasPrefix("○───") && answered.count { $0 == "◆" } == 5 && !answered.contains("╌"))
    let dead = try picture(lines, "10.0.0.2:40002")
    #expect(dead.hasPrefix("○╌╌╌") && dead.hasSuffix("✖") && dead.count { $0 == "◇" } == 4 && !dead.contains("─"))
    #expect(dead.count < answered.count, "it ends before the capture does")
    let legend = lines.joined(separator: "\n")
    for words in ["◆ probe, answered", "◇ probe, no answer seen", "✖ given up", "╌ silence that was not"] {
      #expect(legend.contains(words))
    }
    #expect(!legend.contains("FIN") && !legend.contains("window probe"), "what is not there has no legend")
  }

  @Test("Many that fared well are one row, with their marks; victims have their own as long as there is room")
  func folds() throws {
    var capture = ManyConnections()
    for _ in 1...12 { capture.add(0x0a00_0001, to: 0x0a09_0001, period: 60, rounds: 4) }
    for _ in 1...9 { capture.add(0x0a00_0001, to: 0x0a09_0001, period: 100, rounds: 0, .dead) }
    let wide = try #require(capture.overview(atMost: 40))
    #expect(wide.servers.count == 1 && wide.rowCount == 10)
    let rows = wide.servers[0].rows
    #expect(rows.prefix(9).allSatisfy { $0.verdict == .dead && $0.report != nil })
    #expect(rows[9].verdict == .answered && rows[9].report == nil && rows[9].tally.count == 12)
    #expect(rows[9].line.marks.count { $0.sign == .answered } == 48)
    let narrow = try #require(capture.overview(atMost: 5))
    #expect(narrow.rowCount <= 5 && narrow.servers[0].rows.reduce(0) { $0 + $1.tally.count } == 21)
    let lines = try lines(capture)
    #expect(lines.contains { $0.contains("12 of 10.0.0.1") && $0.contains("answered") })
  }

  @Test("What has no row is counted")
  func leftOut() throws {
    var capture = ManyConnections()
    for server in 1...30 as ClosedRange<UInt32> { capture.add(0x0a00_0001, to: 0x0a09_0000 + server, period: 60) }
    let overview = try #require(capture.overview(atMost: 10))
    #expect(overview.rowCount == 10 && overview.leftOut == (20, 20))
    #expect(try lines(capture, atMost: 10).contains { $0.contains("Not drawn: 20 connections to 20 other servers") })
  }

  @Test("Where a host falls silent on many connections, a line goes through all rows, with its time and count")
  func silentHost() throws {
    var capture = ManyConnections()
    // Each is heard last within the first three minutes, and probed in vain after that.
    for step in 0..<5 { capture.add(0x0a00_0001, to: 0x0a09_0001, period: 170 + Double(step), rounds: 1, .lost) }
    capture.add(0x0a00_0001, to: 0x0a09_0002, period: 60, rounds: 6)
    let overview = try #require(capture.overview(atMost: 20))
    #expect(overview.moments.map(\.happening) == [.fellSilent] && overview.moments.map(\.connections) == [5])
    let lines = OverviewText(style: Self.style(120), zone: .utc).lines(overview)
    let rows = lines.filter { $0.contains(":4000") }
    let column = try #require(rows.first).prefix { $0 != "│" }.count
    // A mark at that moment stands before the line.
    #expect(rows.count == 6 && rows.allSatisfy { "│◆".contains($0.dropFirst(column).first ?? " ") }, "\(lines)")
    #expect(
      lines.contains { $0.hasPrefix("│ 22:16:14: 10.9.0.1 was heard for the last time, and 5 connections") }, "\(lines)"
    )
  }

  @Test("Where connections end one after the other, no line is drawn")
  func noMoment() throws {
    var capture = ManyConnections()
    for step in 1...6 { capture.add(0x0a00_0001, to: 0x0a09_0001, period: 40 * Double(step), rounds: 0, .refused) }
    #expect(try #require(capture.overview(atMost: 20)).moments.isEmpty)
  }

  @Test("Times are round ones, and never on top of each other", arguments: [0.5, 5, 75, 3600, 90_000, 4e6])
  func ticks(seconds: Double) {
    let start: Int64 = 1_700_000_000_123_456_789
    let range = start...(start + Int64(seconds * 1e9))
    for most in [2, 5, 9] {
      let ticks = TimeTicks(range, atMost: most, .utc)
      #expect(ticks.times.count <= most && ticks.times.allSatisfy(range.contains))
      let labels = ticks.times.map(ticks.label)
      #expect(Set(labels).count == labels.count, "\(labels)")
      #expect(labels.allSatisfy { $0.count <= TimeTicks.labelWidth(of: range, atMost: most) }, "\(labels)")
    }
    #expect(!TimeTicks(range, atMost: 9, .utc).times.isEmpty)
  }
}

extension ManyConnections {
  /// The overview of the capture.
  func overview(atMost most: Int) -> Overview? {
    let (findings, events, packets) = told
    var activity = CaptureActivity()
    for event in events { activity.take(event) }
    for packet in packets { activity.take(packet) }
    return Overview(findings, activity, atMost: most)
  }
}
