import Findings
import Testing

@testable import Presenting

/// Lines as long as they may be, and no longer.
@Suite struct LineBreaksTests {
  private static func style(_ columns: Int, isASCII: Bool = false) -> TextStyle {
    var style = TextStyle(hasColour: false, isASCII: isASCII)
    style.columns = columns
    return style
  }

  @Test(
    "A number stays with its unit, and a name with its number",
    arguments: ["30.7 s", "2h 11m 15s", "RST #266", "TTL 128", "9 ×", "≥ 3", "1,204 bytes", "(FIN #12)"])
  func together(phrase: String) {
    // Whatever the width, no line ends within the phrase.
    for columns in 20...60 {
      let lines = Self.style(columns).wrapped(
        "It was seen there and then, \(phrase) after what came before.", indent: 4)
      #expect(lines.contains { $0.contains(phrase) }, "\(columns) columns: \(lines)")
      #expect(lines.allSatisfy { $0.count <= columns })
    }
  }

  @Test("Words that do not belong together are parted where the line is full, and colour takes no room")
  func apart() {
    var style = Self.style(12)
    style.hasColour = true
    #expect(style.wrapped("one two three four", indent: 2) == ["  one two", "  three four"])
    #expect(style.wrapped("\(style.bold("one")) two three", indent: 2) == ["  \(style.bold("one")) two", "  three"])
    #expect(style.wrapped("a " + String(repeating: "x", count: 30) + " b", indent: 0).count == 3)
    #expect(style.wrapped("", indent: 3) == ["   "])
  }

  @Test("A table's row stays as it is, a sentence that is too long goes on with its own indentation")
  func fitted() {
    #expect(Self.style(12).fitted("  a row  of  cells") == ["  a row  of  cells"])
    #expect(Self.style(16).fitted("  a  label and what it says") == ["  a  label and", "     what it", "     says"])
    #expect(Self.style(12).fitted("  one two three") == ["  one two", "  three"])
    #expect(Self.style(40).fitted("  one two three") == ["  one two three"])
  }

  @Test("What is cut off has a mark on the side where it is missing, and colours end")
  func window() {
    let line = "0123456789abcdef"
    #expect(Self.style(10).window(line, from: 0) == "012345678…")
    #expect(Self.style(10).window(line, from: 3) == "…456789ab…")
    #expect(Self.style(10).window(line, from: 6) == "…789abcdef")
    #expect(Self.style(10, isASCII: true).window(line, from: 3) == "<456789ab>")
    #expect(Self.style(20).window(line, from: 0) == line)
    var style = Self.style(4)
    style.hasColour = true
    #expect(style.window("ab\(style.red("cdefgh"))", from: 0) == "ab\u{1b}[31mc…\u{1b}[0m")
  }

  @Test("A row's cells take as many lines as they need, the same in each row as in the heading")
  func cells() {
    let cells = { (columns: Int) in
      RowCells(widths: [4, 8, 8], lastWidth: 6, indent: 2, style: Self.style(columns))
    }
    #expect(cells(40).lines(["1", "one", "two", "three"]) == ["   1  one      two      three"])
    #expect(cells(24).lines(["1", "one", "two", "three"]) == ["   1  one      two", "  three"])
    #expect(cells(16).lines(["12", "one", "two", "three"]) == ["  12  one", "  two", "  three"])
  }

  @Test(
    "Nothing that is told of a capture is wider than its terminal, and no word of it is lost",
    arguments: [40, 80, 100, 200], ExpectedTests.captures)
  func widths(columns: Int, capture: String) throws {
    let style = Self.style(columns)
    let rendered = try RenderedCapture(capture)
    let wide = rendered.overview(Self.style(1000)) + rendered.timelines(Self.style(1000))
    let text = rendered.summary(style) + rendered.overview(style) + rendered.timelines(style)
    // What is to be pasted stays one line.
    for line in text.split(separator: "\n") where !line.hasPrefix("       keepalives=") {
      let longest = line.split(separator: " ").map(\.count).max() ?? 0
      #expect(line.count <= columns || longest + 8 > columns, "\(line)")
    }
    // What a wide terminal shows in words a narrow one has as well.
    let words = Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
    for word in wide.split(whereSeparator: { $0 == " " || $0 == "\n" })
    where word.allSatisfy(\.isLetter) && word.count > 2 {
      #expect(words.contains(String(word)), "\(word)")
    }
  }
}
