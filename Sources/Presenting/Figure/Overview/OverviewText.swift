import Findings

/// The overview of a capture in the characters of a terminal.
public struct OverviewText {
  /// Narrower than this nothing can be told apart.
  private static let narrowest = 16
  /// On a narrower terminal rows have no addresses.
  private static let addressesFrom = 64
  private static let numberWidth = 5
  private static let verdictWidth = 11
  private static let longestClient = 24
  /// Lines that are no rows: the axis, the legend, what is said below.
  private static let otherLines = 12

  private let style: TextStyle
  private let words: OverviewWords

  /// An overview in a style, to its width, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    words = OverviewWords(zone: zone)
  }

  /// How many rows an overview may have that takes so many lines, as each server has a line of its own.
  public static func rows(in room: ScreenRoom) -> Int { max(4, (room.rows - otherLines) * 2 / 3) }

  /// The lines of the picture, with what is to be said below it.
  public func lines(_ overview: Overview) -> [String] {
    let clients = overview.servers.flatMap(\.rows).map { words.client($0).count }
    let clientWidth = style.columns < Self.addressesFrom ? 0 : min(Self.longestClient, clients.max() ?? 0) + 2
    let labels = Self.numberWidth + 2 + clientWidth + Self.verdictWidth
    let columns = Columns(overview.time, count: max(Self.narrowest, style.columns - labels - 1))
    var lines = axis(overview, columns, indent: labels)
    for server in overview.servers {
      lines += style.wrapped(words.title(server), indent: 0).map(style.bold)
      lines += server.rows.map { row in
        label(row, clientWidth) + picture(row.line, columns, overview.moments)
      }
    }
    lines += ["", style.dim("One column is \(DurationText.text(nanoseconds: columns.length)).")]
    return lines + legend(overview) + below(overview)
  }

  // MARK: Time

  /// The columns that the capture's time is divided into.
  private struct Columns {
    let start: Int64
    let length: Int64
    let count: Int

    init(_ time: ClosedRange<Int64>, count: Int) {
      start = time.lowerBound
      length = max(1, (time.upperBound - time.lowerBound) / Int64(count) + 1)
      self.count = count
    }

    func column(_ time: Int64) -> Int { max(0, min(count - 1, Int((time - start) / length))) }
  }

  /// Round times, each above its column.
  private func axis(_ overview: Overview, _ columns: Columns, indent: Int) -> [String] {
    let width = TimeTicks.labelWidth(of: overview.time, atMost: columns.count / 12)
    let ticks = TimeTicks(overview.time, atMost: columns.count / (width + 3), words.zone)
    var times = ""
    var marks = ""
    for time in ticks.times {
      let column = columns.column(time)
      guard column >= times.count, column + width <= columns.count else { continue }
      times += String(repeating: " ", count: column - times.count) + ticks.label(time) + " "
      marks += String(repeating: " ", count: column - marks.count) + "╵"
    }
    let space = String(repeating: " ", count: indent)
    while times.last == " " { times.removeLast() }
    return (style.wrapped(words.time(overview), indent: 0) + [space + times, space + marks]).map(style.dim)
  }

  // MARK: Rows

  private func label(_ row: Overview.Row, _ clientWidth: Int) -> String {
    var text = style.padLeft(words.number(row), Self.numberWidth) + "  "
    if clientWidth > 0 { text += style.pad(style.cut(words.client(row), to: clientWidth - 2), clientWidth) }
    return text + style.pad(style.coloured(row.verdict), Self.verdictWidth)
  }

  private func picture(_ line: OverviewLine, _ columns: Columns, _ moments: [OverviewMoment]) -> String {
    var phases: [OverviewLine.Phase?] = Array(repeating: nil, count: columns.count)
    var signs: [OverviewLine.Sign?] = Array(repeating: nil, count: columns.count)
    for (phase, time) in line.stretches {
      for column in columns.column(time.lowerBound)...columns.column(time.upperBound) {
        phases[column] = max(phases[column] ?? phase, phase)
      }
    }
    for (sign, time) in line.marks {
      let column = columns.column(time)
      signs[column] = max(signs[column] ?? sign, sign)
    }
    let cuts = Set(moments.map { columns.column($0.time) })
    var cells = (0..<columns.count).map { column in
      if let sign = signs[column] { return character(sign) }
      if cuts.contains(column) { return style.red("│") }
      return phases[column].map(character) ?? " "
    }
    while cells.last == " " { cells.removeLast() }
    return cells.joined()
  }

  private func character(_ phase: OverviewLine.Phase) -> String {
    switch phase {
    case .active: "▪"
    case .survivedSilence: "─"
    case .lostSilence: style.red("╌")
    case .openSilence: style.dim("⋅")
    case .unacknowledged: style.red("▫")
    }
  }

  private func character(_ sign: OverviewLine.Sign) -> String {
    switch sign {
    case .opened: "○"
    case .answered: style.green("◆")
    case .fin: "■"
    case .windowProbe: style.yellow("▲")
    case .unanswered: style.yellow("◇")
    case .reset, .giveUp: style.red("✖")
    }
  }

  // MARK: Below

  private func legend(_ overview: Overview) -> [String] {
    let (phases, signs) = overview.shown
    let endings = signs.filter { $0 == .reset || $0 == .giveUp }.map(OverviewWords.name)
    var entries = phases.map { (character($0), OverviewWords.name($0)) }
    entries += signs.filter { $0 != .reset && $0 != .giveUp }.map { (character($0), OverviewWords.name($0)) }
    if !endings.isEmpty { entries.append((style.red("✖"), endings.joined(separator: " or "))) }
    // An entry stays whole at a line's end.
    let texts = entries.map { "\($0.0)\(TextStyle.joint)" + TextStyle.together($0.1) }
    return style.wrapped(texts.joined(separator: "  "), indent: 0)
  }

  private func below(_ overview: Overview) -> [String] {
    let moments = overview.moments.flatMap { moment in
      style.wrapped("│\(TextStyle.joint)" + words.moment(moment), indent: 0).map(style.red)
    }
    return moments + (words.leftOut(overview).map { style.wrapped($0, indent: 0) } ?? [])
  }
}
