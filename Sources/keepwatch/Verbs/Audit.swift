import ArgumentParser
import Findings
import KernelView
import Presenting
import SystemCalls

/// `keepwatch audit`.
struct AuditVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "This host's connections: what hangs now, and when each would notice a dead peer.",
    discussion: """
      Options are read from the sockets themselves, of every program as root, else of one's own; where that is not \
      allowed, the socket's timer tells whether keepalive is on. Nothing is sent, and nothing on any socket changes; how \
      is told in docs/SECURITY.md.

      Examples:
        sudo keepwatch audit                            the host, in one screen; --all for every row
        sudo keepwatch audit --process postgres --port 5432
        sudo keepwatch audit --through aws-nlb,350s     what a box on the path would forget
        sudo keepwatch audit --advice                   and what to set where
        sudo keepwatch audit --all-netns                containers too
        sudo keepwatch audit --picture                  each program's time to notice on one axis
        sudo keepwatch audit --textfile /var/lib/prometheus/node-exporter/keepwatch.prom
        sudo keepwatch audit --fail-on never-noticed --max-noticed-after 10m

      Exit status: 0 done, whatever was found; 1 the kernel does not show its sockets; 3 with --fail-on or \
      --max-noticed-after, where such a connection was found; 77 a privilege is missing. With --check: 0, 1, 2, 3, as \
      monitoring plugins have them.
      """)

  @Flag(help: "Show every row and every connection that hangs.")
  var all = false

  @Flag(help: "Print one JSON object a line instead of text (docs/json.md).")
  var json = false

  @Flag(
    help:
      """
      Print one line for a monitoring system, and exit with 2 where something hangs, 1 where --fail-on or \
      --max-noticed-after finds something, 3 where it is not known, else 0.
      """)
  var check = false

  @Flag(help: "Print gauges in Prometheus' text format.")
  var metrics = false

  @Option(
    help: ArgumentHelp(
      "Write these gauges to a file that ends with .prom, for the node exporter's textfile collector; it is replaced whole, or "
        + "not at all (docs/fleet.md).", valueName: "file"))
  var textfile: String?

  @Flag(help: "Draw each program's time to notice on one axis, with the limits of boxes on the path.")
  var picture = false

  @Option(help: ArgumentHelp("Look again each so many seconds, until Ctrl-C.", valueName: "seconds"))
  var watch: Int?

  @OptionGroup var selection: AuditSelection

  @OptionGroup var paths: PathOptions

  @Flag(help: "Say what to set where, to be pasted: for what --through would forget, else for what is noticed late.")
  var advice = false

  @Option(
    help: ArgumentHelp(
      "Exit with status 3 where there is such a connection, separated by commas: hanging, never-noticed, unknown.",
      valueName: "what"),
    transform: AuditFailure.list)
  var failOn: [AuditFailure] = []

  @Option(
    help: ArgumentHelp(
      "Exit with status 3 where a dead peer would be noticed later than this, or never.", valueName: "time"),
    transform: { text in
      guard let seconds = DurationWord.seconds(text) else {
        throw ValidationError("'\(text)' is no time. Times are 350s, 10m, 1h30m.")
      }
      return seconds
    })
  var maxNoticedAfter: Double?

  @Flag(help: "Write ASCII only, also where the locale is UTF-8.")
  var ascii = false

  @Flag(help: "Show times in UTC; without it, in this host's time zone.")
  var utc = false

  @Option(
    name: .customShort("Z"),
    help: ArgumentHelp(
      "As root: go on as this user once everything is open, not as the user who called sudo, _keepwatch or nobody.",
      valueName: "user"))
  var user: String?

  mutating func validate() throws {
    guard [check, json, metrics, textfile != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("--check, --json, --metrics and --textfile exclude each other.")
    }
    if let watch, watch < 1 || check || metrics || textfile != nil {
      throw ValidationError(
        "--watch takes a number of seconds, from 1, and goes with none of --check, --metrics and --textfile.")
    }
    if let textfile, !textfile.hasSuffix(".prom") {
      throw ValidationError("'\(textfile)' does not end with .prom: the node exporter would not read it.")
    }
  }

  mutating func run() throws {
    let users = try Users.running(as: user)
    let (namespaces, unread) = try openNamespaces()
    let replaced = try textfile.map { try ReplacedTextfile($0, of: users) }
    let helper: SettingsHelper?
    do throws(SettingsHelper.Failure) { helper = try SettingsHelper() } catch { helper = nil }
    try users.goOn()
    let through = try PathKnowledge.load(through: paths.through).asked
    var look = HostLook(
      namespaces: namespaces, unreadNamespaces: unread, helper: helper, filter: selection.filter)
    let output = Output()
    if json {
      let host = HostName.own
      output.lines {
        JSONReport(files: [host]).capture(
          file: 0, kind: "audit", linkTypes: [], host: host, interface: nil, to: &$0)
      }
    }
    if let replaced {
      guard let audit = look.audit() else { throw showsNoSockets() }
      try replaced.write(metricLines(audit))
      return try finish(audit)
    }
    var audit = try self.look(&look, through, writingTo: output)
    while let watch {
      pause(milliseconds: watch * 1000)
      if Descriptor.isTerminal(output.descriptor), !json { output.add(Self.clear) }
      audit = try self.look(&look, through, writingTo: output)
    }
    try finish(audit)
  }

  private func finish(_ audit: Audit) throws {
    let status = check ? checkStatus(audit) : fails(audit) ? 3 : 0
    if status != 0 { throw ExitCode(status) }
  }

  /// Empties the terminal, and begins at its top (ECMA-48: ED, CUP).
  private static let clear = "\u{1b}[H\u{1b}[2J"

  private func look(
    _ look: inout HostLook, _ through: [PathThreshold], writingTo output: Output
  ) throws -> Audit {
    let time = currentTime()
    guard let audit = look.audit() else { throw showsNoSockets() }
    write(audit, through, time: time, to: output)
    try output.finish()
    return audit
  }

  // MARK: - What is looked at

  private func openNamespaces() throws -> ([NetworkNamespace], unread: Int) {
    do throws(KernelRefusal) {
      if let found = try selection.namespaces() { return found }
    } catch {
      throw ending(selection.text(error), status: error.isOfPrivilege ? 77 : 1)
    }
    throw showsNoSockets()
  }
}
