import ApplicationLog
import ArgumentParser
import Presenting
import SystemCalls

/// The command `keepwatch`.
@main
struct Keepwatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    // Here and below: a name not given is derived from the type's, at each start, which takes a fifth of its instructions.
    commandName: "keepwatch",
    abstract: "Watches TCP keepalive: every probe, every answer, and what became of the connection.",
    discussion: """
      The kernel sends keepalive probes on idle connections, and no program sees them. keepwatch shows them in packets, \
      live or saved, and says what became of each connection, with the frames that prove it.

        keepwatch demo                          a server's host goes silent: who notices what, and when?
        sudo keepwatch live 'port 5432'         watch an interface (loopback unless -i says another)
        keepwatch replay incident.pcapng        analyse a capture: pcap, pcapng, gzip, - for standard input
        sudo keepwatch run -- python3 app.py    run a program, and put its calls beside its kernel's packets
        sudo keepwatch audit                    what hangs now, and which connections would notice a dead peer
      """,
    version: "0.1.0",
    subcommands: [AuditVerb.self, Demo.self, Extcap.self, Live.self, Replay.self, Run.self])

  /// Parses the command line, after the habits of tcpdump's users have been put into ArgumentParser's terms.
  static func main() {
    Signals.catchThem()
    Descriptor.setApart()
    let verb = ThisProgram.calledAs == Extcap.programName ? [Extcap.verb] : []
    let arguments = TcpdumpHabits.normalize(verb + ThisProgram.words)
    do {
      var command = try command(arguments)
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// The command that `arguments` make.
  ///
  /// A replay is parsed alone: ArgumentParser reflects on every command that it goes through, and from the root that takes half
  /// as many instructions again, a sixth of a short run's.
  /// What makes no replay is parsed from the root, whose help and errors know the whole command line.
  private static func command(_ arguments: [String]) throws -> any ParsableCommand {
    let verb = Replay.configuration.commandName
    if arguments.first == verb, let replay = try? Replay.parse(Array(arguments.dropFirst())) { return replay }
    return try parseAsRoot(arguments)
  }

  /// Ends the program as `exit(withError:)` does, but what stands on the command line cannot send the terminal escapes.
  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    let lines = fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.map { String($0).printable }.joined(separator: "\n")
    if !text.isEmpty {
      let output = Output(descriptor: code == .success ? Descriptor.standardOutput : Descriptor.standardError)
      output.line(text)
      do { try output.finish() } catch { ThisProgram.exit(status: code == .success ? 1 : code.rawValue) }
    }
    ThisProgram.exit(status: code.rawValue)
  }
}
