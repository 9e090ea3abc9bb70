import ArgumentParser
import Demo
import PacketCapture
import SystemCalls

/// Where the two halves meet, and how they tell what they saw.
struct PeerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server's address, in numbers.", valueName: "address"))
  var address = "127.0.0.1"

  @Option(help: ArgumentHelp("The server's port.", valueName: "port"))
  var port: UInt16 = 12345

  /// Set where the demo starts this program: its part in a scenario.
  ///
  /// It ends with the demo, and logs JSON lines.
  @Option(help: .hidden, transform: DemoScenario.named)
  var part: DemoScenario?

  @Flag(help: "Tell each call as a JSON line, for live --log and replay --log (docs/application-log.md).")
  var json = false

  func log(_ process: String) -> PeerLog {
    if part != nil { Signals.dieWithParent() }
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
