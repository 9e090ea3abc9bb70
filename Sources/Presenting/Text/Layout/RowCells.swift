/// The cells of a table's rows, in lines that are no longer than a terminal is wide.
///
/// A row takes as many lines as its columns need: where one line holds them all, it is one; each further line is indented, the
/// same in every row and in the heading.
struct RowCells {
  /// The width of each column but the last, which takes what is left.
  let widths: [Int]
  /// The width that the last column has at most, as a rule.
  let lastWidth: Int
  /// How far the further lines of a row are indented.
  let indent: Int
  let style: TextStyle

  /// The lines of a row.
  func lines(_ cells: [String]) -> [String] {
    let usual = lines(cells, breaks)
    guard let last = usual.last, TextStyle.width(last) > style.columns, breaks.last != widths.count else {
      return usual
    }
    // A last cell that is longer than usual has a line of its own.
    return lines(cells, breaks + [widths.count])
  }

  private func lines(_ cells: [String], _ breaks: [Int]) -> [String] {
    breaks.indices.map { number in
      let end = number + 1 < breaks.count ? breaks[number + 1] : cells.count
      var line = number == 0 ? "" : String(repeating: " ", count: indent)
      for column in breaks[number]..<end {
        let isLast = column == end - 1
        if column == 0 {
          line += style.padLeft(cells[0], widths[0]) + "  "
        } else {
          line += isLast ? cells[column] : style.pad(cells[column], widths[column] + 1)
        }
      }
      return line
    }
    .enumerated().filter { number, line in number == 0 || !line.allSatisfy { " –".contains($0) } }.map(\.element)
  }

  /// The columns that lines begin with.
  private var breaks: [Int] {
    var breaks = [0]
    var used = 0
    for column in 0...widths.count {
      let width = column < widths.count ? widths[column] + (column == 0 ? 1 : 0) : lastWidth
      if used + width > style.columns, column > 1 {
        breaks.append(column)
        used = indent
      }
      used += width + 1
    }
    return breaks
  }
}
