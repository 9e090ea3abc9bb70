import ApplicationLog
import Findings
import KernelView
import PacketWire

/// Events, connections and the summary as JSON lines, with the keys that `docs/json.md` fixes.
///
/// Each function appends its lines to octets that are to be written out.
public struct JSONReport {
  /// The version of the format; it changes when a key changes its meaning or goes.
  public static let format = 1

  /// The files' names as they stand in the lines.
  private let files: [[UInt8]]

  /// A report on `files`, named as the user gave them; a live capture has one, the interface's name.
  public init(files: [String]) {
    self.files = files.map { name in
      var quoted: [UInt8] = []
      quoted.append(quoted: name)
      return quoted
    }
  }

  /// The first line: one for each file; `host` and `interface` tell where packets are watched, and are `nil` for a file.
  public func capture(
    file: Int, kind: String, linkTypes: [String], host: String?, interface: String?, to lines: inout [UInt8]
  ) {
    lines.begin("capture")
    lines.member("format", Self.format)
    lines.member("file", quoted: files[file])
    lines.member("kind", kind)
    lines.member("link_types", linkTypes)
    lines.member("host", host)
    lines.member("interface", interface)
    lines.end()
  }

  /// A recognised frame.
  public func event(_ event: KeepaliveEvent, start: Int64, to lines: inout [UInt8]) {
    switch event.kind {
    case .probe(let probe):
      begin("probe", event, start, &lines)
      lines.member("bytes", probe.bytes)
      lines.member("unanswered_before", probe.unansweredBefore)
      lines.member("silence", seconds: probe.silence)
      lines.member("silence_at_least", seconds: probe.silenceAtLeast)
      lines.member("certain", probe.doubt == nil)
    case .answer(let answer):
      begin("answer", event, start, &lines)
      lines.member("by", answer.form.rawValue)
      lines.member("probe", answer.probe)
      lines.member("probe_file", quoted: files[Int(answer.probeFile)])
      lines.member("delay", seconds: answer.delay)
      lines.member("accepted", answer.isAccepted)
      lines.member("certain", answer.isCertain)
    case .giveUp(let giveUp):
      begin("give-up", event, start, &lines)
      lines.member("unanswered", giveUp.unanswered)
      lines.member("silence", seconds: giveUp.silence)
      lines.member("interval_known", giveUp.intervalIsKnown)
      lines.member("unaccepted", giveUp.unaccepted)
      lines.member("certain", giveUp.isCertain)
    case .windowProbe(let certain):
      begin("window-probe", event, start, &lines)
      lines.member("certain", certain)
    case .quotedError(let error):
      begin("icmp-error", event, start, &lines)
      lines.member("reporter", error.reporter)
      lines.member("icmp_type", Int(error.type))
      lines.member("icmp_code", Int(error.code))
      lines.member("quotes", error.quoted.rawValue)
    case .ignored(let ignored):
      begin("ignored", event, start, &lines)
      lines.member("reason", ignored.reason.rawValue)
      lines.member("probe", ignored.probe?.frame)
      lines.member("ttl", Int(ignored.timeToLive))
      lines.member("usual_ttl", ignored.usualTimeToLive.map { Int($0) })
    }
    lines.end()
  }

  /// What became of a connection: a line for each end that probed, and one for the connection.
  public func connection(_ report: ConnectionReport, start: Int64, to lines: inout [UInt8]) {
    for prober in report.probers { self.prober(prober, of: report, start, &lines) }
    begin("connection", report, from: report.first, to: report.second, start, &lines)
    lines.member("verdict", report.verdict.rawValue)
    lines.member("reason", VerdictText.reason(report))
    lines.member("subject", report.role(report.subject))
    lines.members("client_ip", "client_port", report.clientAddress)
    lines.member("client_known", report.clientIsCertain)
    lines.member("first_time", time: report.hasTimes ? report.firstTime : nil)
    lines.member("last_heard", time: report.lastHeard)
    lines.member("silence", seconds: report.silenceIsAtLeast ? nil : report.silence)
    lines.member("silence_at_least", seconds: report.silenceIsAtLeast ? report.silence : nil)
    lines.member("silence_of_data", seconds: report.silenceOfDataBeforeEnd)
    lines.member("silence_survived", seconds: report.survived?.longest)
    lines.member("silence_lost", seconds: report.lost.flatMap { $0.isAtLeast ? nil : $0.length })
    lines.member("probes", report.probers.reduce(0) { $0 + $1.probes })
    lines.member("unanswered", report.probers.reduce(0) { max($0, $1.unanswered) })
    lines.member("window_probes", report.windowProbes?.count ?? 0)
    lines.member("community_id", report.ends.communityID)
    lines.member("same_as", report.sameConnection?.number)
    lines.member("retransmissions", report.stall?.retransmissions ?? 0)
    lines.member("copies", report.copies)
    lines.member("icmp_errors", report.quotedErrors)
    lines.member("ignored", report.ignored)
    lines.member("packets_missing", report.hasGaps)
    lines.end()
  }

