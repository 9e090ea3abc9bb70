import ApplicationLog
import ArgumentParser
import Demo
import KernelView
import SystemCalls

/// The programs of a demo, and what changes their network: starts them, cues them, and makes the failure happen.
final class DemoStage {
  /// Where the server listens.
  static let port: UInt16 = 12345

  private let options: DemoOptions
  private let script: DemoScript
  private var server: ChildProcess?
  private var clients: [ChildProcess] = []
  private var clientsAreCued = false
  private var network: DemoNetwork?

  init(_ options: DemoOptions, _ script: DemoScript) {
    self.options = options
    self.script = script
  }

  /// Whether a socket is of this demo.
  static func isOnStage(_ socket: SocketState) -> Bool { socket.local.port == port || socket.remote.port == port }

  /// Starts the server, the clients, which wait for a cue, and what changes the network; they give up what they need not.
  func startPrograms() throws {
    let address = ["--address", options.ipv6 ? "::1" : "127.0.0.1"]
    do throws(ChildProcess.Failure) {
      if script.changesNetwork { network = try DemoNetwork() }
      server = try start("server", address)
      for number in script.clients.indices {
        clients.append(try start("client", address + ["--number", "\(number)"]))
      }
    } catch {
      complain("A demo program could not be started: \(ErrorName.text(error.code)).")
      throw ExitCode(1)
    }
  }

  private func start(_ half: String, _ words: [String]) throws(ChildProcess.Failure) -> ChildProcess {
    try ChildProcess(
      arguments: ["demo", half, "--part", options.scenario.name, "--port", "\(Self.port)"] + words
        + options.keepalive.words,
      takesCues: true)
  }

  /// Waits until the server listens.
  ///
  /// - Returns: whether it does.
  func serverListens(_ loop: EventLoop) -> Bool {
    guard let server else { return false }
    let deadline = currentTime() + 5_000_000_000
    while currentTime() < deadline, !server.isAtEnd {
      for line in server.readLines() {
        if let call = ApplicationCall(line: line), call.call == "listen" { return true }
      }
      if loop.wait(for: [server.output], milliseconds: 100).isEnding { return false }
    }
    return false
  }

  /// Lets the clients begin, if they have not.
  func cueClientsOnce() {
    guard !clientsAreCued else { return }
    clientsAreCued = true
    for client in clients { client.cue() }
  }

  private var programs: [ChildProcess] { [server].compactMap { $0 } + clients }

  /// What becomes readable when a program has made a call.
  var descriptors: [Int32] { programs.filter { !$0.isAtEnd }.map(\.output) }

  /// The calls that the programs have told since the last time.
  func newCalls() -> [ApplicationCall] {
    programs.flatMap { $0.readLines() }.compactMap(ApplicationCall.init(line:))
  }

  /// Whether every client has ended.
  var clientsHaveEnded: Bool { clients.allSatisfy(\.isAtEnd) }

  /// Kills them all.
  func killPrograms() { for program in programs { program.kill() } }

  /// Does what the script asks for, and tells of it.
  func perform(_ action: DemoScript.Action, _ audience: Audience) {
    let note = { (text: String) in audience.note(.done(text, time: currentTime())) }
    switch action {
    case .cueServer: server?.cue()
    case .cueClient(let number): clients[number].cue()
    case .killServer:
      note("the server is killed (SIGKILL)")
      server?.kill()
    case .stopServer:
      note("the server is stopped (SIGSTOP)")
      server?.stop()
    case .takeLoopbackDown:
      note("the client's interface goes down")
      if network?.takeLoopbackDown() != true { complain("The interface could not be taken down.") }
    case .setKernelParameters(let parameters):
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        let isSet = network?.set(name, to: value) == true
        note("net.ipv4.\(name) = \(value)" + (isSet ? "" : " could not be set"))
      }
    case .end:
      let sockets = (SocketState.connections() ?? []).filter { $0.remote.port == Self.port }
      audience.note(.lastLook(sockets, time: currentTime()))
    }
  }
}
