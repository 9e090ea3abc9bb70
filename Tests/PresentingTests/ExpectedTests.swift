import Foundation
import Presenting
import Testing

/// What renderers make of the repository's captures is what stands in Expected/, to the letter.
///
/// scripts/record-rendered writes these files anew; what has changed is then read as a diff.
@Suite struct ExpectedTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Expected"
  private static let isRecording = ProcessInfo.processInfo.environment["KEEPWATCH_RECORDS_RENDERED"] != nil
  private static let plain = TextStyle(hasColour: false, isASCII: false)

  /// Captures of each verdict, and of what is told beside it.
  static let captures = [
    "silent-peer", "healthy", "killed-server", "zombie-kernel", "situations/forgotten-on-the-path",
    "situations/window-probes-then-keepalive", "situations/losses-before-first-probe", "situations/tuple-reuse",
    "situations/silent-over-ipv6", "situations/three-copies-over-a-bridge", "situations/urgent-data",
  ]

  func check(_ text: String, _ name: String) throws {
    let path = "\(Self.folder)/\(name.split(separator: "/").last ?? "")"
    if Self.isRecording {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      let expected = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text == expected, "record with scripts/record-rendered, and read the difference")
    }
  }

  @Test("The summary", arguments: captures)
  func summary(name: String) throws { try check(RenderedCapture(name).summary(Self.plain), name + ".summary.txt") }

  @Test("Every connection's time line and picture", arguments: captures)
  func timelines(name: String) throws {
    try check(RenderedCapture(name).timelines(Self.plain), name + ".timelines.txt")
  }

  @Test("A line and a comment for each recognised frame", arguments: captures.filter { $0 != "killed-server" })
  func frames(name: String) throws { try check(RenderedCapture(name).frames(Self.plain), name + ".frames.txt") }

  @Test("JSON lines", arguments: captures)
  func json(name: String) throws { try check(RenderedCapture(name).json(), name + ".jsonl") }

  @Test("The reasons of every frame", arguments: ["silent-peer", "zombie-kernel", "situations/urgent-data"])
  func reasons(name: String) throws { try check(RenderedCapture(name).reasons(Self.plain), name + ".reasons.txt") }

  @Test("Figures", arguments: ["silent-peer", "situations/tuple-reuse"])
  func figures(name: String) throws { try check(RenderedCapture(name).figures(), name + ".figures.svg") }

  @Test(
    "The whole capture at one look, in characters and as SVG",
    arguments: ["situations/forgotten-on-the-path", "situations/tuple-reuse"])
  func overview(name: String) throws {
    let capture = try RenderedCapture(name)
    try check(capture.overview(Self.plain), name + ".overview.txt")
    try check(capture.overviewFigure(), name + ".overview.svg")
  }

  @Test("The page for a browser")
  func page() throws { try check(RenderedCapture("killed-server").page(), "killed-server.html") }

  @Test("A program's calls beside its kernel's packets", arguments: ["silent-peer", "killed-server"])
  func programs(name: String) throws {
    try check(RenderedCapture(name).programStories(Self.plain), name + ".programs.txt")
  }

  @Test("In colour, where a terminal has it")
  func colour() throws {
    let style = TextStyle(hasColour: true, isASCII: false)
    let capture = try RenderedCapture("silent-peer")
    let text = capture.summary(style) + capture.timelines(style) + capture.frames(style)
    try check(text.replacing("\u{1b}", with: "ESC"), "silent-peer.colour.txt")
  }

  @Test("In ASCII, where the locale has no more: nothing else is in it")
  func ascii() throws {
    let style = TextStyle(hasColour: false, isASCII: true)
    let capture = try RenderedCapture("silent-peer")
    let text =
      try capture.summary(style) + capture.timelines(style) + capture.frames(style) + capture.reasons(style)
      + capture.overview(style)
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    try check(text, "silent-peer.ascii.txt")
  }
}
