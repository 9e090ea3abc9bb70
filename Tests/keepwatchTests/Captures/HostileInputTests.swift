import Foundation
import Testing

/// What people send who mean no good: captures, logs and names, given to the built program.
@Suite struct HostileInputTests {
  static let damaged = Repository.folder + "/Tests/CaptureFileTests/Damaged"
  static let healthy = Exam.folder + "/02a-silent-filter.pcap"

  /// A folder that is removed at the end.
  static func inFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  static func write(_ data: Data, _ path: String) throws { try data.write(to: URL(fileURLWithPath: path)) }

  /// The three ways of output, each to its end.
  static func outputs(_ arguments: [String], in folder: String) throws -> [Program.Result] {
    try [["--utc"], ["--json"], ["--html", folder + "/page.html", "--svg", folder + "/figure.svg"]].map {
      try Program.run(["replay"] + arguments + $0)
    }
  }

  // MARK: Times

  @Test(
    "Two captures of the same packets whose clocks are 146 years apart are told of, in either order", arguments: [0, 1])
  func farClocks(first: Int) throws {
    let files = ["a", "b"].map { Self.damaged + "/crash-two-files-\($0).pcapng" }
    try Self.inFolder { folder in
      for result in try Self.outputs([files[first], files[1 - first], files[first]], in: folder) {
        #expect(result.status == 0, "\(result.errors)")
        #expect(
          result.output.contains("captured the same packets") || result.output.contains("shared-capture")
            || result.errors.contains("page.html"))
      }
    }
  }

  @Test(
    "Calls at any time are joined, or named as no calls", arguments: [Int64.min, 0, 9_200_000_000_000_000_000, .max])
  func callsAtAnyTime(time: Int64) throws {
    try Self.inFolder { folder in
      let ends = #""local":"10.0.0.1:1","remote":"10.0.0.2:2""#
      let lines = ["recv", "connect", "exit"].flatMap { call in
        [
          #"{"process":"p","call":"\#(call)","result":0,"time":\#(time),"began":\#(time),\#(ends)}"#,
          #"{"process":"p","call":"\#(call)","result":-1,"error":"ETIMEDOUT","time":1795527812000000000,"began":\#(time),\#(ends)}"#,
        ]
      }
      try Self.write(Data((lines.joined(separator: "\n") + "\n").utf8), folder + "/log")
      for result in try Self.outputs([Self.healthy, "--log", folder + "/log"], in: folder) {
        #expect([0, 1].contains(result.status), "\(result.errors)")
      }
    }
  }

  // MARK: Damage

  @Test("A damaged member of a compressed capture is said, with exit status 1, and what stands before it is shown")
  func damagedMember() throws {
    let result = try Program.run(["replay", "--json", Self.damaged + "/gzip-second-member-lost.pcap.gz"])
    #expect(result.status == 1 && result.errors.contains("damaged at its octet 254"), "\(result.errors)")
    #expect(result.lines.last?["packets"] as? Int == 5 && result.lines.last?["unreadable_files"] as? Int == 1)
  }

  @Test("A capture of which nothing can be decoded ends with 1, and says what it held and what to do")
  func nothingDecoded() throws {
    var file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.healthy)))
    try Self.inFolder { folder in
      file[20] = 147
      try Self.write(Data(file), folder + "/other.pcap")
      // Cut to ten octets each: the header, and records of ten.
      var cut = Array(file[..<24])
      cut[20] = 1
      for number in 0..<3 { cut += [UInt8(number), 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 60, 0, 0, 0] + file[40..<50] }
      try Self.write(Data(cut), folder + "/cut.pcap")
      for (name, words) in [("other", ["USER0", "tcpdump -i any"]), ("cut", ["cut before", "tcpdump -s 128"])] {
        for arguments in [["--fail-on", "dead"], ["--json"], ["tcp"]] {
          let result = try Program.run(["replay", folder + "/\(name).pcap"] + arguments)
          if name == "cut", arguments == ["tcp"] { continue }
          #expect(result.status == 1, "\(name) \(arguments)")
          for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        }
      }
      // The other files are still analysed.
      let both = try Program.run(["replay", "--json", folder + "/other.pcap", Self.healthy])
      #expect(both.status == 1 && both.lines.filter { $0["event"] as? String == "probe" }.count == 3)
    }
  }

  // MARK: Names

  @Test("A file whose name is no UTF-8 is read, and written; names show no escapes and turn no text around")
  func strangeNames() throws {
    try Self.inFolder { folder in
      let script = """
        cd "$1"
        for name in "$(printf 'a\\377b.pcap')" "$(printf 'a\\302\\233 \\342\\200\\256\\033[31mb.pcap')"; do
          cp "$2" "./$name"
          "$3" replay "$name" --utc --html "$name.html" --annotate "$name.pcapng" || exit 1
          "$3" replay "$name" --json "port 12345 or tcp" || exit 2
          "$3" -nr"$name" > /dev/null || exit 3
          test -s "./$name.html" && test -s "./$name.pcapng" || exit 4
          cat "./$name.html"
        done
        """
      let program = URL(fileURLWithPath: Program.path).path
      let result = try Program.run(["-c", script, "sh", folder, Self.healthy, program], executable: "/bin/sh")
      #expect(result.status == 0, "\(result.status) \(result.errors)")
      #expect(result.output.contains("a\u{fffd}b.pcap"))
      for text in [result.output, result.errors] {
        #expect(!text.unicodeScalars.contains { ["\u{9b}", "\u{202e}", "\u{1b}", "\u{10f7ff}"].contains($0) })
      }
    }
  }

  @Test("What a log says of programs shows no escapes and turns no text around, in text, JSON and page")
  func strangeCalls() throws {
    try Self.inFolder { folder in
      let lines = try Program.run(["replay", "--json", Self.healthy]).lines
      let probe = try #require(lines.first { $0["event"] as? String == "probe" })
      let end = { (key: String) in "\(probe[key + "_ip"] ?? ""):\(probe[key + "_port"] ?? 0)" }
      let call =
        #"{"process":"a\u202eb\u009b","call":"recv","text":"x\u2066\u001b[2J","result":-1,"error":"ETIMEDOUT\u200f","time":1795527812000000000,"#
        + #""local":"\#(end("src"))","remote":"\#(end("dst"))"}"#
      let time = "7 1795527812.1 "
      let strace =
        "\(time)execve(\"/bin/a\u{202e}\u{9b}b\", [], 0x7f) = 0 <0.1>\n"
        + "\(time)send(3<TCP:[\(end("src"))->\(end("dst"))]>, \"x\u{2066}\u{1b}[2J\", 1, 0) = 1 <0.1>\n"
      try Self.write(Data((call + "\n").utf8), folder + "/log")
      try Self.write(Data(strace.utf8), folder + "/strace")
      let arguments = [Self.healthy, "--log", folder + "/log", "--strace", folder + "/strace"]
      let results =
        try Self.outputs(arguments, in: folder) + [try Program.run(["replay"] + arguments + ["--connection", "1"])]
      let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
      #expect(results[1].output.contains("\"application\"") && page.contains("a\u{fffd}b"))
      for text in results.flatMap({ [$0.output, $0.errors] }) + [page] {
        let wrong: [Unicode.Scalar] = ["\u{9b}", "\u{202e}", "\u{1b}", "\u{2066}", "\u{200f}"]
        #expect(!text.unicodeScalars.contains { wrong.contains($0) })
      }
    }
  }
}
