import ArgumentParser
import KernelView
import PacketCapture
import SystemCalls

/// `keepwatch run`.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run any program, and put its own calls beside the kernel's probes.",
    discussion: """
      The program has its own terminal, input and output. When it has ended keepwatch tells its story, on standard error or \
      in -o FILE. Its calls on TCP sockets are shown where strace is installed. Under sudo it runs as the user who called \
      sudo. It inherits standard input, output and error, and no other descriptor.

      With -p a program is watched that runs already, until it ends or Ctrl-C: its packets, its sockets and their settings. \
      Nothing of it is stopped or changed, unless --trace-calls attaches strace for a while.

      Examples:
        sudo keepwatch run -- python3 client.py
        sudo keepwatch run -i lo -o seen.txt -- psql -h 10.0.9.8
        sudo keepwatch run -p 1234
        sudo keepwatch run -p 1234 --trace-calls --trace-limit 10

      Exit status: the program's own, 128 + n where signal n ended it; 125 keepwatch failed; 126 the program could not be \
      started; 127 it was not found. With -p: 0, or 125.
      """)

  @Option(
    name: [.customShort("p"), .customLong("pid")],
    help: ArgumentHelp("Watch the process with this number, which runs already.", valueName: "pid"))
  var process: Int32?

  @Flag(help: "With -p: trace its calls for a while with strace, which slows a busy program down.")
  var traceCalls = false

  @Option(help: ArgumentHelp("With --trace-calls: for so many seconds.", valueName: "seconds"))
  var traceLimit = 60

  @Flag(help: "Tell of other programs' connections too.")
  var allConnections = false

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
    guard !command.isEmpty || process != nil else {
      throw ValidationError(
        "Name the program to run, after --: keepwatch run -- python3 client.py; or -p and the number of one that runs already."
      )
    }
    guard command.isEmpty || process == nil else {
      throw ValidationError("-p watches a program that runs already: it goes with no command.")
    }
    if traceCalls, process == nil {
      throw ValidationError("--trace-calls goes with -p; a program that is started here is traced anyway.")
    }
    if let process, process < 1 { throw ValidationError("-p takes the number of a process.") }
    guard (1...86_400).contains(traceLimit) else { throw ValidationError("--trace-limit must be 1 to 86400 seconds.") }
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
    let program: any WatchedProcess =
      if let process {
        try AttachedProgram(process, tracingFor: traceCalls ? traceLimit : nil, users: users, saving: calls)
      } else {
        try WatchedProgram(command, users: users, saving: calls)
      }
    // It goes on with the rights that it needs to look into the program.
    let helper: SettingsHelper?
    do throws(SettingsHelper.Failure) { helper = try SettingsHelper() } catch { helper = nil }
    let packets = try LivePackets(live, saved: saved, followedBy: series)
    var options = InterfaceOptions(name: interface, kind: "run")
    options.isQuiet = common.json
    let watched = InterfaceSource(packets, options, loop: loop, users: users, logs: program.logs)
    let output = Output(descriptor: text?.begin() ?? Descriptor.standardError, name: text?.name)
    let source = ProgramSource(watched, program, helper: helper)
    let presenters = presenters(output, isTraced: !program.logs.isEmpty, seesSockets: helper != nil)
    let watch = Watch(source, presenters, output: output, maximumConnections: common.maxConnections)
    // Its descriptor is written to the end.
    return try withExtendedLifetime(text) { try watch.run() }
  }

  private func presenters(_ output: Output, isTraced: Bool, seesSockets: Bool) -> [any Presenter] {
    if common.json { return [JSONPresenter(output, files: [interface])] }
    let page = common.page(output)
    let program = ProgramPresenter(
      page, isTraced: isTraced, seesSockets: seesSockets, tellsOthers: allConnections)
    return allConnections ? [SummaryPresenter(page, of: .program), program] : [program]
  }
}
