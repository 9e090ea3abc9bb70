import Foundation
import FoundationXML
import Testing

/// Headless Chromium, from Debian.
private let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// Figures and pages, compared with what they show: the events of the same capture.
@Suite struct PictureTests {
  static let situations = RecordedCaptureTests.folder + "/situations"

  /// A folder of one's own.
  static func folder() throws -> String {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// A mark of a figure.
  struct Mark {
    var classes: Set<String>
    var frame: Int?
    var time: Int64
    var x: Double
    var words: String
  }

  /// Reads the marks of an SVG document; fails where it is no XML.
  final class Reader: NSObject, XMLParserDelegate {
    var marks: [Mark] = []
    var texts: [String] = []
    var elements: Set<String> = []
    var silence: Double?
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.insert(name)
      text = ""
      if let seconds = attributes["data-seconds"] { silence = Double(seconds) }
      guard let x = attributes["data-x"].flatMap(Double.init), let time = attributes["data-time"].flatMap({ Int64($0) })
      else {
        return
      }
      marks.append(
        Mark(
          classes: Set((attributes["class"] ?? "").split(separator: " ").map(String.init)),
          frame: attributes["data-frame"].flatMap { Int($0) }, time: time, x: x, words: attributes["aria-label"] ?? ""))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
      if name == "text" { texts.append(text) }
    }
  }

  func read(svg path: String) throws -> Reader {
    let reader = Reader()
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
    parser.delegate = reader
    #expect(parser.parse(), "\(path) is no XML: \(String(describing: parser.parserError))")
    return reader
  }

