import ApplicationLog
import ArgumentParser
import PacketCapture
import PacketWire
import SystemCalls

/// `keepwatch live`.
struct Live: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Watch an interface, until Ctrl-C: each probe when it is seen, its answer when it comes.",
    discussion: """
      FILTER is libpcap's language (pcap-filter(7)), not Wireshark's. Opening the capture needs root or the privilege CAP_NET_RAW, which \
      is given up then: packets are read as the user who called sudo, else as _keepwatch or nobody.

      Examples:
        sudo keepwatch live                       loopback
        sudo keepwatch live -i eth0 'port 5432'
        sudo keepwatch live --lines               lines on a terminal too, as a pipe gets them
        sudo keepwatch live -i any -w seen.pcap   and save the packets
        sudo keepwatch live -w seen.pcap -C 100 -W 10   in ten files of 100 MB, in turn
        sudo keepwatch live --listen 127.0.0.1:9110   and answer Prometheus (docs/fleet.md)
        sudo keepwatch live --log app.jsonl       and a program's own log (docs/application-log.md), as it grows
        ssh host tcpdump -U -w - port 5432 | keepwatch live -     what another host sees
      """)

  @Argument(help: ArgumentHelp("A filter; before it - for packets from standard input.", valueName: "filter"))
  var words: [String] = []

  /// What stood after `--`; see `TcpdumpHabits`.
  @Option(name: .customLong("filter"), help: .hidden)
  var explicitFilter: String?

  @Option(
    name: [.customShort("i"), .customLong("interface")], help: ArgumentHelp("The interface.", valueName: "name"),
    completion: .shellCommand("ls /sys/class/net; echo any"))
  var interface: String?

  @Flag(name: [.customShort("D"), .customLong("list-interfaces")], help: "List the interfaces.")
  var listsInterfaces = false

  @Option(
    name: [.customShort("w"), .customLong("write")],
    help: ArgumentHelp("Save the packets, as pcapng in a file called so, x.pcapng, else as pcap.", valueName: "file"),
    completion: .file())
  var file: String?

  @Option(
    name: [.customShort("c"), .customLong("packets")], help: ArgumentHelp("End after N packets.", valueName: "n"))
  var packetLimit: Int?

  @Option(
    name: [.customShort("s"), .customLong("snapshot-length")],
    help: ArgumentHelp("Keep so many bytes of each packet; 0 keeps all.", valueName: "bytes"))
  var snapshotLength = 256

  @Option(
    name: [.customShort("B"), .customLong("buffer-size")],
    help: ArgumentHelp("The kernel's buffer, where a busy interface loses packets.", valueName: "KiB"))
  var bufferSize = 8192

  @Flag(help: "Print lines on a terminal too, instead of a screen that is kept up to date.")
  var lines = false

  @Flag(
    help: """
      Take segments with data however many there are. Without it they stay in the kernel while more than 20,000 packets a \
      second pass, and that is said: probes, answers and give-ups are the same; retransmissions and what they tell are not seen.
      """)
  var allPackets = false

  @Flag(help: "Leave segments with data in the kernel from the beginning.")
  var noData = false

  @Option(
    help: ArgumentHelp(
      "Answer Prometheus there, at /metrics, with an address and a port of this host: 127.0.0.1:9110 (docs/fleet.md).",
      valueName: "address:port"),
    transform: { text in
      guard let address = SocketAddress(text: text) else {
        throw ValidationError("'\(text)' is no address with a port, as 127.0.0.1:9110 and [::1]:9110 are.")
      }
      return address
    })
  var listen: SocketAddress?

  @Flag(name: .customShort("p"), help: "Accepted for tcpdump's users: promiscuous mode is never used.")
  var noPromiscuousMode = false

  @Flag(name: .customShort("U"), help: "Accepted for tcpdump's users: packets are saved as soon as they have come.")
  var packetBuffered = false

  @OptionGroup var rotation: RotationOptions
  @OptionGroup var paths: PathOptions
  @OptionGroup var common: ReportOptions
  @OptionGroup var logs: LogOptions

  mutating func validate() throws {
    guard (0...262_144).contains(snapshotLength) else { throw ValidationError("-s must be 0 to 262144 bytes.") }
    guard (64...1_048_576).contains(bufferSize) else { throw ValidationError("-B must be 64 to 1048576 KiB.") }
    if allPackets, noData { throw ValidationError("--all-packets and --no-data exclude each other.") }
    if noPromiscuousMode, words.count == 1, Int32(words[0]) != nil {
      throw ValidationError(
        "-p is tcpdump's here: no promiscuous mode. To watch the process \(words[0]): keepwatch run -p \(words[0])")
    }
    if let packetLimit, packetLimit < 1 { throw ValidationError("-c must be at least 1.") }
    if isPiped, interface != nil || file != nil || packetLimit != nil {
      throw ValidationError("live - takes packets from standard input: -i, -w and -c are for who captures them.")
    }
  }

  mutating func run() throws {
    if listsInterfaces { return try listInterfaces() }
    if isPiped { return try watchStandardInput() }
    var options = LiveOptions(interface: interface ?? "lo")
    options.filter = explicitFilter ?? words.joined(separator: " ")
    options.snapshotLength = snapshotLength
    options.bufferSize = bufferSize << 10
    let users = try Users.running(as: common.user)
    let logs = try logs.files()
    let outputs = OutputFiles(of: users, reading: logs.map(\.path))
    let (saved, series) = try rotation.open(file, outputs)
    let loop = try EventLoop()
    var armed = HostLook.atArmed()
    let packets = try LivePackets(options, saved: saved, followedBy: series, packetLimit: packetLimit)
    let source = InterfaceSource(
      packets, watched(options.interface), loop: loop, users: users, logs: logs, armed: armed)
    // The source alone has it, and lets go of it when it has told.
    armed = nil
    let output = Output(descriptor: outputs.textDescriptor)
    var presenters = presenters(of: options.interface, output)
    if let listen {
      // The listener inherits no privilege.
      try users.goOn()
      presenters.append(MetricsPresenter(try Listener(listen)))
    }
    let watch = Watch(
      source, presenters, output: output, failOn: common.failOn,
      maximumConnections: common.maxConnections)
    let status = try watch.run()
    if status != 0 { throw ExitCode(status) }
  }

  /// Whether another program captures the packets.
  private var isPiped: Bool { words.first == "-" }

  private func watchStandardInput() throws {
    let users = try Users.running(as: common.user)
    let filter = explicitFilter ?? words.dropFirst().joined(separator: " ")
    let input = try ReplayInput(files: ["-"], filter: filter, window: nil, logs: try logs.files())
    let output = Output(descriptor: OutputFiles(of: users, reading: logs.log + logs.strace).textDescriptor)
    try users.goOn()
    if !common.json { complain("watching the packets that come on standard input; Ctrl-C ends it") }
    let page = common.page(output)
    let presenters: [any Presenter] =
      common.json
      ? [JSONPresenter(output, files: input.names)]
      : [LinesPresenter(page, showsCalls: false), SummaryPresenter(page, of: .interface)]
    let watch = Watch(
      SavedFiles(input), presenters, output: output, failOn: common.failOn,
      maximumConnections: common.maxConnections)
    let status = try watch.run()
    if status != 0 { throw ExitCode(status) }
  }

  private func watched(_ name: String) -> InterfaceOptions {
    var options = InterfaceOptions(name: name, kind: "live")
    options.isDefault = interface == nil
    options.through = paths.through
    options.announces = !common.json
    options.isQuiet = common.json
    options.leavesDataOut = noData
    // Who saves packets wants all of them, unless he says otherwise.
    options.mayLeaveDataOut = !allPackets && !noData && file == nil
    return options
  }

  /// Who is told: a screen where there is a terminal, else lines; and a summary at the end.
  private func presenters(of name: String, _ output: Output) -> [any Presenter] {
    if common.json { return [JSONPresenter(output, files: [name])] }
    let page = common.page(output)
    let screen: (any Presenter)? =
      lines ? nil : ScreenPresenter(title: "live on \(name.printable)", zone: common.zone, isASCII: common.ascii)
    return [screen ?? LinesPresenter(page, showsCalls: true), SummaryPresenter(page, of: .interface)]
  }

  private func listInterfaces() throws {
    let interfaces: [NetworkInterface]
    do throws(LiveCaptureError) { interfaces = try NetworkInterface.all() } catch {
      complain(error.description)
      throw ExitCode(1)
    }
    let output = Output()
    for found in interfaces {
      let details = [found.isUp ? "up" : "down", found.isLoopback ? "loopback" : nil, found.details].compactMap { $0 }
      output.line("\(found.name)  \(details.joined(separator: ", "))")
    }
    try output.finish()
  }
}
