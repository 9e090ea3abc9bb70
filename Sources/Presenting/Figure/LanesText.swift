import Findings

/// A connection's figure in the characters of a terminal: its lanes over one time axis that folds long silences.
public struct LanesText {
  private static let labelWidth = 18
  /// Narrower than this nothing can be told apart.
  private static let narrowest = 20

  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// Lanes in a style, to its width, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// A row of the picture: a character for each column, and how it is coloured.
  private struct Row {
    var cells: [(character: Character, colour: ((String) -> String)?)]

    init(_ base: Character, _ width: Int) { cells = Array(repeating: (base, nil), count: width) }

    mutating func put(_ character: Character, at column: Int, _ colour: ((String) -> String)? = nil) {
      guard cells.indices.contains(column) else { return }
      cells[column] = (character, colour)
    }

    mutating func put(_ text: String, around column: Int) {
      let start = max(0, min(cells.count - text.count, column - text.count / 2))
      let range = start..<min(cells.count, start + text.count)
      // Words give way to marks.
      guard range.allSatisfy({ cells[$0].character == " " }) else { return }
      for (index, character) in zip(range, text) { cells[index] = (character, nil) }
    }

    var text: String {
      cells.map { cell in cell.colour?(String(cell.character)) ?? String(cell.character) }.joined()
    }
  }

  /// The lines of the picture, and of its legend; none where the capture has no times.
  public func lines(_ figure: ConnectionFigure) -> [String] {
    guard figure.report.hasTimes else { return [] }
    let width = max(Self.narrowest, style.columns - Self.labelWidth - 2)
    let axis = FoldedAxis(
      figure.marks.flatMap { [$0.time, $0.until] }, width: Double(width - 1), apart: 1)
    let column = { (time: Int64) in Int(axis.position(time).rounded()) }
    let lanes = figure.lanes
    // The two kernels have a row between them, for what goes over the wire.
    var rows = lanes.map { _ in Row("─", width) }
    var wire = Row(" ", width)
    for mark in figure.marks {
      let lane = lanes.firstIndex { $0.side == mark.side && $0.isProgram == (mark.kind == .call) } ?? 0
      draw(mark, from: column(mark.time), to: column(mark.until), &rows[lane], &wire)
    }
    for fold in axis.folds {
      let middle = Int((fold.range.lowerBound + fold.range.upperBound) / 2)
      for index in rows.indices where rows[index].cells[middle].character == "─" { rows[index].put("╱", at: middle) }
      wire.put(DurationText.text(nanoseconds: fold.length), around: middle)
    }
    var lines: [String] = []
    for (index, lane) in lanes.enumerated() {
      let name =
        lane.isProgram
        ? (lane.side == figure.report.client ? "client's program" : "server's program")
        : figure.report.role(lane.side)
      lines.append(style.pad(name, Self.labelWidth) + rows[index].text)
      if !lane.isProgram, lane.side == figure.report.client { lines.append(style.pad("", Self.labelWidth) + wire.text) }
    }
    return lines + [timeAxis(figure, width, column)] + legend(figure)
  }

  private func draw(
    _ mark: ConnectionFigure.Mark, from start: Int, to end: Int, _ lane: inout Row, _ wire: inout Row
  ) {
    switch mark.kind {
    case .open:
      lane.put("○", at: start)
      wire.put("│", at: start)
    case .data:
      for column in start...max(start, end) {
        lane.put("▪", at: column)
        wire.put("│", at: column)
      }
    case .probe:
      let isAnswered = mark.answered != nil
      lane.put("◆", at: start, isAnswered ? style.green : style.yellow)
      wire.put(isAnswered ? "│" : "✗", at: start, isAnswered ? style.green : style.red)
    case .answeredProbes:
      for column in start...max(start, end) { lane.put("◆", at: column, style.green) }
      wire.put("\(mark.count) answered", around: (start + end) / 2)
    case .windowProbe:
      lane.put("▲", at: start, style.yellow)
      wire.put("│", at: start)
    case .giveUp, .reset:
      lane.put("✖", at: start, style.red)
      wire.put("│", at: start, style.red)
    case .fin:
      lane.put("■", at: start)
      wire.put("│", at: start)
    case .call:
      if mark.isFailure { lane.put("✖", at: start, style.red) } else { lane.put("·", at: start) }
    case .end:
      wire.put("┆", at: start)
    }
  }

  /// The first time as a clock's, the others from there on, as long as they have room.
  private func timeAxis(_ figure: ConnectionFigure, _ width: Int, _ column: (Int64) -> Int) -> String {
    guard let first = figure.marks.first?.time, let last = figure.marks.last?.until else { return "" }
    var line = Row(" ", width)
    let begin = ClockTime(first, zone).time
    for (index, character) in begin.enumerated() { line.put(character, at: index) }
    line.put("+" + DurationText.text(nanoseconds: last - first), around: width)
    for mark in figure.marks where [.probe, .giveUp, .reset, .fin, .windowProbe].contains(mark.kind) {
      let text = " +" + DurationText.text(nanoseconds: mark.time - first) + " "
      line.put(text, around: column(mark.time))
    }
    return style.pad(ClockTime(first, zone).date, Self.labelWidth) + line.text
  }

  private static let names: [(kinds: Set<ConnectionFigure.Mark.Kind>, text: String)] = [
    ([.open], "○ opened"), ([.data], "▪ data"), ([.probe, .answeredProbes], "◆ probe (✗ no answer)"),
    ([.windowProbe], "▲ window probe"), ([.giveUp, .reset], "✖ reset"), ([.fin], "■ FIN"),
    ([.call], "· call, ✖ one that failed"), ([.end], "┆ the capture ends"),
  ]

  private func legend(_ figure: ConnectionFigure) -> [String] {
    let kinds = Set(figure.marks.map(\.kind))
    let texts = Self.names.filter { !$0.kinds.isDisjoint(with: kinds) }.map(\.text)
    let lines = style.wrapped(texts.joined(separator: "   "), indent: Self.labelWidth)
    return lines.map { style.dim($0) } + [""]
  }
}