  private func prober(
    _ prober: ProberReport, of report: ConnectionReport, _ start: Int64, _ lines: inout [UInt8]
  ) {
    let source = report.address(prober.side)
    begin("prober", report, from: source, to: report.address(prober.side.peer), start, &lines)
    lines.member("role", report.role(prober.side))
    lines.member("probes", prober.probes)
    lines.member("answered", prober.answered)
    lines.member("unanswered", prober.unanswered)
    lines.member("unaccepted", prober.unaccepted)
    lines.member("foreign_answers", prober.foreignAnswers?.count ?? 0)
    lines.member("answer_delay_min", seconds: prober.answerDelay?.lowerBound)
    lines.member("answer_delay_max", seconds: prober.answerDelay?.upperBound)
    lines.member("garbage_octet", prober.sendsGarbage)
    lines.member("stack_guesses", StackGuess.guesses(prober).map(\.name))
    lines.member("idle", seconds: prober.idle?.likely)
    lines.member("idle_low", seconds: prober.idle?.low)
    lines.member("idle_high", seconds: prober.idle?.high)
    lines.member("idle_observations", prober.idle?.observations ?? 0)
    lines.member("interval", seconds: prober.interval?.likely)
    lines.member("interval_low", seconds: prober.interval?.low)
    lines.member("interval_high", seconds: prober.interval?.high)
    lines.member("interval_observations", prober.interval?.observations ?? 0)
    lines.member("period", seconds: prober.period?.likely)
    lines.member("period_low", seconds: prober.period?.low)
    lines.member("period_high", seconds: prober.period?.high)
    lines.member("period_observations", prober.period?.observations ?? 0)
    lines.member("count", prober.count?.high.map { Int($0) })
    lines.member("count_low", prober.count.map { Int($0.low) })
    lines.member("count_high", prober.count?.high.map { Int($0) })
    lines.member("count_observations", prober.count?.observations ?? 0)
    lines.member("user_timeout", seconds: nil)
    lines.member("user_timeout_low", seconds: prober.userTimeout?.low)
    lines.member("user_timeout_high", seconds: prober.userTimeout?.high)
    lines.member("user_timeout_observations", prober.userTimeout?.observations ?? 0)
    lines.end()
  }

  /// A file that captured the same packets as another.
  public func shared(_ shared: SharedCapture, to lines: inout [UInt8]) {
    lines.begin("shared-capture")
    lines.member("file", quoted: files[shared.file])
    lines.member("reference", quoted: files[shared.reference])
    lines.member("clock_ahead", nanoseconds: shared.clockAhead)
    lines.member("clock_uncertainty", nanoseconds: shared.uncertainty)
    lines.end()
  }

  /// Where the capturing host's clock was set.
  public func clockStep(_ step: ClockStep, to lines: inout [UInt8]) {
    lines.begin("clock-step")
    lines.member("file", quoted: files[Int(step.frame.file)])
    lines.member("frame", step.frame.frame)
    lines.member("time", time: step.frame.time)
    lines.member("seconds", nanoseconds: step.amount)
    lines.end()
  }

  /// What a program saw.
  public func application(_ joined: JoinedCall, start: Int64, to lines: inout [UInt8]) {
    let call = joined.call
    lines.begin("application")
    lines.member("file", quoted: files[0])
    lines.member("frame", nil as Int?)
    lines.member("time", time: call.time)
    lines.member("elapsed", nanoseconds: call.time - start)
    lines.member("connection", joined.connection)
    lines.members("src_ip", "src_port", joined.local)
    lines.members("dst_ip", "dst_port", joined.remote)
    lines.member("process", call.process)
    lines.member("call", call.call)
    lines.member("text", call.text)
    lines.member("result", call.result)
    lines.member("error", call.error)
    lines.member("began", time: call.began)
    lines.member("learned_of", joined.learned?.frame.frame)
    lines.member("learned_after", nanoseconds: joined.learned?.delay)
    lines.end()
  }

  /// Something that was done to a program or a host.
  public func note(_ text: String, time: Int64, to lines: inout [UInt8]) {
    lines.begin("note")
    lines.member("time", time: time)
    lines.member("text", text)
    lines.end()
  }