  @Test(
    "Each probe of a figure stands at its time, answered or not as the events say, and the silence is the verdict's",
    arguments: ["forgotten-on-the-path 4", "silent-then-back 1", "both-deaf 1", "silent-over-ipv6 1"])
  func figure(capture: String) throws {
    let words = capture.split(separator: " ").map(String.init)
    let file = "\(Self.situations)/\(words[0]).pcap"
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try Program.run(["replay", file, "--connection", words[1], "--svg", folder + "/figure.svg", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let own = result.lines.filter { $0["connection"] as? Int == Int(words[1]) }
    let figure = try read(svg: folder + "/figure.svg")

    let answered = Set(own.filter { $0["by"] as? String == "ack" }.compactMap { $0["probe"] as? Int })
    let probes = own.filter { $0["event"] as? String == "probe" }.compactMap { $0["frame"] as? Int }
    let shown = figure.marks.filter { $0.classes.contains("probe") }
    #expect(shown.map { $0.frame ?? 0 }.sorted() == probes.sorted() && !probes.isEmpty)
    for mark in shown { #expect(mark.classes.contains("answered") == answered.contains(mark.frame ?? 0)) }
    let giveUps = own.filter { $0["event"] as? String == "give-up" }.compactMap { $0["frame"] as? Int }
    #expect(figure.marks.filter { $0.classes.contains("give-up") }.compactMap(\.frame) == giveUps)

    // The axis goes on as time does, and within the figure.
    let places = figure.marks.map { ($0.time, $0.x) }.sorted { $0.0 < $1.0 }
    #expect(zip(places, places.dropFirst()).allSatisfy { $0.1 <= $1.1 && ($0.0 == $1.0 || $0.1 < $1.1) })
    #expect(places.allSatisfy { $0.1 >= 190 && $0.1 <= 920.1 })
    let connection = try #require(own.last { $0["event"] as? String == "connection" })
    if connection["verdict"] as? String == "dead" {
      #expect(abs((figure.silence ?? -1) - (connection["silence"] as? Double ?? -2)) < 0.001)
    }
  }

  @Test("A program's failing call stands in its lane with the time from the reset; names cannot inject markup")
  func program() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let capture = "\(RecordedCaptureTests.folder)/silent-peer.pcap"
    let lines = try Program.run(["replay", capture, "--json"]).lines
    let giveUp = try #require(lines.first { $0["event"] as? String == "give-up" })
    let time = try #require(Self.nanoseconds(giveUp["time"] as? String ?? "")) + 120_000
    let port = try #require(giveUp["src_port"] as? Int)
    let name = "<script>alert(1)</script>\u{1b}[31m&\\\""
    let log =
      #"{"time":\#(time),"process":"\#(name.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"").replacingOccurrences(of: "\u{1b}", with: "\\u001b"))","call":"recv","result":-1,"error":"ETIMEDOUT","local":"127.0.0.1:\#(port)","remote":"127.0.0.1:12345"}"#
    try log.write(toFile: folder + "/app.jsonl", atomically: true, encoding: .utf8)
    let result = try Program.run([
      "replay", capture, "--log", folder + "/app.jsonl", "--svg", folder + "/f.svg", "--html", folder + "/f.html",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains("\u{1b}"))
    let figure = try read(svg: folder + "/f.svg")
    #expect(!figure.elements.contains("script"))
    let call = try #require(figure.marks.first { $0.classes.contains("call") })
    #expect(call.classes.contains("failure") && call.words.contains("recv() = -1 ETIMEDOUT, 120 µs after #"))
    let page = try String(contentsOfFile: folder + "/f.html", encoding: .utf8)
    #expect(!page.contains("<script>alert") && !page.contains("\u{1b}"))
  }

  /// The nanoseconds since the epoch of "2026-11-24T02:16:03.323374030Z".
  static func nanoseconds(_ text: String) -> Int64? {
    let parts = text.dropLast().split(separator: ".")
    guard parts.count == 2, let fraction = Int64(parts[1]), let date = ISO8601DateFormatter().date(from: parts[0] + "Z")
    else {
      return nil
    }
    return Int64(date.timeIntervalSince1970) * 1_000_000_000 + fraction
  }

  @Test("A file's name cannot send a terminal escapes, neither where it is read nor where it is missing")
  func escapes() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/\u{1b}[2Jname.pcap"
    try FileManager.default.copyItem(atPath: "\(RecordedCaptureTests.folder)/healthy.pcap", toPath: path)
    for arguments in [[path], [path, folder + "/\u{1b}[2Jmissing"], [path, "--log", folder + "/\u{1b}[2Jmissing"]] {
      let result = try Program.run(["replay"] + arguments)
      #expect(!(result.output + result.errors).contains("\u{1b}"), "\(result.output) \(result.errors)")
    }
    #expect(try Program.run(["replay", path]).output.contains("\u{fffd}[2Jname.pcap: "))
  }

  @Test("The lanes of a terminal show each probe, in columns that a narrow or a wide one has, and in ASCII where asked")
  func lanes() throws {
    let arguments = ["replay", "\(Self.situations)/forgotten-on-the-path.pcap", "--connection", "4"]
    let result = try Program.run(arguments)
    let client = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("client   ") })
    #expect(client.filter { $0 == "◆" || $0 == "*" }.count == 3 && client.filter { $0 == "✖" || $0 == "x" }.count == 1)
    let ascii = try Program.run(arguments + ["--ascii"]).output
    #expect(ascii.utf8.allSatisfy { $0 < 0x80 })
  }
}

/// The page in a real browser: what a reader does, by a script that is put into a copy of the page.
@Suite(.enabled(if: chromium != nil, "Chromium is not installed (Debian: apt-get install chromium)"))
struct PageTests {
  /// Runs a script in the page, and takes what it leaves in the element `result`.
  func run(_ script: String, in page: String, folder: String) throws -> [String: Any] {
    let text = try String(contentsOfFile: page, encoding: .utf8)
    let watch =
      "<script>window.problems = []; addEventListener('error', e => problems.push(String(e.message)));"
      + "for (const kind of ['error', 'warn']) console[kind] = (...words) => problems.push(words.join(' '));</script>"
    let harness = """
      <script>addEventListener('load', async () => {
        const pause = () => new Promise(done => setTimeout(done, 50));
        const rows = () => [...document.querySelectorAll('#connections tr')];
        const column = number => rows().map(row => row.cells[number].textContent);
        const result = {};
        try { \(script) } catch (error) { problems.push(String(error)); }
        result.problems = problems;
        const element = document.createElement('pre');
        element.id = 'result';
        element.textContent = JSON.stringify(result);
        document.body.replaceChildren(element);
      });</script></body>
      """
    let copy = text.replacingOccurrences(of: "<meta charset=\"utf-8\">", with: "<meta charset=\"utf-8\">" + watch)
      .replacingOccurrences(of: "</body>", with: harness)
    try copy.write(toFile: folder + "/copy.html", atomically: true, encoding: .utf8)
    let browser = try Program.run(
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder)/profile",
        "--virtual-time-budget=20000",
        "--dump-dom", "file://\(folder)/copy.html",
      ], executable: chromium ?? "chromium")
    let dom = browser.output
    let start = try #require(dom.range(of: "<pre id=\"result\">"), "\(dom.suffix(2000))\(browser.errors.suffix(2000))")
    let end = try #require(dom.range(of: "</pre>", range: start.upperBound..<dom.endIndex))
    let json = dom[start.upperBound..<end.lowerBound].replacingOccurrences(of: "&lt;", with: "<")
      .replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&amp;", with: "&")
    return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test(
    "A reader sorts, filters and selects, by mouse and keyboard, and reads what the events say; the console stays empty"
  )
  func reader() throws {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // A name that would be markup, and more.
    let capture = folder + "/<img src=x onerror=problems.push(1)>&amp;.pcap"
    try FileManager.default.copyItem(atPath: "\(PictureTests.situations)/forgotten-on-the-path.pcap", toPath: capture)
    let result = try Program.run(["replay", capture, "--html", folder + "/page.html", "--utc"])
    #expect(result.status == 0, "\(result.errors)")
    let seen = try run(
      """
      result.title = document.querySelector('h1').textContent;
      result.images = document.querySelectorAll('img').length;
      result.first = column(3);
      result.selected = document.querySelector('tr[aria-selected=true]').id;
      document.querySelector('th[data-key=id] button').click();
      result.byId = column(0);
      document.querySelector('th[data-key=id] button').click();
      result.byIdDown = column(0);
      result.sorted = document.querySelector('th[data-key=id]').getAttribute('aria-sort');
      const words = document.getElementById('words');
      words.value = 'dead 48392';
      words.dispatchEvent(new Event('input', {bubbles: true}));
      result.filtered = column(0);
      result.shown = document.getElementById('shown').textContent;
      words.value = '';
      document.querySelector('[value=closed]').click();
      result.withoutClosed = column(3);
      location.hash = '5';
      await pause();
      const marks = [...document.querySelectorAll('#detail .mark.probe')];
      result.probes = marks.map(mark => Number(mark.dataset.frame));
      result.unanswered = marks.filter(mark => mark.classList.contains('unanswered')).length;
      marks[0].focus();
      await pause();
      result.pointed = document.getElementById('pointed').textContent;
      result.evidence = [...document.querySelectorAll('#detail li')].map(line => line.textContent);
      """, in: folder + "/page.html", folder: folder)
    #expect(seen["problems"] as? [String] == [])
    #expect((seen["title"] as? String)?.hasSuffix("/<img src=x onerror=problems.push(1)>&amp;.pcap") == true)
    #expect(seen["images"] as? Int == 0)
    #expect(
      (seen["first"] as? [String])?.prefix(3) == ["dead", "dead", "stalled"] && seen["selected"] as? String == "c4")
    let ids = (1...7).map(String.init)
    #expect(seen["byId"] as? [String] == ids && seen["byIdDown"] as? [String] == ids.reversed())
    #expect(seen["sorted"] as? String == "descending")
    #expect(seen["filtered"] as? [String] == ["5"] && seen["shown"] as? String == "1 of 7 connections")
    #expect(Set(seen["withoutClosed"] as? [String] ?? []) == ["dead", "stalled"])
    let probes = try Program.run(["replay", capture, "--json"]).lines.filter {
      $0["event"] as? String == "probe" && $0["connection"] as? Int == 5
    }
    #expect(seen["probes"] as? [Int] == probes.compactMap { $0["frame"] as? Int } && seen["unanswered"] as? Int == 3)
    #expect((seen["pointed"] as? String)?.hasPrefix("probe 1, after 1m 02s of silence, no answer, #") == true)
    #expect((seen["evidence"] as? [String])?.first == "Decided by frame #96")
  }
}
