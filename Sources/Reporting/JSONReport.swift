import ApplicationLog
import Diagnosis
import KeepaliveAnalysis
import PacketObservation
import PacketWire
import Timeline

/// Events, connections and the summary as JSON lines, with the keys that `docs/json.md` fixes.
public struct JSONReport {
  /// The version of the format; it changes when a key changes its meaning or goes.
  public static let format = 1

  private let files: [String]
  private let encoder = JSONLineEncoder()

  /// A report on `files`, named as the user gave them; a live capture has one, the interface's name.
  public init(files: [String]) { self.files = files }

  /// The first line: one for each file.
  public func capture(file: Int, kind: String, linkTypes: [String]) -> String {
    encoder.line([
      "event": .string("capture"), "format": .integer(Self.format), "file": .string(files[file]),
      "kind": .string(kind), "link_types": .list(linkTypes.map { .string($0) }),
    ])
  }

  /// A recognised frame.
  public func event(_ event: KeepaliveEvent, start: Int64) -> String {
    var members = head(
      "", frame: event.frame, file: event.file, time: event.time, start: start, connection: event.connection,
      source: event.source, destination: event.destination)
    members["known_by"] = .optional(event.knownBy?.frame)
    switch event.kind {
    case .probe(let probe):
      members["event"] = .string("probe")
      members["bytes"] = .integer(probe.bytes)
      members["unanswered_before"] = .integer(probe.unansweredBefore)
      members["silence"] = .optional(probe.silence)
      members["silence_at_least"] = .optional(probe.silenceAtLeast)
      members["certain"] = .boolean(probe.doubt == nil)
    case .answer(let answer):
      members["event"] = .string("answer")
      members["by"] = .string(answer.form.rawValue)
      members["probe"] = .integer(answer.probe)
      members["probe_file"] = .string(files[Int(answer.probeFile)])
      members["delay"] = .optional(answer.delay)
      members["accepted"] = answer.isAccepted.map { .boolean($0) } ?? .null
      members["certain"] = .boolean(answer.isCertain)
    case .giveUp(let giveUp):
      members["event"] = .string("give-up")
      members["unanswered"] = .integer(giveUp.unanswered)
      members["silence"] = .optional(giveUp.silence)
      members["interval_known"] = .boolean(giveUp.intervalIsKnown)
      members["unaccepted"] = .integer(giveUp.unaccepted)
      members["certain"] = .boolean(giveUp.isCertain)
    case .windowProbe(let certain):
      members["event"] = .string("window-probe")
      members["certain"] = .boolean(certain)
    case .quotedError(let error):
      members["event"] = .string("icmp-error")
      members["reporter"] = .string(error.reporter.description)
      members["icmp_type"] = .integer(Int(error.type))
      members["icmp_code"] = .integer(Int(error.code))
      members["quotes"] = .string(error.quoted.rawValue)
    case .ignored(let ignored):
      members["event"] = .string("ignored")
      members["reason"] = .string(ignored.reason.rawValue)
      members["probe"] = .optional(ignored.probe?.frame)
      members["ttl"] = .integer(Int(ignored.timeToLive))
      members["usual_ttl"] = .optional(ignored.usualTimeToLive.map { Int($0) })
    }
    return encoder.line(members)
  }

  /// What became of a connection: a line for each end that probed, and one for the connection.
  public func connection(_ report: ConnectionReport, start: Int64) -> [String] {
    let head = { (event: String, source: SocketAddress, destination: SocketAddress) in
      self.head(
        event, frame: report.deciding.frame, file: report.deciding.file,
        time: report.hasTimes ? report.deciding.time : nil, start: start, connection: report.number, source: source,
        destination: destination)
    }
    var lines = report.probers.map { prober in
      let ends = (report.address(prober.side), report.address(prober.side.peer))
      return encoder.line(
        head("prober", ends.0, ends.1).merging(self.prober(prober, of: report)) { first, _ in first })
    }
    var members = head("connection", report.first, report.second)
    members["verdict"] = .string(report.verdict.rawValue)
    members["reason"] = .string(VerdictText.reason(report))
    members["subject"] = .string(report.role(report.subject))
    members["client_ip"] = .string(report.clientAddress.address.description)
    members["client_port"] = .integer(Int(report.clientAddress.port))
    members["client_known"] = .boolean(report.clientIsCertain)
    members["first_time"] = report.hasTimes ? .string(ClockTime.rfc3339(report.firstTime)) : .null
    members["last_heard"] = report.lastHeard.map { .string(ClockTime.rfc3339($0)) } ?? .null
    members["silence_of_data"] = .optional(report.silenceOfDataBeforeEnd)
    members["silence_survived"] = .optional(report.survived?.longest)
    members["silence_lost"] = .optional(report.lost.flatMap { $0.isAtLeast ? nil : $0.length })
    members["silence"] = .optional(report.silenceIsAtLeast ? nil : report.silence)
    members["silence_at_least"] = .optional(report.silenceIsAtLeast ? report.silence : nil)
    members["probes"] = .integer(report.probers.reduce(0) { $0 + $1.probes })
    members["unanswered"] = .integer(report.probers.map(\.unanswered).max() ?? 0)
    members["window_probes"] = .integer(report.windowProbes?.count ?? 0)
    members["retransmissions"] = .integer(report.stall?.retransmissions ?? 0)
    members["copies"] = .integer(report.copies)
    members["icmp_errors"] = .integer(report.quotedErrors)
    members["ignored"] = .integer(report.ignored)
    members["packets_missing"] = .boolean(report.hasGaps)
    lines.append(encoder.line(members))
    return lines
  }

