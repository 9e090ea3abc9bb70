import ArgumentParser
import CLinux
import DemoPeers
import Glibc
import PacketCapture
import PrivateNetwork
import Reporting

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
    var name = DemoScenario.silentPeer.rawValue

    @Flag(help: "List the scenarios.")
    var list = false

    @OptionGroup var settings: KeepaliveOptions

    @Flag(help: "Use IPv6.")
    var ipv6 = false

    @Flag(help: "Print one JSON object a line instead of text (docs/json.md).")
    var json = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Save the packets to FILE, in pcap format.", valueName: "file"))
    var writeFile: String?

    @Option(help: ArgumentHelp("Save the programs' calls to FILE (docs/application-log.md).", valueName: "file"))
    var log: String?

    @Flag(help: .hidden)
    var checkPrivateNetwork = false

    /// For `demo all`: the outcome follows the text, as the table's cells with tabs between.
    @Flag(help: .hidden)
    var outcomeLast = false

    private var scenario: DemoScenario? { DemoScenario(rawValue: name) }

    mutating func validate() throws {
      try settings.check()
      guard name != "all" else {
        guard writeFile == nil, log == nil, !json else {
          throw ValidationError("-w, --log and --json take one scenario, not all.")
        }
        return
      }
      guard let scenario else {
        let names = DemoScenario.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(name)' is no scenario. The scenarios are: \(names); or all of them: all.")
      }
      if scenario == .silentThenBack, settings.settings(for: scenario).count < 2 {
        throw ValidationError(
          "silent-then-back needs --count of at least 2: one probe is to be lost, and one answered.")
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
      let session = try DemoSession(
        scenario: scenario, options: settings, ipv6: ipv6, isPrivate: isPrivate, json: json, users: users, saved: saved,
        output: Output(descriptor: outputs.textDescriptor))
      session.printsOutcomeLast = outcomeLast
      session.log = log
      let status = try session.run()
      if status != 0 { throw ExitCode(status) }
    }

    private func printList() throws {
      let style = TextStyle.of()
      var output = Output()
      for scenario in DemoScenario.allCases {
        output.line(style.ascii("\(scenario.rawValue)\n    \(scenario.story.joined(separator: "\n    "))"))
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

/// The settings of keepalive on the client's socket.
struct KeepaliveOptions: ParsableArguments {
  @Option(help: ArgumentHelp("TCP_KEEPIDLE in seconds, 1 to 32767. (default: 2)", valueName: "s"))
  var idle: Int?

  @Option(help: ArgumentHelp("TCP_KEEPINTVL in seconds, 1 to 32767. (default: 1)", valueName: "s"))
  var interval: Int?

  @Option(help: ArgumentHelp("TCP_KEEPCNT, 1 to 127. (default: 3, unless the scenario is about it)", valueName: "n"))
  var count: Int?

  @Option(help: ArgumentHelp("TCP_USER_TIMEOUT in milliseconds; 0 leaves it off.", valueName: "ms"))
  var userTimeout: Int?

  /// The settings for a scenario, whose own stand where the user said nothing.
  func settings(for scenario: DemoScenario) -> KeepaliveSettings {
    scenario.settings(idle: idle, interval: interval, count: count, userTimeout: userTimeout)
  }

  /// The options as words, for another process.
  var words: [String] {
    [("--idle", idle), ("--interval", interval), ("--count", count), ("--user-timeout", userTimeout)]
      .flatMap { name, value in value.map { [name, "\($0)"] } ?? [] }
  }

  /// The kernel's limits (include/net/tcp.h, MAX_TCP_KEEPIDLE and the like).
  func check() throws {
    for (name, value, limit, unit) in [
      ("--idle", idle, 32767, " seconds"), ("--interval", interval, 32767, " seconds"), ("--count", count, 127, ""),
    ] {
      if let value, !(1...limit).contains(value) {
        throw ValidationError("\(name) must be 1 to \(limit)\(unit).")
      }
    }
    if let userTimeout, !(0...Int(Int32.max)).contains(userTimeout) {
      throw ValidationError("--user-timeout must be 0 to \(Int32.max) milliseconds.")
    }
  }
}

/// Where the two halves meet, and how they tell what they saw.
struct PeerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server's address, in numbers.", valueName: "address"))
  var address = "127.0.0.1"

  @Option(help: ArgumentHelp("The server's port.", valueName: "port"))
  var port: UInt16 = 12345

  /// Set where the demo starts this program: its part in a scenario.
  ///
  /// It ends with the demo, and logs JSON lines.
  @Option(help: .hidden, transform: { DemoScenario(rawValue: $0) })
  var part: DemoScenario?

  @Flag(help: "Tell each call as a JSON line, for live --log and replay --log (docs/application-log.md).")
  var json = false

  func log(_ process: String) -> PeerLog {
    if part != nil { linux_die_with_parent() }
    return PeerLog(process: process, isJSON: json || part != nil)
  }

  func run(_ steps: [PeerStep], as process: String) throws {
    try Users.running().goOn(keepingNetworkAdministration: steps.contains(where: \.changesNetwork))
    do throws(PeerError) {
      var peer = try DemoPeer(address: address, port: port, log: log(process))
      try peer.run(steps)
    } catch {
      complain(error.description)
      throw ExitCode(1)
    }
  }
}

extension Demo {
  /// `keepwatch demo server`.
  struct Server: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "server", abstract: "The demo's server alone, for a terminal of its own.")

    @OptionGroup var peer: PeerOptions
    @OptionGroup var settings: KeepaliveOptions

    @Flag(help: "Go deaf after the first answer, as if the host's cable were cut.")
    var goDeaf = false

    mutating func run() throws {
      let steps =
        peer.part.map { $0.script(settings.settings(for: $0)).server } ?? DemoScript.serverByHand(goesDeaf: goDeaf)
      try peer.run(steps, as: "server")
    }
  }

  /// `keepwatch demo client`.
  struct Client: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "client", abstract: "The demo's client alone, for a terminal of its own.")

    @OptionGroup var peer: PeerOptions
    @OptionGroup var settings: KeepaliveOptions

    /// Which of the scenario's clients, from 0.
    @Option(help: .hidden)
    var number = 0

    mutating func validate() throws { try settings.check() }

    mutating func run() throws {
      guard let part = peer.part else {
        return try peer.run(DemoScript.clientByHand(settings.settings(for: .silentPeer)), as: "client")
      }
      let client = part.script(settings.settings(for: part)).clients[number]
      // The demo starts it while it may, and lets it go when the server listens.
      try peer.run([.awaitCue] + client.steps, as: client.name)
    }
  }
}
