import ApplicationLog
import Findings
import PacketWire

/// The summary of a capture, as a person reads it: grouped by server, worst first, then in the order captured.
public struct CaptureSummaryText {
  private let style: TextStyle
  private let zone: TimeZoneChoice
  private let isReplay: Bool
  private let listsAll: Bool
  private let path: PathKnowledge

  /// A summary in a style, with times in a zone; only of saved captures can more be asked.
  public init(
    style: TextStyle, zone: TimeZoneChoice, isReplay: Bool, listsAll: Bool = false,
    path: PathKnowledge = PathKnowledge()
  ) {
    self.path = path
    self.style = style
    self.zone = zone
    self.isReplay = isReplay
    self.listsAll = listsAll
  }

  /// The lines above the connections.
  public func head(_ findings: CaptureFindings) -> [String] {
    let (facts, counts) = (findings.source, findings.counts)
    var lines: [String] = []
    var first = "\(names(facts.names)): "
    if !counts.hasTimes {
      first += "no packet has a time (pcapng's simple packets), "
    } else if let start = counts.firstTime, let end = counts.lastTime {
      let begin = ClockTime(start, zone)
      let finish = ClockTime(end, zone)
      first += "\(begin.date) \(begin.time) to \(begin.date == finish.date ? "" : finish.date + " ")\(finish.time) "
      first += "\(begin.zone) (\(DurationText.text(nanoseconds: end - start))), "
    }
    let losses =
      facts.dropped.map { "Capture losses: \(grouped($0))." } ?? "Capture losses: unknown, the file does not tell."
    lines.append(
      "\(first)\(counted(counts.packets, "packet")), \(counted(findings.connections.total, "TCP connection")). "
        + losses + skipped(findings))
    if let line = undecoded(facts.undecodedLinkTypes) { lines.append(line) }
    lines += (times(counts) + steps(findings.clockSteps)).flatMap { style.wrapped($0, indent: 0) }
    if let dropped = facts.dropped, dropped > 0 {
      lines.append(
        "What seems unanswered or never sent may be among the \(counted(dropped, "packet")) that the capture lost: that "
          + "weakens every verdict but dead, reset and closed.")
    }
    return lines.flatMap(style.fitted)
  }

  /// More files than this are not named.
  private static let namesShown = 4

  private func names(_ names: [String]) -> String {
    let shown = listsAll || names.count <= Self.namesShown ? names[...] : names.prefix(Self.namesShown - 1)
    let more = shown.count < names.count ? " and \(grouped(names.count - shown.count)) more files" : ""
    return shown.joined(separator: ", ").printable + more
  }

  /// Which link types are not decoded, and what takes the IP packets out of them.
  private func undecoded(_ linkTypes: [LinkType]) -> String? {
    guard !linkTypes.isEmpty else { return nil }
    let names = linkTypes.map(\.nameAndNumber).joined(separator: ", ")
    return "Not decoded: link type \(names). Where Wireshark knows \(linkTypes.count == 1 ? "it" : "them"), "
      + "\"tshark -r FILE -U IP -w OUT.pcapng\" takes the IP packets out, for keepwatch to read."
  }

  /// What follows where packets have no times.
  private func times(_ counts: PacketCounts) -> [String] {
    guard counts.withoutTime > 0 else { return [] }
    if counts.hasTimes {
      return [
        "\(counted(counts.withoutTime, "packet")) without a time: taken to be as late as the one before, so that silences may "
          + "be wrong."
      ]
    }
    return [
      "Without times nothing can be said of silences, probes, settings or who gave up. Save it with times, as pcap."
    ]
  }

  /// More steps of a clock than this are not told.
  private static let stepsShown = 3

  private func steps(_ steps: [ClockStep]) -> [String] {
    let shown = listsAll ? steps[...] : steps.prefix(Self.stepsShown)
    let rest = steps.count - shown.count
    return shown.map(step) + (rest > 0 ? ["It was set \(counted(rest, "more time"))."] : [])
  }

  /// Where the clock was set.
  private func step(_ step: ClockStep) -> String {
    let amount = DurationText.text(nanoseconds: abs(step.amount))
    return "The capturing host's clock was set \(step.amount < 0 ? "back" : "forward") by about \(amount) before frame "
      + "\(step.frame.frame): the TCP timestamps of both ends did not go on by as much. Silences are told without it."
  }

  private func skipped(_ findings: CaptureFindings) -> String {
    let counts = findings.counts
    let reasons: [(Int, String)] = [
      (counts[.notTCP], "not TCP"), (counts[.fragment], "fragments"), (counts[.truncated], "cut too short"),
      (counts[.unsupportedLinkType], "of a link type that is not decoded"),
      (counts[.malformedIPHeader], "with a wrong IP header"), (counts[.malformedIPLength], "with a wrong IP length"),
      (counts[.malformedTCPHeader], "with a wrong TCP header"), (findings.copies, "captured twice"),
      (findings.source.filteredOut, "left out by the filter"),
      (findings.source.outsideTimes, "outside of --from and --to"),
      (findings.untracked, "of more connections than can be tracked (\(grouped(findings.connections.total)))"),
    ]
    let told = reasons.filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    return told.isEmpty ? "" : " Skipped: " + told.joined(separator: ", ") + "."
  }

  // MARK: - Everything

  /// The connections that are worth a line, grouped by server, what may explain them, and what is said of the rest.
  public func connections(_ findings: ConnectionFindings) -> [String] {
    let servers = findings.servers(all: listsAll)
    var lines = findings.total < VerdictTable.tableFrom ? [] : table.lines(findings.verdicts)
    for server in servers { lines += ["", rows.title(server)] + rows.columns + server.groups.flatMap(all) }
    for cause in causes(findings, of: servers) { lines += cause }
    return lines + (others(findings, servers) + forgotten(findings) + timeLine(servers)).flatMap(style.fitted)
  }

