import ArgumentParser
import Findings
import KeepaliveAnalysis
import PacketCapture
import PacketObservation
import SystemCalls

/// `keepwatch replay`.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    // Parsed alone (Keepwatch.command), it is still no program that could be asked for completions, which takes time to find out.
    _superCommandName: "keepwatch",
    abstract: "Analyse captures: pcap, pcapng, either compressed by gzip, or - for standard input.",
    discussion: """
      Several files are taken as parts of one capture, in the order of time. FILTER is libpcap's language \
      (pcap-filter(7)), not Wireshark's; it begins at the first argument that is no existing file, or after --.

      Examples:
        keepwatch replay incident.pcapng
        keepwatch replay incident.pcapng --overview                 the whole capture as a picture
        keepwatch replay incident.pcapng --connection 4
        keepwatch replay incident.pcapng --connection 10.1.0.1:48384,10.1.0.1:48392
        keepwatch replay incident.pcapng --why 88
        keepwatch replay incident.pcapng --through aws-nlb,350s     what such boxes would explain
        keepwatch replay day.pcapng --from 13:30 --to 14:00 --utc
        keepwatch replay part1.pcap.gz part2.pcap.gz 'port 5432'
        keepwatch replay incident.pcapng --annotate seen.pcapng
        keepwatch replay incident.pcapng --anonymise for-a-bug-report.pcapng
        keepwatch replay day.pcapng --json --shard 3/8              an eighth of the connections (docs/archives.md)
        keepwatch replay incident.pcapng --html incident.html
        keepwatch replay incident.pcapng --strace client.strace     strace -f -ttt -T -yy -o client.strace …
        keepwatch replay -r incident.pcapng 'port 5432'             as tcpdump has it
        tcpdump -w - 'port 5432' | keepwatch replay -

      Exit status: 0 done, whatever was found; 1 a file could not be read to its end (the rest was analysed), or a \
      connection or frame that was asked for is not there; 3 with --fail-on, where such a verdict was given; 64 the \
      command makes no sense.
      """,
    aliases: ["read"])

  @Argument(help: ArgumentHelp("Capture files, then a filter.", valueName: "file-or-filter"), completion: .file())
  var words: [String] = []

  @Option(
    name: .customShort("r"), help: ArgumentHelp("A capture file, named as for tcpdump.", valueName: "file"),
    completion: .file())
  var named: [String] = []

  /// What stood after `--`; see `TcpdumpHabits`.
  @Option(name: .customLong("filter"), help: .hidden)
  var explicitFilter: String?

  @OptionGroup var common: ReportOptions
  @OptionGroup var logs: LogOptions
  @OptionGroup var paths: PathOptions

  @Option(
    help: ArgumentHelp(
      "Show the time lines of these connections: numbers, or an end's address and port, separated by commas or given again.",
      valueName: "n|address:port"),
    transform: ConnectionSelection.init(argument:))
  var connection: [ConnectionSelection] = []

  @Option(help: ArgumentHelp("Show the reasons of frame N of the first file, whatever it is.", valueName: "n"))
  var why: Int?

  @OptionGroup var written: ReplayFiles

  @Flag(help: "Draw the whole capture at one look: a row for each connection, or for several alike, along the time.")
  var overview = false

  @Option(
    help: ArgumentHelp(
      "Take the connections of part K of N alone: N processes divide a capture (docs/archives.md).", valueName: "K/N"),
    transform: ConnectionShard.init(argument:))
  var shard: ConnectionShard?

  @Option(
    help: ArgumentHelp(
      "Leave out what was captured before: 13:41, of the first packet's day, or 2026-11-23T13:41:07.5, where Z or +01:00 may follow.",
      valueName: "time"),
    transform: Self.time)
  var from: NamedTime?

  @Option(help: ArgumentHelp("Leave out what was captured then or later.", valueName: "time"), transform: Self.time)
  var to: NamedTime?

  @Flag(
    help: """
      Tell everything, of every connection, also of those with nothing to tell. Without it the summary takes one screen: the \
      terminal's height, but 40 lines at least; 60 lines where it goes into a pipe or a file.
      """)
  var all = false

  /// The connections of all values of `--connection`; `nil` where it was not given.
  private var connections: ConnectionSelection? {
    connection.first.map { connection.dropFirst().reduce($0) { $0.union($1) } }
  }

  mutating func validate() throws {
    if let why, why < 1 { throw ValidationError("--why takes a frame's number, from 1.") }
    if why != nil, written.svg != nil || written.html != nil {
      throw ValidationError("--why goes with neither --svg nor --html.")
    }
    if written.html != nil, connections != nil {
      throw ValidationError("--html shows the whole capture; --svg takes --connection.")
    }
    if overview, why != nil || connections != nil || common.json {
      throw ValidationError("--overview shows the whole capture: it goes with neither --why, --connection nor --json.")
    }
    if why != nil, connections != nil || common.json {
      throw ValidationError("--why goes with neither --connection nor --json.")
    }
  }

  mutating func run() throws {
    let users = try Users.running(as: common.user)
    let (files, filter) = try arguments()
    try written.check(reading: files)
    // What is read is opened as the user that this runs as, root too: root's files are named to be read.
    let input = try ReplayInput(
      files: files, filter: filter, window: TimeWindow(from: from, to: to, zone: common.zone), logs: try logs.files())
    let outputs = OutputFiles(of: users, reading: files + logs.log + logs.strace)
    let opened = try written.open(outputs)
    try users.goOn()
    let path = try PathKnowledge.load(through: paths.through)
    if Descriptor.isTerminal(Descriptor.standardError), let notice = users.notice { complain(notice) }
    let output = Output(descriptor: outputs.textDescriptor)
    let presenters =
      presenters(of: input, output) + opened.presenters(of: input, connections, zone: common.zone)
    let watch = Watch(
      SavedFiles(input, path, shard: shard, commented: opened.commented(input)), presenters, output: output,
      failOn: common.failOn,
      maximumConnections: common.maxConnections)
    let status = try watch.run()
    if status != 0 { throw ExitCode(status) }
  }

  private static func time(_ text: String) throws -> NamedTime {
    guard let time = NamedTime(text) else {
      throw ValidationError("'\(text)' is no time, as 13:41, 13:41:07.5 or 2026-11-23T13:41:07Z are.")
    }
    return time
  }

  /// Who writes to standard output.
  private func presenters(of input: ReplayInput, _ output: Output) -> [any Presenter] {
    if common.json { return [JSONPresenter(output, files: input.names)] }
    let page = common.page(output)
    if let why { return [ReasonsPresenter(page, of: why)] }
    if overview { return [OverviewPresenter(page, showsAll: all)] }
    let end: any Presenter =
      connections.map { TimelinePresenter(page, of: $0) as any Presenter }
      ?? SummaryPresenter(page, of: .savedFiles(listsAll: all))
    // Where the end of the input may be far away, what is recognised is told at once.
    return input.isStream ? [LinesPresenter(page, connections: connections, showsCalls: false), end] : [end]
  }

  /// Parts the words into files and a filter.
  private func arguments() throws -> (files: [String], filter: String) {
    let unnamed = words.prefix { $0 == "-" || FileSystem.exists($0) }
    let files = named + unnamed
    let rest = words.dropFirst(unnamed.count)
    if files.isEmpty {
      guard let first = words.first else { throw ValidationError("Name a capture file, or - for standard input.") }
      throw ValidationError(
        "'\(first)' is no existing file, and a filter comes after the files. Name a capture file first, or - for "
          + "standard input.")
    }
    if let explicitFilter {
      guard let next = rest.first else { return (files, explicitFilter) }
      throw ValidationError("'\(next)' is no existing file; the filter comes after --.")
    }
    let filter = rest.joined(separator: " ")
    if let next = rest.first, !FileSystem.exists(next) {
      do throws(PacketFilterError) { _ = try PacketFilter(filter) } catch {
        throw ValidationError(
          error.isUntried || error.isOfOtherLanguage
            ? error.description : "'\(next)' is neither an existing file nor the beginning of a filter.")
      }
    }
    return (files, filter)
  }
}
