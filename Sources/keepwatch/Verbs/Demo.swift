import ArgumentParser
import Demo
import PacketCapture
import Presenting
import SystemCalls

/// `keepwatch demo`.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "A client, a server and a failure, watched: what the program saw beside what its kernel did.",
    discussion: """
      keepwatch demo silent-peer is what runs unasked; --list shows every scenario with what to learn from it, and \
      keepwatch demo all runs them and ends with a table.

      The demo gives itself a private network, so that it disturbs nothing and the kernel counts only its own probes. It \
      needs no root where user namespaces are allowed.

      Every scenario takes --idle, --interval, --count and --user-timeout, --ipv6, --json, -w FILE for the packets and \
      --log FILE for the programs' calls: keepwatch demo scenario --help explains them.

      Examples:
        keepwatch demo frozen-server
        keepwatch demo forgetful-box --pause                        the question, Enter, the answer
        keepwatch demo silent-peer --idle 3 --interval 1 --count 5 --ipv6

      By hand, in three terminals:
        keepwatch demo server
        keepwatch demo client --idle 5 --interval 2 --count 3
        sudo keepwatch live 'port 12345'
      """,
    subcommands: [Run.self, Server.self, Client.self, Network.self], defaultSubcommand: Run.self)
}

extension Demo {
  /// `keepwatch demo [SCENARIO]`.
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "scenario", abstract: "Run a scenario, and watch it.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("What is to happen: one of --list, or all.", valueName: "scenario"))
    var name = DemoScenario.silentPeer.name

    @Flag(help: "List the scenarios.")
    var list = false

    @Flag(help: "Ask the question, wait for Enter, and tell what is to be learned only after another.")
    var pause = false

    @OptionGroup var settings: KeepaliveOptions

    @Flag(help: "Use IPv6.")
    var ipv6 = false

    @Flag(help: "Print one JSON object a line instead of text (docs/json.md).")
    var json = false

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("Save the packets, as pcapng in a file called so, x.pcapng, else as pcap.", valueName: "file"),
      completion: .file())
    var writeFile: String?

    @Option(
      help: ArgumentHelp("Save the programs' calls to FILE (docs/application-log.md).", valueName: "file"),
      completion: .file())
    var log: String?

    @Flag(help: .hidden)
    var checkPrivateNetwork = false

    /// For `demo all`: the outcome follows the text, as the table's cells with tabs between.
    @Flag(help: .hidden)
    var outcomeLast = false

    private var scenario: DemoScenario? { DemoScenario.named(name) }

    mutating func validate() throws {
      try settings.check()
      guard name != "all" else {
        guard writeFile == nil, log == nil, !json, !pause else {
          throw ValidationError("-w, --log, --json and --pause take one scenario, not all.")
        }
        return
      }
      if pause, json { throw ValidationError("--pause waits for who reads, --json is for programs.") }
      guard let scenario else {
        let names = DemoScenario.all.map(\.name).joined(separator: ", ")
        throw ValidationError("'\(name)' is no scenario. The scenarios are: \(names); or all of them: all.")
      }
      if settings.settings(for: scenario).count < scenario.fewestProbes {
        throw ValidationError(
          "\(name) needs --count of at least \(scenario.fewestProbes): one probe is to be lost, and one answered.")
      }
    }

    mutating func run() throws {
      if list { return try printList() }
      if checkPrivateNetwork {
        do throws(PrivateNetwork.Unavailable) { try PrivateNetwork.enter() } catch { throw ExitCode(1) }
        return
      }
      // demo all starts every scenario while it may, and then each in its turn.
      if outcomeLast { ChildProcess.awaitCue() }
      let users = try Users.running()
      guard let scenario else {
        let status = try DemoAll(settings: settings, ipv6: ipv6, users: users).run()
        if status != 0 { throw ExitCode(status) }
        return
      }
      let outputs = OutputFiles(of: users, reading: [])
      let saved = try outputs.open(writeFile, for: "-w")
      let log = try outputs.open(log, for: "--log")
      let isPrivate = try enterPrivateNetwork()
      let options = DemoOptions(
        scenario: scenario, keepalive: settings, ipv6: ipv6, isPrivate: isPrivate, endsWithParent: outcomeLast)
      let source = try options.source(users: users, saved: saved, log: log)
      let output = Output(descriptor: outputs.textDescriptor)
      let page = TextPage(output: output, style: TextStyle.of(descriptor: output.descriptor), zone: .utc)
      let presenter: any Presenter =
        json
        ? JSONPresenter(output, files: ["lo"])
        : StoryPresenter(page, options, printsOutcomeLast: outcomeLast, pauses: pause)
      let status = try Watch(source, [presenter], output: output).run()
      if status != 0 { throw ExitCode(status) }
    }

    private func printList() throws {
      let style = TextStyle.of()
      let output = Output()
      for scenario in DemoScenario.all {
        output.line(style.ascii("\(scenario.name)\n    \(scenario.story.joined(separator: "\n    "))"))
        for line in style.wrapped(scenario.lesson, indent: 4) { output.line(style.ascii(line)) }
      }
      output.line("all\n    Every one of them, with a table at the end.")
      try output.finish()
    }

    /// Moves into a private network where one can be had.
    ///
    /// A process that has entered one without privileges in it cannot go back, so another tries first.
    private func enterPrivateNetwork() throws -> Bool {
      guard let check = try? ChildProcess(arguments: ["demo", "--check-private-network"]), check.wait() == 0 else {
        return false
      }
      do throws(PrivateNetwork.Unavailable) {
        try PrivateNetwork.enter()
        return true
      } catch {
        complain(error.description)
        throw ExitCode(77)
      }
    }
  }

}