  private func prober(_ prober: ProberReport, of report: ConnectionReport) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "role": .string(report.role(prober.side)),
      "probes": .integer(prober.probes),
      "answered": .integer(prober.answered),
      "unanswered": .integer(prober.unanswered),
      "unaccepted": .integer(prober.unaccepted),
      "foreign_answers": .integer(prober.foreignAnswers?.count ?? 0),
      "stack_guesses": .list(StackGuess.guesses(prober).map { .string($0.name) }),
      "garbage_octet": .boolean(prober.sendsGarbage),
      "answer_delay_min": .optional(prober.answerDelay?.lowerBound),
      "answer_delay_max": .optional(prober.answerDelay?.upperBound),
    ]
    for (name, range) in [
      ("idle", prober.idle), ("interval", prober.interval), ("period", prober.period),
      ("user_timeout", prober.userTimeout),
    ] {
      members[name] = .optional(name == "user_timeout" ? nil : range?.likely)
      members[name + "_low"] = .optional(range?.low)
      members[name + "_high"] = .optional(range?.high)
      members[name + "_observations"] = .integer(range?.observations ?? 0)
    }
    let count = prober.count
    members["count"] = .optional(count?.high.map { Int($0) })
    members["count_low"] = .optional(count.map { Int($0.low) })
    members["count_high"] = .optional(count?.high.map { Int($0) })
    members["count_observations"] = .integer(count?.observations ?? 0)
    return members
  }

  /// A file that captured the same packets as another.
  public func shared(_ shared: SharedCapture) -> String {
    encoder.line([
      "event": .string("shared-capture"), "file": .string(files[shared.file]),
      "reference": .string(files[shared.reference]), "clock_ahead": .number(Double(shared.clockAhead) / 1e9),
      "clock_uncertainty": .optional(shared.uncertainty.map { Double($0) / 1e9 }),
    ])
  }

  /// Where the capturing host's clock was set.
  public func clockStep(_ step: ClockStep) -> String {
    encoder.line([
      "event": .string("clock-step"), "file": .string(files[Int(step.frame.file)]), "frame": .integer(step.frame.frame),
      "time": step.frame.time.map { .string(ClockTime.rfc3339($0)) } ?? .null,
      "seconds": .number(Double(step.amount) / 1e9),
    ])
  }

  /// What may explain the lost and closed connections of a server.
  public func explanation(_ explanation: PathExplanation) -> String {
    encoder.line([
      "event": .string("explanation"),
      "server_ip": .string(explanation.server.address.description),
      "server_port": .integer(Int(explanation.server.port)),
      "survived": .integer(explanation.survived),
      "survived_longest": .optional(explanation.survived > 0 ? explanation.longestSurvived : nil),
      "lost": .list(explanation.lost.map { .integer($0.number) }),
      "lost_shortest": .optional(explanation.lost.map(\.silence).min()),
      "not_explained": .list(explanation.unexplained.map { .integer($0.number) }),
      "heard_elsewhere": .integer(explanation.othersHeard),
      "heard_elsewhere_same_client": .integer(explanation.othersOfSameClients),
      "boxes": .list(explanation.fits.map { .string($0.name) }),
      "closed": .list(explanation.closed.map { .integer($0.number) }),
    ])
  }

  /// What a program saw.
  public func application(_ joined: JoinedCall, start: Int64) -> String {
    let call = joined.call
    return encoder.line([
      "event": .string("application"), "file": .string(files[0]), "frame": .null,
      "time": .string(ClockTime.rfc3339(call.time)), "elapsed": .number(Double(call.time - start) / 1e9),
      "began": call.began.map { .string(ClockTime.rfc3339($0)) } ?? .null,
      "connection": .optional(joined.connection),
      "src_ip": joined.local.map { .string($0.address.description) } ?? .null,
      "src_port": .optional(joined.local.map { Int($0.port) }),
      "dst_ip": joined.remote.map { .string($0.address.description) } ?? .null,
      "dst_port": .optional(joined.remote.map { Int($0.port) }),
      "process": .string(call.process), "call": .string(call.call),
      "text": call.text.map { .string($0) } ?? .null,
      "result": .optional(call.result), "error": call.error.map { .string($0) } ?? .null,
      "learned_of": .optional(joined.learned?.frame.frame), "learned_after": .optional(joined.learned?.delay),
    ])
  }

  /// Something that was done to a program or a host.
  public func note(_ text: String, time: Int64) -> String {
    encoder.line(["event": .string("note"), "time": .string(ClockTime.rfc3339(time)), "text": .string(text)])
  }

  /// What the kernel's socket table says of a socket.
  public func socket(_ socket: SocketSample, time: Int64) -> String {
    encoder.line([
      "event": .string("socket"), "time": .string(ClockTime.rfc3339(time)),
      "src_ip": .string(socket.local.address.description), "src_port": .integer(Int(socket.local.port)),
      "dst_ip": .string(socket.remote.address.description), "dst_port": .integer(Int(socket.remote.port)),
      "state": .string(socket.state), "timer": .string(socket.timer), "unanswered": .integer(socket.unanswered),
      "expires_in": .optional(socket.expiresIn),
    ])
  }

  /// That segments with data stay in the kernel from now on, or are taken again.
  public func dataLeftOut(_ isLeftOut: Bool, time: Int64) -> String {
    encoder.line([
      "event": .string("data-left-out"), "time": .string(ClockTime.rfc3339(time)), "left_out": .boolean(isLeftOut),
    ])
  }

  /// What the kernel counted meanwhile; `null` where it does not tell.
  public func kernel(_ counts: KernelCounts?, isPrivate: Bool) -> String {
    encoder.line([
      "event": .string("kernel"), "file": .string(files[0]), "probes": .optional(counts?.probes),
      "window_probes": .optional(counts?.windowProbes), "aborts_on_timeout": .optional(counts?.aborts),
      "private_network": .boolean(isPrivate),
    ])
  }

  /// The last line.
  public func summary(
    counts: PacketCounts, connections: Connections, tally: EventTally, verdicts: VerdictTally, dropped: Int?,
    problems: Int,
    copiesAcrossFiles: Int = 0
  ) -> String {
    var members: [String: JSONValue] = [
      "event": .string("summary"),
      "packets": .integer(counts.packets),
      "tcp_packets": .integer(counts[.segment]),
      "connections": .integer(connections.count),
      "probes": .integer(tally.probes),
      "answers": .integer(tally.answers),
      "give_ups": .integer(tally.giveUps),
      "window_probes": .integer(tally.windowProbes),
      "copies": .integer(connections.copies + copiesAcrossFiles),
      "dropped": .optional(dropped),
      "unreadable_files": .integer(problems),
      "time_went_back": .integer(counts.timeWentBack),
      "clock_steps": .integer(connections.clockSteps.count),
      "without_time": .integer(counts.withoutTime),
      "untracked": .integer(connections.untracked),
      "skipped_not_tcp": .integer(counts[.notTCP]),
      "skipped_fragments": .integer(counts[.fragment]),
      "skipped_truncated": .integer(counts[.truncated]),
      "skipped_link_type": .integer(counts[.unsupportedLinkType]),
      "skipped_ip_header": .integer(counts[.malformedIPHeader]),
      "skipped_ip_length": .integer(counts[.malformedIPLength]),
      "skipped_tcp_header": .integer(counts[.malformedTCPHeader]),
    ]
    for verdict in Verdict.allCases {
      members["verdict_" + verdict.rawValue.split(separator: "-").joined(separator: "_")] = .integer(verdicts[verdict])
    }
    return encoder.line(members)
  }

  private func head(
    _ event: String, frame: Int, file: UInt16, time: Int64?, start: Int64, connection: Int, source: SocketAddress,
    destination: SocketAddress
  ) -> [String: JSONValue] {
    [
      "event": .string(event),
      "file": .string(files[Int(file)]),
      "frame": .integer(frame),
      "time": time.map { .string(ClockTime.rfc3339($0)) } ?? .null,
      "elapsed": .optional(time.map { Double($0 - start) / 1e9 }),
      "connection": .integer(connection),
      "src_ip": .string(source.address.description),
      "src_port": .integer(Int(source.port)),
      "dst_ip": .string(destination.address.description),
      "dst_port": .integer(Int(destination.port)),
    ]
  }
}

/// How often each verdict was given.
public struct VerdictTally: Sendable {
  private var counts = [Int](repeating: 0, count: Verdict.allCases.count)

  /// Nothing counted.
  public init() {}

  /// How often `verdict` was given.
  public subscript(verdict: Verdict) -> Int { counts[verdict.rank] }

  /// Counts a verdict.
  public mutating func count(_ verdict: Verdict) { counts[verdict.rank] += 1 }
}
