import Foundation
import Testing

@Suite struct CommandLineTests {
  static let silent = Exam.folder + "/02a-silent-filter.pcap"
  static let midway = Exam.folder + "/12a-midcap-answered.pcap"

  func probes(_ arguments: [String], input: Data? = nil) throws -> Int {
    try Program.run(arguments + ["--json"], input: input).lines.filter { $0["event"] as? String == "probe" }.count
  }

  @Test(
    "tcpdump's short options parse as its users type them",
    arguments: [
      ["-r", silent, "-nn"], ["-nr", silent], ["-nnr", silent, "-l"], ["replay", silent, "-nnl"],
      ["replay", "-r", silent], ["replay", "tcp", "-nnr", silent], ["read", "-r\(silent)", "tcp"],
      ["-ttttnr", silent],
    ])
  func shortOptions(arguments: [String]) throws { #expect(try probes(arguments) == 3) }

  @Test(
    "A command that makes no sense exits with 64",
    arguments: [
      ["replay"], ["replay", "/no/such/file.pcap"], ["replay", silent, "no filter at all ((("], ["live", "-c0"],
      ["demo", "no-such-scenario"], ["demo", "--count", "0"], ["replay", silent, "--fail-on", "gone"],
      ["replay", silent, "--connection", "0"], ["replay", silent, "--connection", "10.9.0.1"],
      ["-c10", "-s0", "-ieth0", "-nn", "-l", "--nonsense"],
    ])
  func usage(arguments: [String]) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 64, "\(result.errors)")
    #expect(!result.errors.isEmpty)
  }

  @Test(
    "Joined values reach live: an interface that is not there is named",
    arguments: [["-inosuch", "-c10", "-s0"], ["-Uttinosuch"]])
  func joinedValues(arguments: [String]) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 1 || result.status == 77)
    #expect(result.errors.contains("nosuch"))
  }

  @Test("A filter selects packets, and one that matches nothing says so")
  func filter() throws {
    #expect(try probes(["replay", Self.silent, "tcp"]) == 3)
    let explicit = try Program.run(["replay", "--json", Self.silent, "--", "tcp[tcpflags]", "&", "tcp-ack", "!=", "0"])
    #expect(explicit.lines.filter { $0["event"] as? String == "probe" }.count == 3)
    let result = try Program.run(["replay", Self.silent, "port 1"])
    #expect(result.status == 0 && result.output.contains("matches 0 of 11 packets"))
  }

  @Test("Wireshark's display filter is recognised, and told in libpcap's language")
  func displayFilter() throws {
    let result = try Program.run(["replay", Self.silent, "tcp.port == 3306"])
    #expect(result.status == 64)
    #expect(result.errors.contains("'tcp.port == 3306' is Wireshark's display filter; here: 'tcp port 3306'."))
  }

  /// ld.so(8) names each library that it loads on standard error.
  @Test("A replay loads libpcap where it has a filter, and only there", arguments: [[], ["tcp"]])
  func libpcap(filter: [String]) throws {
    let words = ["LD_DEBUG=files", Program.path, "replay", Self.silent] + filter
    let result = try Program.run(words, executable: "/usr/bin/env")
    #expect(result.status == 0)
    #expect(result.errors.contains("libpcap.so") == !filter.isEmpty)
  }

  @Test("Standard input is read for -, and gzip is undone")
  func standardInputAndGzip() throws {
    let file = try Data(contentsOf: URL(fileURLWithPath: Self.silent))
    #expect(try probes(["replay", "-"], input: file) == 3)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-c", Self.silent]
    let pipe = Pipe()
    gzip.standardOutput = pipe
    try gzip.run()
    let compressed = try pipe.fileHandleForReading.readToEnd() ?? Data()
    gzip.waitUntilExit()
    #expect(try probes(["replay", "-"], input: compressed) == 3)
    let cut = try Program.run(["replay", "--json", "-"], input: compressed.dropLast(9))
    #expect(cut.status == 1 && cut.errors.contains("cut off"))
  }

  @Test("Where standard error is no terminal, a replay says nothing there")
  func quiet() throws { #expect(try Program.run(["replay", Self.silent]).errors.isEmpty) }

  @Test("Several files are parts of one capture; one that is damaged is named, the rest is still analysed")
  func severalFiles() throws {
    #expect(try probes(["replay", Self.midway, Self.silent]) == 8)
    let damaged = NSTemporaryDirectory() + "keepwatch-\(UUID().uuidString).pcap"
    defer { try? FileManager.default.removeItem(atPath: damaged) }
    let file = try Data(contentsOf: URL(fileURLWithPath: Self.silent))
    try file.dropLast(3).write(to: URL(fileURLWithPath: damaged))
    let result = try Program.run(["replay", "--json", damaged, Self.midway])
    #expect(result.status == 1)
    #expect(result.errors.contains("after packet 10") && result.errors.contains("offset"))
    #expect(result.lines.filter { $0["event"] as? String == "probe" }.count == 8)
  }

  @Test("--fail-on exits with 3 where such a verdict was given, and only there")
  func failOn() throws {
    #expect(try Program.run(["replay", Self.silent, "--fail-on", "dead,stalled"]).status == 3)
    #expect(try Program.run(["replay", Self.midway, "--fail-on", "dead,stalled"]).status == 0)
  }

  @Test("The time line of one connection shows its probes, its reset and its settings")
  func timeline() throws {
    let output = try Program.run(["replay", Self.silent, "--connection", "1", "--utc"]).output
    for phrase in ["probe 3", "gives up", "DEAD", "TCP_KEEPCNT 3", "SYN seen"] {
      #expect(output.contains(phrase), "\(phrase) is missing in:\n\(output)")
    }
  }

  @Test(
    "A connection and a frame that are not there are said not to be, with the same exit status",
    arguments: [
      (["--connection", "7"], "There is no connection 7: the capture has 1."),
      (["--connection", "1,[2001:db8::5]:80"], "There is no connection with the end [2001:db8::5]:80."),
      (["--why", "999"], "There is no frame 999 in the first file, or the filter left it out."),
    ])
  func notThere(options: [String], message: String) throws {
    let result = try Program.run(["replay", Self.silent] + options)
    #expect(result.status == 1 && result.errors == "keepwatch: \(message)\n")
    #expect(result.output.contains("DEAD") == options[1].hasPrefix("1,"))
  }

  @Test("Connections are named by an end or by their number, several at once, and each has a time line")
  func connections() throws {
    let reused = SituationTests.folder + "/tuple-reuse.pcap"
    func titles(_ options: String...) throws -> [String] {
      let result = try Program.run(["replay", reused] + options)
      #expect(result.status == 0, "\(result.errors)")
      return result.output.matches(of: /(?m)^connection \d+/).map { String($0.0) }
    }
    let all = ["connection 1", "connection 2", "connection 3"]
    #expect(try titles("--connection", "2") == ["connection 2"])
    #expect(try titles("--connection", "2", "--connection", "1,2") == Array(all[..<2]))
    // A reused 4-tuple is three connections with the same ends; each has its own frames.
    let client = try self.client(of: reused)
    #expect(try titles("--connection", client) == all)
    let rows = try Program.run(["replay", reused, "--connection", client]).output.matches(of: /SYN,ACK +(\d+)/)
    #expect(rows.map { String($0.1) } == ["2", "14", "26"])
    let second = try Program.run(["replay", reused, "--connection", "2"]).output.matches(of: /SYN,ACK +(\d+)/)
    #expect(second.map { String($0.1) } == ["14"])
    let numbered = try Program.run(["replay", Self.silent, "--connection", "1"])
    let named = try Program.run(["replay", Self.silent, "--connection", self.client(of: Self.silent)])
    #expect(named.output == numbered.output && named.status == 0)
  }

  /// The address and port of the first connection's client.
  private func client(of capture: String) throws -> String {
    let line = try #require(
      try Program.run(["replay", "--json", capture]).lines.first { $0["event"] as? String == "connection" })
    return "\(line["client_ip"] as? String ?? ""):\(line["client_port"] as? Int ?? 0)"
  }

  @Test("Every verb explains itself, with examples", arguments: ["demo", "live", "replay", "run"])
  func help(verb: String) throws {
    let result = try Program.run([verb, "--help"])
    #expect(result.status == 0 && result.output.contains("Examples:") && result.output.contains("keepwatch \(verb) "))
    #expect(try Program.run(["help", verb]).output == result.output)
  }

  @Test(
    "run without a program says where it stands: after --",
    arguments: [["run"], ["run", "true"], ["run", "-i", "lo"]])
  func runWithoutProgram(arguments: [String]) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 64 && result.errors.contains("after --: keepwatch run -- python3 client.py"))
  }
}
