/// How much a summary may take where it goes.
public struct ScreenRoom: Sendable {
  /// So many lines are legible at once on any terminal worth the name: a shorter one scrolls.
  private static let fewestRows = 40

  /// How many rows.
  public let rows: Int
  /// After so many columns a row ends; `nil` where none does.
  private let columns: Int?

  /// Whether it is a terminal, which breaks lines that are too long wherever it ends.
  public var isTerminal: Bool { columns != nil }

  /// A pipe or a file: 60 lines of any length.
  public static let pipe = ScreenRoom(rows: 60, columns: nil)

  /// A terminal, less the row of the shell's next prompt.
  public static func terminal(rows: Int, columns: Int) -> ScreenRoom {
    ScreenRoom(rows: max(fewestRows, rows - 1), columns: max(1, columns))
  }

  /// How many rows `lines` take: a terminal breaks those that are too long.
  func count(_ lines: [String]) -> Int {
    guard let columns else { return lines.count }
    return lines.reduce(0) { $0 + max(1, (TextStyle.width($1) + columns - 1) / columns) }
  }
}
