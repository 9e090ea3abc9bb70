import ApplicationLog
import Findings
import PacketWire

/// The summary of a capture, as a person reads it: grouped by server, worst first, then in the order captured.
public struct CaptureSummaryText {
  private let style: TextStyle
  private let zone: TimeZoneChoice
  private let isReplay: Bool
  private let listsAll: Bool

  /// A summary in a style, with times in a zone; only of saved captures can more be asked.
  public init(style: TextStyle, zone: TimeZoneChoice, isReplay: Bool, listsAll: Bool = false) {
    self.style = style
    self.zone = zone
    self.isReplay = isReplay
    self.listsAll = listsAll
  }

  /// The lines above the connections.
  public func head(_ findings: CaptureFindings) -> [String] {
    let (facts, counts) = (findings.source, findings.counts)
    var lines: [String] = []
    var first = "\(facts.names.joined(separator: ", ").printable): "
    if !counts.hasTimes {
      first += "no packet has a time (pcapng's simple packets), "
    } else if let start = counts.firstTime, let end = counts.lastTime {
      let begin = ClockTime(start, zone)
      let finish = ClockTime(end, zone)
      first += "\(begin.date) \(begin.time) to \(begin.date == finish.date ? "" : finish.date + " ")\(finish.time) "
      first += "\(begin.zone) (\(DurationText.text(nanoseconds: end - start))), "
    }
    lines.append(first + counted(counts.packets, "packet") + ",")
    let losses =
      facts.dropped.map { "Capture losses: \(grouped($0))." } ?? "Capture losses: unknown, the file does not tell."
    lines.append("\(counted(findings.connections.total, "TCP connection")). \(losses)\(skipped(findings))")
    if let line = undecoded(facts.undecodedLinkTypes) { lines.append(line) }
    lines += (times(counts) + findings.clockSteps.map(step)).flatMap { style.wrapped($0, indent: 0) }
    if let dropped = facts.dropped, dropped > 0 {
      lines.append(
        "What seems unanswered or never sent may be among the \(counted(dropped, "packet")) that the capture lost: that "
          + "weakens every verdict but dead, reset and closed.")
    }
    return lines
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

  /// The connections that are worth a line, grouped by server, what may explain them, and what is said of the rest.
  public func connections(_ findings: ConnectionFindings) -> [String] {
    let (reports, others) = (listsAll ? findings.reports : findings.notable, findings.others)
    let rest = findings.total - reports.count - findings.folded.count - findings.leftOut
    var lines: [String] = []
    let groups = Dictionary(grouping: reports) { $0.serverAddress }
    let order = groups.map { (server: $0, worst: worst($1), first: $1.first?.number ?? 0) }
      .sorted { ($0.worst, $0.first) < ($1.worst, $1.first) }.map(\.server)
    for server in order {
      let (members, folded) = (groups[server] ?? [], findings.folded[server])
      let count = members.count + (folded?.count ?? 0)
      lines += ["", style.bold("\(server)") + ", \(counted(count, "connection"))", columns]
      lines += rows(members, folded)
    }
    let explanations = findings.evidence.explanations
    let text = PathExplanationText(style: style, isAlone: order.count == 1)
    for explanation in explanations { lines += text.lines(explanation) }
    if rest > 0 {
      let counts = Verdict.allCases.filter { others[$0] > 0 }.map { "\(grouped(others[$0])) \($0.rawValue)" }
      lines += [
        "",
        "\(counted(rest, reports.isEmpty ? "connection" : "other connection")): "
          + "\(counts.joined(separator: ", ")); no probe was seen there, nor a silence of 60 s."
          + (isReplay ? " List them with --all." : ""),
      ]
    }
    if findings.leftOut > 0 {
      lines += [
        "",
        "\(counted(findings.leftOut, "connection")) of which something was to be told ended earlier, and \(findings.leftOut == 1 ? "is" : "are") "
          + "only counted.",
      ]
    }
    if isReplay, let first = order.first.flatMap({ groups[$0]?.min { $0.verdict.rank < $1.verdict.rank } }) {
      lines += ["", "The time line of one: add --connection \(first.number)"]
    }
    return lines
  }

  /// Of each verdict at most so many are told one by one.
  private static let toldOneByOne = 10

  /// The rows of one server's connections: of those that have a report, and of the answered ones that are folded.
  private func rows(_ members: [ConnectionReport], _ answered: FoldedRow?) -> [String] {
    var lines: [String] = []
    for verdict in Verdict.allCases {
      let same = members.filter { $0.verdict == verdict }
      let known = verdict == .answered ? answered : nil
      let isFine = verdict == .answered || verdict == .notProbed || verdict == .closed
      if known == nil, listsAll || same.count < FoldedConnections.foldFrom || !isFine && same.count <= Self.toldOneByOne
      {
        lines += same.flatMap(row)
      } else {
        let told = isFine ? 0 : Self.toldOneByOne - 1
        var row = known ?? FoldedRow()
        for report in same.dropFirst(told) { row.add(report) }
        lines += same.prefix(told).flatMap(self.row) + folded(row, verdict)
      }
    }
    return lines
  }

  /// What the settings are in short; and whose, where both ends probe.
  private func settings(_ prober: ProberReport, of report: ConnectionReport) -> String {
    (report.probers.count > 1 ? "\(report.role(prober.side)): " : "") + SettingsText.short(prober)
  }

  /// Many connections of one verdict, in one row.
  private func folded(_ row: FoldedRow, _ verdict: Verdict) -> [String] {
    var tally = row.clients
    let (clients, most) = tally.most(3)
    let line = cells([
      "–", "\(grouped(row.count)) of \(counted(clients, "client"))", style.coloured(verdict), "",
      row.longestSilence.map { "≤ " + DurationText.text(nanoseconds: $0) } ?? "?",
      row.hasProbers ? grouped(row.probes) : "–",
      row.hasProbers ? grouped(row.unanswered) : "–",
    ])
    let hosts = most.map { "\(grouped($0.connections)) of \($0.name)" }.joined(separator: ", ")
    let more = clients > most.count ? " and \(grouped(clients - most.count)) more hosts" : ""
    let note = verdict == .answered ? "; answered by a kernel: this says nothing of its program" : ""
    return [line + periods(row.periods)] + style.wrapped("\(hosts)\(more)\(note). One by one: --all", indent: 6)
  }

  /// "period 60 s", or "period 60 s to 120 s".
  private func periods(_ likely: ClosedRange<Double>?) -> String {
    guard let likely else { return "–" }
    let ends = [SettingsText.seconds(likely.lowerBound), SettingsText.seconds(likely.upperBound)]
    return "period " + (ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to "))
  }

  private func worst(_ reports: [ConnectionReport]) -> Int { reports.map(\.verdict.rank).min() ?? .max }

  private var columns: String {
    style.dim(
      cells(["id", "client", "verdict", "last heard", "silence", "probes", "unanswered"])
        + "idle / interval / count")
  }

  private func cells(_ texts: [String]) -> String {
    let widths = [4, 24, 11, 12, 11, 7, 11]
    var line = style.padLeft(texts[0], widths[0]) + "  "
    for (text, width) in zip(texts, widths).dropFirst() { line += style.pad(text, width) + " " }
    return line
  }

  private func row(_ report: ConnectionReport) -> [String] {
    let prober = report.probers.first { $0.side == report.subject } ?? report.probers.first
    let silence = report.silence.map { (report.silenceIsAtLeast ? "≥ " : "") + DurationText.text($0) } ?? "?"
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let line = cells([
      "\(report.number)", report.clientAddress.description, style.coloured(report.verdict),
      report.lastHeard.map { ClockTime($0, zone).time } ?? (report.hasTimes ? "before" : "?"), silence,
      probes == 0 ? "–" : grouped(probes),
      prober.map { grouped($0.unanswered) } ?? "–",
    ])
    return [line + (prober.map { settings($0, of: report) } ?? "–")]
      + (style.wrapped(VerdictText.reason(report), indent: 6)
        + report.probers.flatMap { style.wrapped(SettingsText.line($0, of: report, tellsTimeout: false), indent: 6) })
  }
}
