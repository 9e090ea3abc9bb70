import Findings

/// The overview of a capture as SVG: a row for each connection, or for several alike, over one time axis.
public struct OverviewSVG {
  private static let width = 960.0
  private static let left = 280.0
  private static let right = 24.0
  private static let rowHeight = 19.0
  private static let titleHeight = 26.0
  private static let head = 72.0
  private static let lineHeight = 18.0
  /// Between the rows and the legend.
  private static let gap = 36.0
  /// So many rows are legible in one picture.
  public static let mostRows = 80
  /// Marks of one sort closer than this, in pixels, cannot be told apart.
  private static let apart = 4.0
  private static let longestClient = 23

  private let words: OverviewWords
  private let style = TextStyle(hasColour: false, isASCII: false)
  /// Whether each row leads to its connection's place on a page.
  private let hasLinks: Bool

  /// Overviews with times in a zone.
  public init(zone: TimeZoneChoice, hasLinks: Bool = false) {
    words = OverviewWords(zone: zone)
    self.hasLinks = hasLinks
  }

  /// A document of its own.
  public func document(_ overview: Overview, title: String) -> String {
    let element = element(overview, title: title)
    return SVG.document([(element, height(overview))], width: Self.width)
  }

  /// The overview as one SVG element, for a document or a page that has `FigureSVG.style`.
  public func element(_ overview: Overview, title: String) -> String {
    let scale = Scale(overview.time)
    let bottom = bottom(overview)
    var parts = [
      "<svg class=\"keepwatch overview\" width=\"\(n(Self.width))\" height=\"\(n(height(overview)))\" "
        + "viewBox=\"0 0 \(n(Self.width)) \(n(height(overview)))\" role=\"img\" aria-labelledby=\"overview-title\">",
      "<title id=\"overview-title\">\(e(title)): every connection along the time of the capture</title>",
      "<text class=\"heading\" x=\"16\" y=\"26\">\(e(style.cut(title, to: 100)))</text>",
      "<text class=\"time-range\" x=\"16\" y=\"46\">\(e(words.time(overview)))</text>",
    ]
    parts += axis(overview, scale, bottom)
    parts += rows(overview, scale)
    parts += moments(overview, scale, bottom)
    parts += legend(overview, y: bottom + Self.gap)
    let top = bottom + Self.gap + Double(legendLines(overview).count) * Self.lineHeight + 10
    for (index, text) in below(overview).enumerated() {
      let y = top + Double(index) * Self.lineHeight
      parts.append("<text class=\"words\" x=\"16\" y=\"\(n(y))\">\(e(text))</text>")
    }
    return parts.joined(separator: "\n") + "\n</svg>"
  }

  // MARK: Places

  private struct Scale {
    let start: Int64
    let perNanosecond: Double

    init(_ time: ClosedRange<Int64>) {
      start = time.lowerBound
      perNanosecond =
        (OverviewSVG.width - OverviewSVG.left - OverviewSVG.right) / Double(max(1, time.upperBound - time.lowerBound))
    }

    func x(_ time: Int64) -> Double { OverviewSVG.left + Double(time - start) * perNanosecond }
  }

  private func bottom(_ overview: Overview) -> Double {
    Self.head + Double(overview.servers.count) * Self.titleHeight + Double(overview.rowCount) * Self.rowHeight + 8
  }

  private func height(_ overview: Overview) -> Double {
    let lines = legendLines(overview).count + below(overview).count
    return bottom(overview) + Self.gap + Double(lines) * Self.lineHeight + 12
  }

  // MARK: Parts

