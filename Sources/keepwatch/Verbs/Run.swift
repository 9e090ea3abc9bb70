import ArgumentParser
import PacketCapture
import SystemCalls

/// `keepwatch run`.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run any program, and put its own calls beside the kernel's probes.",
    discussion: """
      The program has its own terminal, input and output; keepwatch writes to standard error, or to -o FILE. Its calls on \
      TCP sockets are shown where strace is installed. Under sudo it runs as the user who called sudo. It inherits standard \
      input, output and error, and no other descriptor.

      Examples:
        sudo keepwatch run -- python3 client.py
        sudo keepwatch run -i lo -o seen.txt -- psql -h 10.0.9.8

      Exit status: the program's own, 128 + n where signal n ended it; 125 keepwatch failed; 126 the program could not be \
      started; 127 it was not found.
      """)

  @Option(name: [.customShort("i"), .customLong("interface")], help: ArgumentHelp("The interface.", valueName: "name"))
  var interface = "any"

  @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Write there.", valueName: "file"))
  var outputFile: String?

  @Option(
    name: [.customShort("w"), .customLong("write")],
    help: ArgumentHelp("Save the packets, as pcapng in a file called so, x.pcapng, else as pcap.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Save what strace wrote, for replay --strace.", valueName: "file"))
  var saveStrace: String?

  @Option(
    name: [.customShort("s"), .customLong("snapshot-length")],
    help: ArgumentHelp("Keep so many bytes of each packet; 0 keeps all.", valueName: "bytes"))
  var snapshotLength = 256

  @Option(help: ArgumentHelp("Watch only these packets, in libpcap's language.", valueName: "filter"))
  var filter = "tcp or icmp or icmp6"

  @OptionGroup var rotation: RotationOptions
  @OptionGroup var common: ReportOptions

  /// The program and its arguments, which `TcpdumpHabits` leaves as they are.
  @Argument(parsing: .postTerminator, help: ArgumentHelp("The program, after --.", valueName: "command"))
  var command: [String] = []

  mutating func validate() throws {
    guard !command.isEmpty else {
      throw ValidationError("Name the program to run, after --: keepwatch run -- python3 client.py")
    }
  }

  mutating func run() throws {
    let status: Int32
    do {
      status = try watch()
    } catch let exit as ExitCode {
      // keepwatch's own failures, as env(1) and timeout(1) have them.
      throw [126, 127].contains(exit.rawValue) ? exit : ExitCode(125)
    }
    if status != 0 { throw ExitCode(status) }
  }

  private func watch() throws -> Int32 {
    let users = try Users.running(as: common.user)
    let outputs = OutputFiles(of: users, reading: command)
    let text = try outputs.open(outputFile, for: "-o")
    let (saved, series) = try rotation.open(file, outputs)
    let calls = try outputs.open(saveStrace, for: "--save-strace")
    // Nothing of the program's stays behind where a signal comes from now on.
    let loop = try EventLoop()
    var live = LiveOptions(interface: interface)
    live.filter = filter
    live.snapshotLength = snapshotLength
    let program = try WatchedProgram(command, users: users, saving: calls)
    let packets = try LivePackets(live, saved: saved, followedBy: series)
    var options = InterfaceOptions(name: interface, kind: "run")
    options.isQuiet = common.json
    let watched = InterfaceSource(packets, options, loop: loop, users: users, logs: program.logs)
    let output = Output(descriptor: text?.begin() ?? Descriptor.standardError, name: text?.name)
    let watch = Watch(ProgramSource(watched, program), presenters(output), output: output)
    // Its descriptor is written to the end.
    return try withExtendedLifetime(text) { try watch.run() }
  }

  private func presenters(_ output: Output) -> [any Presenter] {
    if common.json { return [JSONPresenter(output, files: [interface])] }
    let page = common.page(output)
    return [LinesPresenter(page, showsCalls: true), ProgramPresenter(page), SummaryPresenter(page, of: .program)]
  }
}
