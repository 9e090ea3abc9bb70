import Findings
import KeepaliveAnalysis
import PacketWire
import SystemCalls
import Testing

@testable import keepwatch

/// What a user makes of the screen with its keys.
@Suite struct ScreenViewTests {
  /// Keeps what came of a capture.
  private final class Keeper: Presenter {
    var reports: [ConnectionReport] = []
    var end: Int64 = 0

    var needs: Needs {
      var needs = Needs()
      needs.keepsReports = true
      return needs
    }

    func end(_ findings: CaptureFindings) {
      reports = findings.connections.reports
      end = findings.captureEnd
    }
  }

  /// Connections 1 to 3 and 7 closed, 4 and 5 dead, 6 stalled; and when the capture ended.
  private static func incident() throws -> Keeper {
    let keeper = Keeper()
    let file = PictureTests.situations + "/forgotten-on-the-path.pcap"
    let input = try ReplayInput(files: [file], filter: "", window: nil, logs: [])
    _ = try Watch(SavedFiles(input), [keeper], output: Output()).run()
    return keeper
  }

  private func numbers(_ view: inout ScreenView, _ keeper: Keeper, later seconds: Int64 = 0) -> [Int] {
    view.rows(keeper.reports, at: keeper.end + seconds * 1_000_000_000).map(\.number)
  }

  private func press(_ text: String, _ view: inout ScreenView) {
    for key in TerminalScreen.keys(in: text) { _ = view.take(key) }
  }

  @Test("First stands what is wrong now, then what was lost, the latest first, then the rest")
  func order() throws {
    let keeper = try Self.incident()
    var view = ScreenView()
    let verdicts = Dictionary(uniqueKeysWithValues: keeper.reports.map { ($0.number, $0.verdict) })
    let shown = numbers(&view, keeper)
    #expect(shown.prefix(3) == [6, 5, 4] && shown.count == 7, "\(shown)")
    #expect(shown.dropFirst(3).allSatisfy { verdicts[$0] == .closed })
  }

  @Test("What ended as it should goes after half a minute; what was lost stays until it is dismissed")
  func stays() throws {
    let keeper = try Self.incident()
    var view = ScreenView()
    #expect(numbers(&view, keeper, later: 40) == [6, 5, 4])
    press("jjd", &view)
    #expect(numbers(&view, keeper, later: 3600) == [6, 4], "the second was dismissed")
    // What goes on cannot be put aside.
    press("kkkd", &view)
    #expect(numbers(&view, keeper, later: 3600) == [6, 4])
    press("jd", &view)
    #expect(numbers(&view, keeper, later: 3600) == [6])
    #expect(view.heading(of: 7).contains("2 dismissed"))
  }

  @Test("s changes the order, f what is shown, and Escape shows all again")
  func choice() throws {
    let keeper = try Self.incident()
    var view = ScreenView()
    press("ss", &view)
    #expect(numbers(&view, keeper) == [7, 6, 5, 4, 3, 2, 1] && view.heading(of: 7).contains("newest"))
    press("f", &view)
    #expect(numbers(&view, keeper) == [6, 5, 4])
    press("f", &view)
    #expect(!numbers(&view, keeper).contains(6), "it was never probed")
    press("\u{1b}", &view)
    #expect(numbers(&view, keeper).count == 7)
  }

  @Test("Words that are written filter at once; q is a letter among them, and ends afterwards")
  func words() throws {
    let keeper = try Self.incident()
    var view = ScreenView()
    press("/", &view)
    #expect(view.isWriting && view.take(.character("q")) == .draw)
    press("\u{7f}48392", &view)
    #expect(numbers(&view, keeper) == [5] && view.words == "48392")
    press("\n", &view)
    #expect(!view.isWriting && numbers(&view, keeper) == [5])
    #expect(view.take(.character("q")) == .end)
  }

  @Test("Keys go up and down by rows, pages and to the ends, and sideways, and stop there")
  func moves() throws {
    let keeper = try Self.incident()
    var view = ScreenView()
    view.page = 3
    let shown = numbers(&view, keeper)
    press("\u{1b}[B", &view)
    #expect(view.selected == shown[0])
    press("\u{1b}[6~", &view)
    #expect(view.selected == shown[3])
    press("\u{1b}[F\u{1b}[B", &view)
    #expect(view.selected == shown[6])
    press("\u{1b}[5~\u{1b}OA", &view)
    #expect(view.selected == shown[2])
    press("\u{1b}[H\u{1b}[A", &view)
    #expect(view.selected == shown[0])
    press("\u{1b}[C\u{1b}[C\u{1b}[D", &view)
    #expect(view.shift == 16)
    press("\u{1b}[D\u{1b}[D", &view)
    #expect(view.shift == 0)
    // A key without a meaning here does nothing, and leaves no letters behind.
    press("\u{1b}[1;5Cp", &view)
    #expect(view.isPaused && view.shift == 0)
  }
}
