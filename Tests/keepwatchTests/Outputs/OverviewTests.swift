import Foundation
import FoundationXML
import Testing

/// The overview of a real incident: 13 clients of one host, which was cut off at 16:36:33.
@Suite struct OverviewTests {
  static let incident = Repository.folder + "/Tests/keepwatchTests/Cases/host-cut-off-with-13-clients.pcap"

  /// What an SVG file has: each connection's number, the words, the lines through all rows.
  private final class Reader: NSObject, XMLParserDelegate {
    var connections: [Int] = []
    var texts: [String] = []
    var moments = 0
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      text = ""
      if let number = attributes["data-connection"].flatMap({ Int($0) }) { connections.append(number) }
      if attributes["class"] == "moment" { moments += 1 }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
      if name == "text" { texts.append(text) }
    }
  }

  private func svg(_ capture: String, _ options: [String] = []) throws -> (text: String, read: Reader) {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/overview.svg"
    let result = try Program.run(["replay", capture, "--utc", "--svg", file] + options)
    #expect(result.status == 0, "\(result.errors)")
    let reader = Reader()
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: file)))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return (try String(contentsOfFile: file, encoding: .utf8), reader)
  }

  @Test("Without --connection --svg draws every connection, and a line where the host fell silent, with time and count")
  func picture() throws {
    let (_, read) = try svg(Self.incident)
    #expect(read.connections.sorted() == Array(1...16))
    #expect(read.moments == 2, "the line, and the legend's")
    #expect(
      read.texts.contains { $0.hasPrefix("16:36:33: 10.9.0.1 was heard for the last time, and 13 connections") },
      "\(read.texts)")
    for words in ["10.9.0.1:9090, 6 connections", "10.9.0.2:54048", "stalled", "silence that was not"] {
      #expect(read.texts.contains(words))
    }
  }

  @Test("In text it has the same rows, 100 columns wide in a pipe")
  func text() throws {
    let result = try Program.run(["replay", Self.incident, "--utc", "--overview"])
    let lines = result.output.split(separator: "\n").map(String.init)
    let rows = lines.compactMap { line in line.split(separator: " ").first.flatMap { Int($0) } }
    #expect(rows.filter { (1...16).contains($0) }.sorted() == Array(1...16))
    #expect(lines.allSatisfy { $0.count <= 100 || $0.contains(Self.incident) } && lines.contains { $0.count > 90 })
    #expect(result.output.contains("│ 16:36:33: 10.9.0.1 was heard for the last time, and 13 connections"))
    #expect(!result.output.contains("\u{1b}") && result.output.split(separator: "\n").count <= 60)
  }

  @Test("A capture of one connection is drawn as that connection's figure")
  func alone() throws {
    let (text, read) = try svg(RecordedCaptureTests.folder + "/silent-peer.pcap")
    #expect(read.connections.isEmpty && text.contains("class=\"mark give-up failure\""))
  }

  @Test("Of more packets than a time line takes each is drawn still")
  func many() throws {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/long.pcap"
    try LongTransfer.write(seconds: 600, perSecond: 170, to: file)
    let (drawn, _) = try svg(file, ["--html", folder + "/page.html"])
    let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
    for picture in [drawn, page] {
      let ends = picture.matches(of: #/rect class="vain" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"/#).map { bar in
        (Double(bar.output.1) ?? 0) + (Double(bar.output.2) ?? 0)
      }
      #expect((ends.max() ?? 0) > 930, "each packet to the end is drawn")
    }
  }

  @Test("Where there is nothing to draw, that is said")
  func nothing() throws {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let noTimes = Repository.folder + "/Tests/keepwatchTests/Cases/no-times.pcapng"
    let text = try Program.run(["replay", noTimes, "--overview"])
    #expect(text.status == 0 && text.output.contains("There is nothing to draw"))
    let both = try Program.run(["replay", Self.incident, "--overview", "--connection", "1"])
    #expect(both.status == 64 && both.errors.contains("--overview shows the whole capture"))
  }

  @Test("The page begins with it, and each row leads to its connection")
  func page() throws {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let page = folder + "/page.html"
    _ = try Program.run(["replay", Self.incident, "--html", page, "--utc"])
    let text = try String(contentsOfFile: page, encoding: .utf8)
    let head = try #require(text.range(of: "<section id=\"overview\"")?.lowerBound)
    #expect(try head < #require(text.range(of: "<table>")?.lowerBound))
    for number in 1...16 {
      #expect(text.contains("<a href=\"#\(number)\"><g class=\"row\" data-connection=\"\(number)\">"))
    }
  }

  @Test("Every renderer shows it in its colours: librsvg, cairosvg, a browser")
  func renderers() async throws {
    let folder = try PictureTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try Program.run(["replay", Self.incident, "--utc", "--svg", folder + "/overview.svg"])
    _ = try Program.run([
      "replay", PictureTests.situations + "/forgotten-on-the-path.pcap", "--utc", "--connection", "4", "--svg",
      folder + "/figure.svg",
    ])
    let output = try await Harness.run(Self.renders.replacingOccurrences(of: "FOLDER", with: folder))
    for line in output.split(separator: "\n") where line.hasPrefix("skipped") { print(line) }
  }

  /// Draws both pictures with each renderer that is there, and looks for their colours.
  private static let renders = """
    import shutil
    try:
        from PIL import Image
    except ImportError:
        print("skipped: python3-pil is not installed (Debian: apt-get install python3-cairosvg, which brings it)")
        sys.exit(0)

    def run(*words):
        check(subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, words)

    def librsvg(source, target):
        run("rsvg-convert", "-o", target, source)

    def cairosvg(source, target):
        run("/usr/bin/python3", "-c", "import cairosvg, sys; cairosvg.svg2png(url=sys.argv[1], write_to=sys.argv[2])", source, target)

    def browser(source, target):
        run(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=FOLDER/profile",
            "--window-size=960,900", f"--screenshot={target}", "file://" + source)

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    renderers = []
    for name, render, there in (
        ("librsvg", librsvg, shutil.which("rsvg-convert")),
        ("cairosvg", cairosvg, subprocess.run(["/usr/bin/python3", "-c", "import cairosvg"], stderr=subprocess.DEVNULL).returncode == 0),
        ("a browser", browser, chromium),
    ):
        if there:
            renderers.append((name, render))
        else:
            print("skipped:", name, "is not installed")

    paper, ink, data, good, bad = (255, 255, 255), (34, 34, 34), (0, 114, 178), (0, 122, 87), (192, 74, 0)
    for name, render in renderers:
        for picture, colours in (("overview", (paper, ink, data, good, bad)), ("figure", (paper, ink, data, bad))):
            target = f"FOLDER/{picture}.png"
            render(f"FOLDER/{picture}.svg", target)
            image = Image.open(target).convert("RGB")
            pixels = list(image.getdata())
            check(image.getpixel((2, 2)) == paper, name, picture, "the paper is white", image.getpixel((2, 2)))
            for colour in colours:
                near = sum(all(abs(a - b) <= 12 for a, b in zip(pixel, colour)) for pixel in pixels)
                check(near >= 8, name, picture, "has the colour", colour, near)
            dark = sum(max(pixel) < 20 for pixel in pixels)
            check(dark < len(pixels) / 200, name, picture, "is not black", dark)
    """
}

/// A capture of two long transfers, made by hand: raw IPv4.
private enum LongTransfer {
  private static func word(_ value: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func network(_ value: UInt32) -> [UInt8] { word(value).reversed() }

  static func write(seconds: Int, perSecond: Int, to path: String) throws {
    let head: [UInt32] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 101]
    var octets = head.flatMap(word)
    octets.reserveCapacity(seconds * perSecond * 56)
    for number in 0..<UInt32(seconds * perSecond) {
      let (second, rest) = number.quotientAndRemainder(dividingBy: UInt32(perSecond))
      octets += word(1_700_000_000 + second) + word(rest * (1_000_000 / UInt32(perSecond))) + word(40) + word(50)
      octets += network(0x4500_0032) + network((number & 0xffff) << 16) + network(0x4006_0000)
      octets += network(0x0a00_0001) + network(0x0a09_0001) + network((40_000 + number % 2) << 16 | 443)
      octets += network(1 + 10 * (number / 2)) + network(1) + network(0x5018_01f4) + network(0)
    }
    try Data(octets).write(to: URL(fileURLWithPath: path))
  }
}
