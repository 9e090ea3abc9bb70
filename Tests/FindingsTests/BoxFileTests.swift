import Foundation
import Testing

@testable import Findings

/// Boxes of one's own, and the table that docs/boxes.md shows.
@Suite struct BoxFileTests {
  private func boxes(_ text: String) throws -> [PathBox] { try BoxFile.boxes(Array(text.utf8), named: "boxes.json") }

  @Test("A file's boxes have their name, time, what they do, and the file as their source where they name none")
  func taken() throws {
    let boxes = try boxes(
      """
      [{"name": "Office firewall", "timeout": 900, "expiry": "drops"},
       {"name": "VPN \\u001b[2J", "timeout": 0.5, "expiry": "resets-next-packet", "source": "ticket 4711"}]
      """)
    #expect(boxes.map(\.timeout) == [900_000_000_000, 500_000_000])
    #expect(boxes.map(\.expiry) == [.drops, .resetsNextPacket])
    #expect(boxes.map(\.source) == ["boxes.json", "ticket 4711"])
    #expect(boxes[0].word == "office-firewall" && !boxes[1].name.contains("\u{1b}"))
    let asked = try #require(PathThreshold(named: "office-firewall", of: PathBox.known + boxes))
    #expect(asked.seconds == 900 && asked.expiry == .drops && asked.label == "office-firewall")
  }

  @Test(
    "What is no list of boxes is refused, and the box at fault is named",
    arguments: [
      ("{}", "no JSON array"), ("[{\"name\": \"a\"}]", "no JSON array"), ("", "no JSON array"),
      (
        "[{\"name\": \"a\", \"timeout\": 1, \"expiry\": \"forgets\"}]",
        "'forgets' is no expiry of 'a'; these are: drops,"
      ),
      ("[{\"name\": \"a\", \"timeout\": -1, \"expiry\": \"drops\"}]", "the timeout of 'a'"),
      ("[{\"name\": \"a\", \"timeout\": 1e300, \"expiry\": \"drops\"}]", "the timeout of 'a'"),
      ("[{\"name\": \"-\", \"timeout\": 1, \"expiry\": \"drops\"}]", "no name"),
    ])
  func refused(text: String, problem: String) {
    let error = #expect(throws: BoxFile.Problem.self) { try boxes(text) }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
  }

  @Test("docs/boxes.md shows each known box as it is, and no other")
  func documented() throws {
    let path = URL(fileURLWithPath: #filePath + "/../../../docs/boxes.md").standardizedFileURL
    let text = try String(contentsOf: path, encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    let expected = PathBox.known.map { box in
      "| `\(box.word)` | \(box.name) | \(box.timeout / 1_000_000_000) | `\(box.expiry.rawValue)` | \(box.source) |"
    }
    #expect(rows == expected)
  }
}
