import Foundation
import Testing

/// What is known not to hold: rows of capture, relation and reason, so that the list can only shrink.
enum Broken {
  private static let reasons: [[String]: String] = {
    let path = SavedCapture.root.appendingPathComponent("Tests/RelationsTests/broken.tsv").path
    let rows = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").dropFirst() ?? []
    let fields = rows.map { $0.components(separatedBy: "\t") }
    return Dictionary(fields.map { (Array($0.prefix(2)), $0.count > 2 ? $0[2] : "") }) { first, _ in first }
  }()

  private static let lists = ProcessInfo.processInfo.environment["KEEPWATCH_LIST_BROKEN"] != nil

  /// Prints lines for who mends it, where KEEPWATCH_LIST_BROKEN is set: what does not hold (BROKEN), and claims of the
  /// whole capture that a derived one lacks, as it may (ABSENT).
  static func list(_ word: String, _ lines: [String], of relation: String, in capture: SavedCapture) {
    guard lists else { return }
    for line in lines { print("\(word)\t\(capture.name)\t\(relation)\t\(line)") }
  }

  /// Violations shown of one capture and relation; the rest is counted.
  private static let shown = 20

  /// Judges what a capture violates of a relation: nothing is right, unless it is known to be broken.
  static func expect(_ violations: [String], of relation: String, in capture: SavedCapture) {
    list("BROKEN", violations, of: relation, in: capture)
    let isKnown = reasons[[capture.name, relation]] != nil
    if violations.isEmpty {
      if isKnown { Issue.record("\(capture.name), \(relation): it holds now: delete its row in broken.tsv") }
    } else if !isKnown {
      let lines = violations.prefix(shown).map { "  \($0)" }.joined(separator: "\n")
      Issue.record("\(capture.name), \(relation): \(violations.count) violations\n\(lines)")
    }
  }
}
