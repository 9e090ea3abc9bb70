import ApplicationLog
import FoundationEssentials

/// Boxes of one's own, as a file has them (boxes.json).
///
/// An array of objects: `name`, `timeout` in seconds, `expiry` (a word of `PathBox.Expiry`), and `source` where one wants it.
public enum BoxFile {
  /// Why a file's boxes cannot be taken, as a sentence's end.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String
  }

  private struct Entry: Decodable {
    let name: String
    let timeout: Double
    let expiry: String
    let source: String?
  }

  /// Who has more has made a mistake.
  private static let mostBoxes = 1000
  /// In seconds, a century: longer ones are mistakes.
  private static let longestTimeout = 3_155_760_000.0

  /// The boxes of a file's octets; `name` is said to be their source where they have none.
  ///
  /// - Throws: `Problem`, which names the box.
  public static func boxes(_ octets: [UInt8], named name: String) throws(Problem) -> [PathBox] {
    let entries: [Entry]
    do { entries = try JSONDecoder().decode([Entry].self, from: Data(octets)) } catch {
      throw Problem(
        description: "it is no JSON array of objects with \"name\", \"timeout\" in seconds and \"expiry\", such as "
          + "[{\"name\": \"our firewall\", \"timeout\": 900, \"expiry\": \"drops\"}]")
    }
    guard entries.count <= mostBoxes else { throw Problem(description: "it has more than \(mostBoxes) boxes") }
    var boxes: [PathBox] = []
    for entry in entries { boxes.append(try box(entry, name)) }
    return boxes
  }

  private static func box(_ entry: Entry, _ file: String) throws(Problem) -> PathBox {
    guard let expiry = PathBox.Expiry(rawValue: entry.expiry) else {
      let words = PathBox.Expiry.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(description: "'\(entry.expiry)' is no expiry of '\(entry.name)'; these are: \(words)")
    }
    guard entry.timeout >= 0.001, entry.timeout <= longestTimeout else {
      throw Problem(description: "the timeout of '\(entry.name)' is no number of seconds above 0")
    }
    let box = PathBox(
      name: entry.name.printable, timeout: Int64(entry.timeout * 1e9), expiry: expiry,
      source: (entry.source ?? file).printable)
    guard !box.word.isEmpty else { throw Problem(description: "a box has no name with a letter or digit in it") }
    return box
  }
}
