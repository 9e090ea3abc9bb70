import ApplicationLog
import Findings
import KernelView

/// An audit as a person reads it: what hangs now, what would hang, what the path would forget.
public struct AuditText {
  /// Rows and connections shown unasked: one screen.
  private static let shown = 12
  /// A dead peer noticed within this is no cause for a row of its own, unasked, in seconds.
  private static let soon = 300.0

  private let style: TextStyle
  private let listsAll: Bool

  /// A text in a style; with everything where `listsAll` says so.
  public init(style: TextStyle, listsAll: Bool) {
    self.style = style
    self.listsAll = listsAll
  }

  /// The whole text.
  ///
  /// - Parameters:
  ///   - audit: what was found.
  ///   - host: the host's name.
  ///   - time: when it was looked at.
  ///   - thresholds: what the user asked about boxes on the path.
  ///   - advises: whether to say what to set.
  ///   - draws: whether to draw the times to notice on one axis.
  /// - Returns: lines without their ends.
  public func lines(
    _ audit: Audit, host: String, time: ClockTime, thresholds: [PathThreshold], advises: Bool,
    draws: Bool
  ) -> [String] {
    let head = "\(host), \(time.date) \(time.time) \(time.zone): \(counted(audit.connections.count, "TCP connection"))"
    let lines =
      [head + programs(audit) + "."] + settings(audit) + others(audit) + hanging(audit) + vanished(audit)
      + PathThresholdText(style: style).lines(audit, thresholds: thresholds)
      + (draws ? AuditPicture(style: style).lines(AuditGroup.groups(audit.connections), thresholds: thresholds) : [])
      + (advises ? advice(audit, thresholds) : [])
    return lines.map(style.ascii)
  }

  /// For what boxes would forget, where they were asked about; else for what is noticed late or never.
  private func advice(_ audit: Audit, _ thresholds: [PathThreshold]) -> [String] {
    let forgetting = thresholds.filter { !$0.closes }
    let wanting = audit.connections.filter { connection in
      forgetting.isEmpty
        ? !Self.isSoon(connection.notice) : forgetting.contains { $0.effect(on: connection) == .forgotten }
    }
    let values = forgetting.map(\.seconds).min().map(Advice.Values.init(within:)) ?? .usual
    return AdviceText(style: style).lines(AuditGroup.groups(wanting), values: values)
  }

  // MARK: - What was looked at

  private func programs(_ audit: Audit) -> String {
    let programs = Set(audit.connections.compactMap { $0.owners.first?.name }).count
    let reach = audit.reach
    var text = programs == 0 ? "" : " of \(counted(programs, "program"))"
    if reach.namespaces > 1 { text += " in \(counted(reach.namespaces, "network namespace"))" }
    if reach.unreadNamespaces > 0 { text += "; \(counted(reach.unreadNamespaces, "namespace")) could not be read" }
    return text
  }

  private func settings(_ audit: Audit) -> [String] {
    guard !audit.connections.isEmpty else { return [] }
    let defaults = audit.parameters
    var text = "Settings read from \(grouped(audit.read)) of \(counted(audit.connections.count, "socket")). "
    text += "Defaults here: keepalive off; where a program turns it on, \(Self.seconds(defaults.idle)) / "
    text += "\(Self.seconds(defaults.interval)) / \(defaults.count)."
    var lines = style.wrapped(text, indent: 0)
    for (problem, count) in audit.problems {
      lines += style.wrapped("\(grouped(count)) not read: \(SettingsProblemText.sentence(problem))", indent: 2)
    }
    if let failure = audit.reach.helperFailure { lines += style.wrapped(failure, indent: 2) }
    if !audit.problems.isEmpty {
      lines.append("  Where they were not read, the socket's timer tells whether keepalive is on.")
    }
    return lines
  }

  private func others(_ audit: Audit) -> [String] {
    let parts = Holder.allCases.compactMap { holder -> String? in
      guard let count = audit.withoutDescriptor[holder] else { return nil }
      return "\(grouped(count)) \(Self.name(holder))"
    }
    guard !parts.isEmpty else { return [] }
    return style.wrapped("No program holds the sockets beside these: \(parts.joined(separator: ", ")).", indent: 0)
  }

  private static func name(_ holder: Holder) -> String {
    switch holder {
    case .timeWait: "in TIME-WAIT"
    case .acceptQueue: "not accepted yet"
    case .handshake: "in the handshake"
    case .orphan: "closed by their programs"
    }
  }

  // MARK: - What hangs now

  private func hanging(_ audit: Audit) -> [String] {
    let hanging = audit.hanging
    guard !hanging.isEmpty else { return audit.connections.isEmpty ? [] : ["", style.bold("HANGING NOW: none")] }
    var lines = ["", style.bold("HANGING NOW, \(grouped(hanging.count))")]
    let shown = listsAll ? hanging.count : Self.shown
    for connection in hanging.prefix(shown) {
      lines.append("  \(style.yellow(ends(connection)))")
      lines += style.wrapped(HangText.sentence(connection, audit.parameters), indent: 6)
    }
    if hanging.count > shown { lines.append("  and \(grouped(hanging.count - shown)) more (--all)") }
    if let first = hanging.first {
      lines.append("  To free one now, as root:  \(Self.kill(first))")
      lines.append("      its program's call returns with ECONNABORTED, the peer is sent a reset")
    }
    return lines
  }

