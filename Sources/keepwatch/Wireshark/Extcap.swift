import ArgumentParser
import PacketCapture
import Presenting
import SystemCalls

/// `keepwatchdump`, the program that Wireshark starts (extcap(4)): keepwatch called by that name, or `keepwatch extcap`.
struct Extcap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: verb,
    abstract: "Stand behind Wireshark's interface 'keepwatch' (docs/wireshark.md).",
    discussion: "Wireshark starts this by itself, as keepwatchdump in its folder for extcap programs.",
    shouldDisplay: false)

  /// What keepwatch is told that is called by its own name.
  static let verb = "extcap"
  /// The name by which Wireshark starts it, as it has sshdump and udpdump.
  static let programName = "keepwatchdump"
  /// What Wireshark calls its interface.
  private static let interfaceName = "keepwatch"

  @Flag(help: "List the interfaces that this offers to Wireshark.")
  var extcapInterfaces = false

  @Option(help: ArgumentHelp("Wireshark's version.", valueName: "version"))
  var extcapVersion: String?

  @Option(help: ArgumentHelp("The interface that Wireshark has chosen, keepwatch.", valueName: "name"))
  var extcapInterface: String?

  @Flag(help: "List how packets begin.")
  var extcapDlts = false

  @Flag(help: "List the options.")
  var extcapConfig = false

  @Option(help: ArgumentHelp("List the values of this option again.", valueName: "option"))
  var extcapReloadOption: String?

  @Flag(help: "Capture.")
  var capture = false

  @Option(help: ArgumentHelp("Where Wireshark reads the packets.", valueName: "file"))
  var fifo: String?

  @Option(help: ArgumentHelp("Wireshark's capture filter.", valueName: "filter"))
  var extcapCaptureFilter: String?

  @Option(help: ArgumentHelp("The interface whose packets are captured.", valueName: "name"))
  var interface = "any"

  @Option(help: ArgumentHelp("A filter in libpcap's language.", valueName: "filter"))
  var filter: String?

  mutating func validate() throws {
    guard extcapInterfaces || extcapDlts || extcapConfig || capture else {
      throw ValidationError("Wireshark starts this: docs/wireshark.md tells how to give it to Wireshark.")
    }
    if !extcapInterfaces, let extcapInterface, extcapInterface != Self.interfaceName {
      throw ValidationError("There is no interface '\(extcapInterface)': this offers 'keepwatch'.")
    }
    if capture, fifo == nil { throw ValidationError("--capture takes --fifo.") }
  }

  mutating func run() throws {
    if capture { return try captureIntoPipe() }
    let output = Output()
    for line in extcapInterfaces ? interfaceLines : extcapDlts ? Self.linkTypeLines : configurationLines {
      output.line(line)
    }
    try output.finish()
  }

  // MARK: - What Wireshark asks

  private var interfaceLines: [String] {
    [
      "extcap {version=\(Keepwatch.configuration.version)}",
      "interface {value=\(Self.interfaceName)}{display=TCP keepalive}",
    ]
  }

  /// What the capture itself tells stands above this: it depends on the interface.
  private static let linkTypeLines = ["dlt {number=1}{name=EN10MB}{display=As the interface has it}"]

  private var configurationLines: [String] {
    let found = (try? NetworkInterface.all()) ?? []
    let values = found.filter(\.isUp).map { interface in
      "value {arg=0}{value=\(interface.name)}{display=\(interface.name.printable)}"
        + "{default=\(interface.name == self.interface)}"
    }
    if extcapReloadOption != nil { return values }
    return [
      "arg {number=0}{call=--interface}{display=Interface}{type=selector}{reload=true}"
        + "{tooltip=The interface whose packets are captured}",
      "arg {number=1}{call=--filter}{display=Capture filter}{type=string}"
        + "{tooltip=libpcap's language, as in: port 5432}",
    ] + values
  }

  // MARK: - Capturing

  /// Packets come from dumpcap, which may capture where Wireshark's user may.
  private func captureIntoPipe() throws {
    let users = try Users.running()
    guard let pipe = try OutputFiles(of: users, reading: []).open(fifo, for: "--fifo") else { throw ExitCode(1) }
    let dumpcap = try startDumpcap()
    try users.goOn()
    let input = try ReplayInput(files: ["-"], filter: "", window: nil, logs: [])
    let watch = Watch(SavedFiles(input, commented: CommentedStream(to: pipe)), [], output: Output())
    let status = Result { try watch.run() }
    let (captureStatus, errors) = dumpcap.end()
    // Ended by Wireshark or by this program, it has nothing to say.
    if captureStatus != 0, !Signals.isEnding(status: captureStatus) {
      for line in errors.split(separator: "\n") { complain("dumpcap: \(line)") }
      throw ExitCode(1)
    }
    if try status.get() != 0 { throw ExitCode(try status.get()) }
  }

  private func startDumpcap() throws -> InputProgram {
    guard let file = ProgramSearch.file(of: "dumpcap") else {
      complain("There is no dumpcap here, which comes with Wireshark and captures for it.")
      throw ExitCode(1)
    }
    let filters = [extcapCaptureFilter, filter].compactMap { $0 }.filter { !$0.isEmpty }
    let expression = filters.count > 1 ? filters.map { "(\($0))" }.joined(separator: " and ") : filters.first
    do throws(SystemError) {
      // -q: no counts; the packets go to standard output, as pcapng.
      return try InputProgram(file, ["-q", "-i", interface, "-w", "-"] + (expression.map { ["-f", $0] } ?? []))
    } catch {
      complain("\(file) could not be started: \(error.text).")
      throw ExitCode(1)
    }
  }
}
