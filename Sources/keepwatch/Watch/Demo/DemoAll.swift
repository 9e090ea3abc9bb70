import Demo
import PacketCapture
import Presenting
import SystemCalls

/// `keepwatch demo all`: every scenario, each in a process and a private network of its own, several at a time; and a table.
struct DemoAll {
  /// Most of a scenario's time is waiting for timers.
  private static let atATime = 6

  let settings: KeepaliveOptions
  let ipv6: Bool
  let users: Users

  private final class Scenario {
    let scenario: DemoScenario
    let process: ChildProcess
    var lines: [String] = []

    init(_ scenario: DemoScenario, _ words: [String]) throws(ChildProcess.Failure) {
      self.scenario = scenario
      process = try ChildProcess(arguments: ["demo", scenario.name, "--outcome-last"] + words, takesCues: true)
    }
  }

  /// Runs them; the output of each is printed whole, in the order of the list.
  ///
  /// - Returns: the exit status: 0 where each ended as it is known to end, 77 where one needs a network that cannot be had.
  func run() throws -> Int32 {
    let style = TextStyle.of()
    let output = Output()
    let words = settings.words + (ipv6 ? ["--ipv6"] : [])
    let isPrivate = (try? ChildProcess(arguments: ["demo", "--check-private-network"]))?.wait() == 0
    // All of them are started now, and wait: what they print is read without privileges.
    var waiting: ArraySlice<Scenario> = []
    for scenario in DemoScenario.all {
      do throws(ChildProcess.Failure) { waiting.append(try Scenario(scenario, words)) } catch {
        complain("\(scenario.name) could not be started: error \(error.code).")
        return 1
      }
    }
    try users.goOn()
    var running: [Scenario] = []
    var rows: [[String]] = []
    var result: Int32 = 0
    let progress = StatusLine()
    while !waiting.isEmpty || !running.isEmpty {
      // Without private networks they would share the port, and count each other's probes.
      while running.count < (isPrivate ? Self.atATime : 1), let next = waiting.popFirst() {
        next.process.cue()
        running.append(next)
      }
      wait(for: running)
      progress.show("\(rows.count) of \(DemoScenario.all.count) scenarios done")
      while let first = running.first, first.process.isAtEnd {
        running.removeFirst()
        let status = first.process.wait()
        let row = status == 0 ? first.lines.popLast().map(cells) : nil
        if row?.count != 5, result != 1 { result = status == 77 ? 77 : 1 }
        rows.append(row ?? [first.scenario.name, status == 77 ? "needs a private network" : "failed", "", "", ""])
        progress.clear()
        for line in first.lines { output.line(line) }
        output.line("")
        try output.finish()
        if Signals.isEnding(status: status) { return status }
      }
    }
    for line in DemoText.table(rows, style: style) { output.line(style.ascii(line)) }
    try output.finish()
    return result
  }

  private func wait(for running: [Scenario]) {
    _ = Descriptor.wait(for: running.filter { !$0.process.isAtEnd }.map(\.process.output), milliseconds: 1000)
    for scenario in running where !scenario.process.isAtEnd { scenario.lines += scenario.process.readLines() }
  }

  private func cells(_ line: String) -> [String] { line.split(separator: "\t").map(String.init) }
}