  /// Of each verdict at most so many are told one by one.
  private static let toldOneByOne = 10

  /// The rows of connections that fared alike, and what is below each.
  private func all(_ group: ServerFindings.Group) -> [String] {
    let isFine = !group.areVictims && group.verdict != .unknown
    let isShort = group.folded == nil && (listsAll || group.count < FoldedConnections.foldFrom)
    let told =
      isShort || !isFine && group.count <= Self.toldOneByOne
      ? group.count : isFine ? 0 : Self.toldOneByOne - 1
    let lines = group.reports.prefix(told).flatMap { rows.row($0) + rows.reason($0) + rows.settings($0) }
    return told == group.count
      ? lines : lines + rows.folded(group, after: told) + rows.note(group, after: told)
  }

  // MARK: - As much as there is room for

  /// The same in at most `most` rows: the worst connections and what explains most of them; what has no room is counted.
  func connections(_ findings: ConnectionFindings, in room: ScreenRoom, atMost most: Int) -> [String] {
    let servers = findings.servers(all: listsAll)
    let table = self.table.lines(findings.verdicts)
    let end = (others(findings, servers) + forgotten(findings)).flatMap(style.fitted)
    var causes = self.causes(findings, of: servers)[...]
    // Nothing takes more rows to say than that everything is left out.
    let free = most - room.count(table + end + [""] + leftOut(servers[...], causes.count))
    // What explains most is told in any case, others only where two thirds are left for the connections.
    let fewest = max(Self.fewestRows, ServerTable.fewestRows(servers, rows, in: room))
    var told = causes.popFirst().map { cut($0, to: free - fewest, room) } ?? []
    while let cause = causes.first, room.count(told + cause) <= free / 3 {
      told += cause
      causes.removeFirst()
    }
    let connections = ServerTable(servers, rows, in: room, atMost: free - room.count(told))
    return table + connections.lines + told + end + [""] + leftOut(connections.leftOut, causes.count)
  }

  /// The table of connections may take so many rows in any case, or as many as its first server needs.
  private static let fewestRows = 8

  /// `lines`, or as many as `most` rows hold, and that there are more.
  private func cut(_ lines: [String], to most: Int, _ room: ScreenRoom) -> [String] {
    var lines = lines
    guard room.count(lines) > most else { return lines }
    let more = "     and more of this"
    while lines.count > 1, room.count(lines + [more]) > most { lines.removeLast() }
    return lines + [more]
  }

  /// What was left out, and how to see it.
  private func leftOut(_ servers: ArraySlice<ServerFindings>, _ causes: Int) -> [String] {
    var parts: [String] = []
    if !servers.isEmpty {
      var verdicts = VerdictTally()
      for group in servers.flatMap(\.groups) { verdicts.count(group.verdict, group.count) }
      let connections = servers.reduce(0) { $0 + $1.count }
      parts.append(
        "\(counted(connections, "connection")) of \(counted(servers.count, "server")) (\(Self.list(verdicts)))")
    }
    if causes > 0 { parts.append("\(counted(causes, "explanation")) more") }
    parts.append("settings and further reasons")
    let how =
      isReplay
      ? "--all shows everything, --overview the whole as a picture, --connection N the time line of one"
      : "packets that -w has saved can be asked for all: keepwatch replay FILE --all"
    return style.wrapped("Left out here: \(parts.joined(separator: ", ")). \(how).", indent: 0)
  }

  // MARK: - Parts of both

  private var table: VerdictTable { VerdictTable(style: style) }
  private var rows: ConnectionRows { ConnectionRows(style: style, zone: zone, isReplay: isReplay) }

  /// What explains the connections, each cause once.
  private func causes(_ findings: ConnectionFindings, of servers: [ServerFindings]) -> [[String]] {
    PathParagraphs(style: style, zone: zone, isAlone: servers.count == 1).paragraphs(findings.evidence, path)
  }

  /// What is said of the connections that are not told of.
  private func others(_ findings: ConnectionFindings, _ servers: [ServerFindings]) -> [String] {
    let told = servers.reduce(0) { $0 + $1.count }
    let rest = findings.total - told - findings.leftOut
    guard rest > 0 else { return [] }
    // Where one end was not captured, how long it was silent is not known.
    let heard = findings.others[.unknown] > 0 ? ", where both ends were captured," : ""
    return [
      "",
      "\(counted(rest, told == 0 ? "connection" : "other connection")): \(Self.list(findings.others)); "
        + "no probe was seen there, nor\(heard) a silence of 60 s at the end."
        + (isReplay ? " List them with --all." : ""),
    ]
  }

  /// "3 reset, 12 closed".
  private static func list(_ verdicts: VerdictTally) -> String {
    Verdict.allCases.filter { verdicts[$0] > 0 }.map { "\(grouped(verdicts[$0])) \($0.rawValue)" }
      .joined(separator: ", ")
  }

  private func forgotten(_ findings: ConnectionFindings) -> [String] {
    guard findings.leftOut > 0 else { return [] }
    return [
      "",
      "\(counted(findings.leftOut, "connection")) of which something was to be told ended earlier, and \(findings.leftOut == 1 ? "is" : "are") "
        + "only counted.",
    ]
  }

  /// How to see more of the worst connection.
  private func timeLine(_ servers: [ServerFindings]) -> [String] {
    guard isReplay, let worst = servers.first?.groups.first?.reports.first else { return [] }
    let line = "The time line of one: add --connection \(worst.number)"
    let areMore = servers.reduce(0) { $0 + $1.count } > 1
    return ["", areMore ? line + ". All at one look: add --overview." : line]
  }
}
