import ArgumentParser
import CLinux
import DemoPeers
import Glibc
import PrivateNetwork
import Reporting

/// `keepwatch demo`.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A client, a server and a failure, watched: what the program saw beside what its kernel did.",
    discussion: """
      Scenarios:
        silent-peer     the server's host goes silent, as if its cable were cut (the default)
        killed-server   the server is killed: keepalive plays no part
        healthy         every probe is answered

      The demo gives itself a private network, so that it disturbs nothing and the kernel counts only its own probes. It \
      needs no root where user namespaces are allowed.

      By hand, in three terminals:
        keepwatch demo server
        keepwatch demo client --idle 5 --interval 2 --count 3
        sudo keepwatch live 'port 12345'
      """,
    subcommands: [Scenario.self, Server.self, Client.self], defaultSubcommand: Scenario.self)
}

extension Demo {
  /// `keepwatch demo [SCENARIO]`.
  struct Scenario: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "scenario", abstract: "Run a scenario, and watch it.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("What is to happen.", valueName: "scenario"))
    var scenario = DemoScenario.silentPeer

    @Flag(help: "List the scenarios.")
    var list = false

    @OptionGroup var settings: KeepaliveOptions

    @Flag(help: "Print one JSON object a line instead of text (docs/json.md).")
    var json = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Save the packets to FILE, in pcap format.", valueName: "file"))
    var writeFile: String?

    @Flag(help: .hidden)
    var checkPrivateNetwork = false

    mutating func validate() throws { try settings.check() }

    mutating func run() throws {
      if list {
        for scenario in DemoScenario.allCases {
          print("\(scenario.rawValue)\n    \(scenario.story.joined(separator: " "))")
        }
        return
      }
      if checkPrivateNetwork {
        do throws(PrivateNetwork.Unavailable) { try PrivateNetwork.enter() } catch { throw ExitCode(1) }
        return
      }
      let isPrivate = try enterPrivateNetwork()
      let session = try DemoSession(
        scenario: scenario, settings: settings.settings, isPrivate: isPrivate, json: json, file: writeFile)
      let status = try session.run()
      if status != 0 { throw ExitCode(status) }
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

extension DemoScenario: ExpressibleByArgument {}

/// The settings of keepalive on the client's socket.
struct KeepaliveOptions: ParsableArguments {
  @Option(help: ArgumentHelp("TCP_KEEPIDLE in seconds, 1 to 32767.", valueName: "s"))
  var idle = 2

  @Option(help: ArgumentHelp("TCP_KEEPINTVL in seconds, 1 to 32767.", valueName: "s"))
  var interval = 1

  @Option(help: ArgumentHelp("TCP_KEEPCNT, 1 to 127.", valueName: "n"))
  var count = 3

  @Option(help: ArgumentHelp("TCP_USER_TIMEOUT in milliseconds; 0 leaves it off.", valueName: "ms"))
  var userTimeout = 0

  var settings: KeepaliveSettings {
    KeepaliveSettings(idle: idle, interval: interval, count: count, userTimeout: userTimeout)
  }

  /// The kernel's limits (include/net/tcp.h, MAX_TCP_KEEPIDLE and the like).
  func check() throws {
    guard (1...32767).contains(idle) else { throw ValidationError("--idle must be 1 to 32767 seconds.") }
    guard (1...32767).contains(interval) else { throw ValidationError("--interval must be 1 to 32767 seconds.") }
    guard (1...127).contains(count) else { throw ValidationError("--count must be 1 to 127.") }
    guard (0...Int(Int32.max)).contains(userTimeout) else {
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

  /// Set where the demo starts this program: it ends with the demo, and logs JSON lines.
  @Flag(help: .hidden)
  var underDemo = false

  func log(_ process: String) -> PeerLog {
    if underDemo {
      linux_die_with_parent()
      linux_unblock_signals()
    }
    return PeerLog(process: process, isJSON: underDemo)
  }
}

extension Demo {
  /// `keepwatch demo server`.
  struct Server: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The demo's server alone, for a terminal of its own.")

    @OptionGroup var peer: PeerOptions

    @Flag(help: "Go deaf after the first answer, as if the host's cable were cut.")
    var goDeaf = false

    mutating func run() throws {
      let server = DemoServer(address: peer.address, port: peer.port, goesDeaf: goDeaf, log: peer.log("server"))
      do throws(PeerError) { try server.run() } catch {
        complain(error.description)
        throw ExitCode(1)
      }
    }
  }

  /// `keepwatch demo client`.
  struct Client: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The demo's client alone, for a terminal of its own.")

    @OptionGroup var peer: PeerOptions
    @OptionGroup var settings: KeepaliveOptions

    mutating func validate() throws { try settings.check() }

    mutating func run() throws {
      let client = DemoClient(
        address: peer.address, port: peer.port, keepalive: settings.settings, log: peer.log("client"))
      do throws(PeerError) { try client.run() } catch {
        complain(error.description)
        throw ExitCode(1)
      }
    }
  }
}