  private func ends(_ connection: AuditedConnection) -> String {
    "\(AuditNames.program(connection)) \(style.right) \(connection.socket.remote) from \(connection.socket.local)"
  }

  /// The command that frees a connection (ss(8), SOCK_DESTROY).
  static func kill(_ connection: AuditedConnection) -> String {
    let command = "ss -K src \(connection.socket.local) dst \(connection.socket.remote)"
    guard !connection.namespace.isOwn else { return command }
    if let name = connection.namespace.name { return "ip netns exec \(name.printable) \(command)" }
    return connection.owners.first.map { "nsenter -n -t \($0.process) \(command)" } ?? command
  }

  // MARK: - What would hang

  private struct Row {
    let notice: String
    let cells: [String]
    let who: String
    let count: Int
  }

  private func vanished(_ audit: Audit) -> [String] {
    guard !audit.connections.isEmpty else { return [] }
    let groups = AuditGroup.groups(audit.connections)
    var shown = listsAll ? groups : Array(groups.prefix { !Self.isSoon($0.notice) }.prefix(Self.shown))
    if shown.isEmpty { shown = Array(groups.prefix(Self.shown)) }
    var rows = shown.map(row)
    if let fold = Self.fold(groups.dropFirst(shown.count)) { rows.append(fold) }
    let titles = Row(
      notice: "IF THE PEER VANISHED NOW", cells: ["idle", "interval", "count", "user timeout"], who: "program and peer",
      count: 0)
    let width = (rows + [titles]).map { TextStyle.width($0.notice) }.max() ?? 0
    let nameWidth = ((rows + [titles]).map { TextStyle.width($0.who) }.max() ?? 0) + 1
    let table = ([titles] + rows).enumerated().map { index, row in
      line(row, isTitle: index == 0, width: width + 3, nameWidth: nameWidth)
    }
    return [""] + table + sending(audit)
  }

  private func line(_ row: Row, isTitle: Bool, width: Int, nameWidth: Int) -> String {
    let notice = style.pad(isTitle ? style.bold(row.notice) : "  \(row.notice)", width)
    let cells = zip(row.cells, [8, 10, 7, 14]).map { style.padLeft($0, $1) }.joined()
    let count = style.padLeft(isTitle ? "n" : grouped(row.count), 6)
    return "\(notice)\(cells)  \(style.pad(row.who, nameWidth))\(count)"
  }

  private func row(_ group: AuditGroup) -> Row {
    Row(
      notice: notice(group), cells: Self.cells(group.key.settings), who: AuditNames.group(group, style),
      count: group.connections.count)
  }

  private static func isSoon(_ notice: Notice) -> Bool {
    if case .after(let seconds) = notice { seconds <= soon } else { false }
  }

  private func notice(_ group: AuditGroup) -> String {
    if group.key.isRedirected { return redirected(group) }
    switch group.notice {
    case .never: return style.red("never noticed, unless it sends")
    case .after(let seconds) where Self.isSoon(group.notice): return "noticed after \(DurationText.text(seconds))"
    case .after(let seconds): return style.yellow("noticed after \(DurationText.text(seconds))")
    case .notBefore(let seconds): return "not within \(DurationText.text(seconds)), by a timer"
    case .unknown: return "not known"
    }
  }

  /// The program's own options say nothing of the path: its peer is the proxy.
  private func redirected(_ group: AuditGroup) -> String {
    let text =
      switch group.connections.first?.peer?.onward {
      case .never?: "never, by its proxy's connection"
      case .after(let seconds)?: "after \(DurationText.text(seconds)), by its proxy's connection"
      case .notBefore(let seconds)?: "not within \(DurationText.text(seconds)), by its proxy's"
      case .unknown?, nil: "not known: sent to a proxy on this host"
      }
    return style.yellow(text)
  }

  private static func cells(_ settings: KnownSettings) -> [String] {
    switch settings {
    case .off: return ["off", "–", "–", "–"]
    case .on: return ["on", "–", "–", "–"]
    case .unknown: return ["?", "–", "–", "–"]
    case .read(let settings):
      let timeout = settings.userTimeout.map(seconds) ?? "–"
      guard settings.keepalive else { return ["off", "–", "–", timeout] }
      return [seconds(settings.idle), seconds(settings.interval), "\(settings.count)", timeout]
    }
  }

  private static func fold(_ groups: ArraySlice<AuditGroup>) -> Row? {
    guard let worst = groups.first else { return nil }
    let notice =
      if case .after(let seconds) = worst.notice { "noticed within \(DurationText.text(seconds))" } else {
        "and so on, each no worse"
      }
    let programs = Set(groups.map { $0.key.program ?? "\($0.key.user)" }).count
    return Row(
      notice: notice, cells: ["", "", "", ""], who: "\(counted(programs, "program")) (--all)",
      count: groups.reduce(0) { $0 + $1.connections.count })
  }

  /// What holds where a program sends: then keepalive is suspended.
  private func sending(_ audit: Audit) -> [String] {
    let parameters = audit.parameters
    let range = GiveUpTime.retransmission(retries: parameters.retries, longest: parameters.longestTimeout)
    return style.wrapped(
      "While data is unacknowledged keepalive is suspended: then the kernel gives up after "
        + "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound)) (tcp_retries2 "
        + "\(parameters.retries)), or after the user timeout.", indent: 2)
  }

  /// "7,200 s", "0.5 s".
  static func seconds(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(grouped(Int(seconds))) s" : "\(DurationText.fixed(seconds, 3)) s"
  }
}