  private func axis(_ overview: Overview, _ scale: Scale, _ bottom: Double) -> [String] {
    let ticks = TimeTicks(overview.time, atMost: 9, words.zone)
    var free = 0.0
    return ticks.times.flatMap { time in
      let x = scale.x(time)
      let line = "<path class=\"grid\" d=\"M\(n(x)) \(n(Self.head - 4))V\(n(bottom))\"/>"
      let label = ticks.label(time)
      let half = Double(label.count) * 3.2
      guard x - half >= free, x + half <= Self.width else { return [line] }
      free = x + half + 8
      return [line, "<text class=\"time\" x=\"\(n(x))\" y=\"\(n(Self.head - 10))\">\(label)</text>"]
    }
  }

  private func rows(_ overview: Overview, _ scale: Scale) -> [String] {
    var y = Self.head
    var parts: [String] = []
    for server in overview.servers {
      y += Self.titleHeight
      parts.append("<text class=\"server\" x=\"16\" y=\"\(n(y - 8))\">\(e(words.title(server)))</text>")
      for row in server.rows {
        parts.append(self.row(row, scale, y: y + Self.rowHeight / 2))
        y += Self.rowHeight
      }
    }
    return parts
  }

  private func row(_ row: Overview.Row, _ scale: Scale, y: Double) -> String {
    let number = row.report?.number
    let tip = row.report.map { "\($0.clientAddress) and \($0.serverAddress): \(VerdictText.reason($0))" }
    var parts = [
      "<g class=\"row\"\(number.map { " data-connection=\"\($0)\"" } ?? "")>",
      "<title>\(e(tip ?? words.client(row)))</title>",
      "<rect class=\"touch\" x=\"0\" y=\"\(n(y - Self.rowHeight / 2))\" width=\"\(n(Self.width))\" height=\"\(n(Self.rowHeight))\"/>",
      "<text class=\"number\" x=\"46\" y=\"\(n(y + 4))\">\(words.number(row))</text>",
      "<text class=\"name\" x=\"56\" y=\"\(n(y + 4))\">\(e(style.cut(words.client(row), to: Self.longestClient)))</text>",
      "<text class=\"verdict \(Self.judgement(row.verdict))\" x=\"202\" y=\"\(n(y + 4))\">\(row.verdict.rawValue)</text>",
    ]
    parts += row.line.stretches.sorted { $0.phase < $1.phase }.map {
      stretch($0.phase, scale.x($0.time.lowerBound), scale.x($0.time.upperBound), y)
    }
    parts += marks(row.line, scale, y)
    let text = parts.joined() + "</g>"
    guard hasLinks, let number else { return text }
    return "<a href=\"#\(number)\">\(text)</a>"
  }

  /// Whether a verdict's word is coloured, and how.
  private static func judgement(_ verdict: Verdict) -> String {
    switch verdict {
    case .dead, .reset, .stalled, .blocked, .unanswered: "bad"
    case .answered: "good"
    case .closed, .notProbed, .unknown: "plain"
    }
  }

  /// A mark of each sort for each place where they can be told apart, the worst above the others.
  private func marks(_ line: OverviewLine, _ scale: Scale, _ y: Double) -> [String] {
    let places = Dictionary(grouping: line.marks, by: \.sign).sorted { $0.key < $1.key }
    return places.flatMap { sign, marks in
      var free = -Double.infinity
      return marks.map { scale.x($0.time) }.sorted().compactMap { x -> String? in
        guard x >= free else { return nil }
        free = x + Self.apart
        return mark(sign, x, y)
      }
    }
  }

  /// A line through all rows for each moment, with its time below it, where that has room.
  private func moments(_ overview: Overview, _ scale: Scale, _ bottom: Double) -> [String] {
    var free = 0.0
    return overview.moments.flatMap { moment -> [String] in
      let x = scale.x(moment.time)
      let line = "<path class=\"moment\" d=\"M\(n(x)) \(n(Self.head - 4))V\(n(bottom + 3))\"/>"
      let middle = min(x, Self.width - 30)
      guard middle - 28 >= free else { return [line] }
      free = middle + 28
      let time = ClockTime(moment.time, words.zone).time
      return [line, "<text class=\"time bad\" x=\"\(n(middle))\" y=\"\(n(bottom + 14))\">\(time)</text>"]
    }
  }

  private func below(_ overview: Overview) -> [String] {
    overview.moments.map(words.moment) + [words.leftOut(overview)].compactMap(\.self)
  }

  // MARK: Legend

  private typealias Entry = (text: String, shape: (Double, Double) -> String)

  /// The legend's entries in lines that are not too long.
  private func legendLines(_ overview: Overview) -> [[Entry]] {
    let (phases, signs) = overview.shown
    var entries: [Entry] = phases.map { phase in
      (OverviewWords.name(phase), { x, y in self.stretch(phase, x, x + 22, y) })
    }
    entries += signs.map { sign in (OverviewWords.name(sign), { x, y in self.mark(sign, x + 11, y) }) }
    if !overview.moments.isEmpty {
      entries.append(
        ("many at one moment", { x, y in "<path class=\"moment\" d=\"M\(self.n(x + 11)) \(self.n(y - 8))v16\"/>" }))
    }
    var lines: [[Entry]] = []
    var free = 0.0
    for entry in entries {
      if free < width(entry) {
        lines.append([])
        free = Self.width - 32
      }
      lines[lines.count - 1].append(entry)
      free -= width(entry)
    }
    return lines
  }

  private func width(_ entry: Entry) -> Double { 44 + Double(entry.text.count) * 6.2 }

  private func legend(_ overview: Overview, y: Double) -> [String] {
    legendLines(overview).enumerated().flatMap { index, line in
      let y = y + Double(index) * Self.lineHeight
      var x = 16.0
      return line.map { entry in
        defer { x += width(entry) }
        return entry.shape(x, y) + "<text class=\"legend\" x=\"\(n(x + 28))\" y=\"\(n(y + 4))\">\(entry.text)</text>"
      }
    }
  }

  // MARK: Shapes

  private func stretch(_ phase: OverviewLine.Phase, _ from: Double, _ to: Double, _ y: Double) -> String {
    switch phase {
    case .active: bar("busy", from, to, y)
    case .unacknowledged: bar("vain", from, to, y)
    case .survivedSilence: "<path class=\"survived\" d=\"M\(n(from)) \(n(y))H\(n(to))\"/>"
    case .lostSilence: "<path class=\"lost\" d=\"M\(n(from)) \(n(y))H\(n(to))\"/>"
    case .openSilence: "<path class=\"idle\" d=\"M\(n(from)) \(n(y))H\(n(to))\"/>"
    }
  }

  private func bar(_ name: String, _ from: Double, _ to: Double, _ y: Double) -> String {
    "<rect class=\"\(name)\" x=\"\(n(from))\" y=\"\(n(y - 4))\" width=\"\(n(max(2, to - from)))\" height=\"8\"/>"
  }

  private func mark(_ sign: OverviewLine.Sign, _ x: Double, _ y: Double) -> String {
    switch sign {
    case .opened: "<circle class=\"begun\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"3.8\"/>"
    case .answered: "<g class=\"answered\">\(SVG.diamond(x, y, 4.5))</g>"
    case .unanswered: "<g class=\"unanswered\">\(SVG.diamond(x, y, 4.5))</g>"
    case .windowProbe: "<g class=\"window-probe\">\(SVG.triangle(x, y, 5))</g>"
    case .fin: "<g class=\"fin\"><rect x=\"\(n(x - 4))\" y=\"\(n(y - 4))\" width=\"8\" height=\"8\"/></g>"
    case .reset: "<g class=\"reset failure\">\(SVG.cross(x, y, 4.5))</g>"
    case .giveUp:
      "<g class=\"give-up failure\">\(SVG.cross(x, y, 4.5))<circle class=\"cross\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"7\"/></g>"
    }
  }

  private func n(_ value: Double) -> String { SVG.number(value) }

  private func e(_ text: String) -> String { MarkupText.escaped(text) }
}
