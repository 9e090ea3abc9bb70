import ApplicationLog
import Findings

/// What is said of files that captured the same packets.
public struct SharedCaptureText {
  /// Clocks are not told apart more closely, in nanoseconds.
  private static let leastMargin: Int64 = 1000

  /// More pairs of files than this are not told of unasked.
  private static let pairsShown = 4

  private let names: [String]
  private let copies: Int
  private let style: TextStyle
  private let listsAll: Bool

  /// A text on files with these names, of which so many packets were left out as copies.
  public init(names: [String], copies: Int, style: TextStyle, listsAll: Bool = false) {
    self.listsAll = listsAll
    self.style = style
    self.names = names.map(\.printable)
    self.copies = copies
  }

  /// One line a pair of files, and how many more there are.
  public func lines(_ shared: [SharedCapture]) -> [String] {
    guard !shared.isEmpty else { return [] }
    let end = "Of what both captured, each packet counts once: \(counted(copies, "copy")) left out."
    let shown = listsAll ? shared.count : Self.pairsShown
    let rest = shared.count - shown
    let more = rest > 0 ? ["So did \(counted(rest, "more pair")) of files."] : []
    return (shared.prefix(shown).map(line) + more + [end]).flatMap { style.wrapped($0, indent: 0) }
  }

  private func line(_ pair: SharedCapture) -> String {
    let name = names[pair.file]
    let reference = names[pair.reference]
    var text = "\(name) captured the same packets as \(reference). "
    let apart = abs(pair.clockAhead)
    if let margin = pair.uncertainty.map({ max($0, Self.leastMargin) }), apart <= margin {
      text += "Their clocks agree, to ± \(DurationText.text(nanoseconds: margin))."
    } else {
      text +=
        "Its clock is \(DurationText.text(nanoseconds: apart)) \(pair.clockAhead > 0 ? "ahead of" : "behind") the other's"
      text +=
        pair.uncertainty.map { ", ± \(DurationText.text(nanoseconds: $0)) (half the packets' time there and back)" }
        ?? ", less the packets' time on the way"
      text += "; times are given by the clock of \(reference)."
    }
    return text
  }
}