  /// What the kernel's socket table says of a socket.
  public func socket(_ socket: SocketState, time: Int64, to lines: inout [UInt8]) {
    self.socket(socket, nil, nil, forgottenBy: [], time: time, to: &lines)
  }

  /// That segments with data stay in the kernel from now on, or are taken again.
  public func dataLeftOut(_ isLeftOut: Bool, time: Int64, to lines: inout [UInt8]) {
    lines.begin("data-left-out")
    lines.member("time", time: time)
    lines.member("left_out", isLeftOut)
    lines.end()
  }

  /// What the kernel counted meanwhile; `null` where it does not tell.
  public func kernel(_ host: HostCounts, to lines: inout [UInt8]) {
    lines.begin("kernel")
    lines.member("file", quoted: files[0])
    lines.member("probes", host.counters?.keepaliveProbes)
    lines.member("window_probes", host.counters?.windowProbes)
    lines.member("aborts_on_timeout", host.counters?.abortsOnTimeout)
    lines.member("private_network", host.isPrivate)
    lines.end()
  }

  /// The last line.
  public func summary(_ findings: CaptureFindings, to lines: inout [UInt8]) {
    let (counts, tally) = (findings.counts, findings.tally)
    lines.begin("summary")
    lines.member("packets", counts.packets)
    lines.member("tcp_packets", counts[.segment])
    lines.member("connections", findings.connections.total)
    lines.member("probes", tally.probes)
    lines.member("answers", tally.answers)
    lines.member("give_ups", tally.giveUps)
    lines.member("window_probes", tally.windowProbes)
    lines.member("copies", findings.copies)
    lines.member("dropped", findings.source.dropped)
    lines.member("unreadable_files", findings.source.problems)
    lines.member("time_went_back", counts.timeWentBack)
    lines.member("clock_steps", findings.clockSteps.count)
    lines.member("without_time", counts.withoutTime)
    lines.member("untracked", findings.untracked)
    lines.member("forgotten", findings.forgotten.ended)
    lines.member("crowded_out", findings.forgotten.crowdedOut)
    lines.member("probed_crowded_out", findings.forgotten.protectedCrowdedOut)
    lines.member("skipped_not_tcp", counts[.notTCP])
    lines.member("skipped_fragments", counts[.fragment])
    lines.member("skipped_truncated", counts[.truncated])
    lines.member("skipped_link_type", counts[.unsupportedLinkType])
    lines.member("skipped_ip_header", counts[.malformedIPHeader])
    lines.member("skipped_ip_length", counts[.malformedIPLength])
    lines.member("skipped_tcp_header", counts[.malformedTCPHeader])
    for verdict in Verdict.allCases { lines.member(Self.key(verdict), findings.connections.verdicts[verdict]) }
    lines.end()
  }

  private static func key(_ verdict: Verdict) -> StaticString {
    switch verdict {
    case .dead: "verdict_dead"
    case .reset: "verdict_reset"
    case .stalled: "verdict_stalled"
    case .blocked: "verdict_blocked"
    case .unanswered: "verdict_unanswered"
    case .unknown: "verdict_unknown"
    case .closed: "verdict_closed"
    case .answered: "verdict_answered"
    case .notProbed: "verdict_not_probed"
    }
  }

  /// The members that every recognised frame has.
  private func begin(_ name: StaticString, _ event: KeepaliveEvent, _ start: Int64, _ lines: inout [UInt8]) {
    begin(
      name, file: event.file, frame: event.frame, time: event.time, start, connection: event.connection,
      from: event.source, to: event.destination, &lines)
    lines.member("known_by", event.knownBy?.frame)
  }

  /// The members of a line about the frame that decided a connection.
  private func begin(
    _ name: StaticString, _ report: ConnectionReport, from source: SocketAddress, to destination: SocketAddress,
    _ start: Int64, _ lines: inout [UInt8]
  ) {
    begin(
      name, file: report.deciding.file, frame: report.deciding.frame,
      time: report.hasTimes ? report.deciding.time : nil, start, connection: report.number, from: source,
      to: destination, &lines)
  }

  private func begin(
    _ name: StaticString, file: UInt16, frame: Int, time: Int64?, _ start: Int64, connection: Int,
    from source: SocketAddress, to destination: SocketAddress, _ lines: inout [UInt8]
  ) {
    lines.begin(name)
    lines.member("file", quoted: files[Int(file)])
    lines.member("frame", frame)
    lines.member("time", time: time)
    lines.member("elapsed", nanoseconds: time.map { $0 - start })
    lines.member("connection", connection)
    lines.members("src_ip", "src_port", source)
    lines.members("dst_ip", "dst_port", destination)
  }
}
