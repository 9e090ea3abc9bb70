import Findings

/// What an overview says in words, the same in characters and in SVG.
struct OverviewWords {
  let zone: TimeZoneChoice

  /// A row's number: the connection's, where it is one.
  func number(_ row: Overview.Row) -> String { row.report.map { "\($0.number)" } ?? "–" }

  /// Whose a row is: "10.0.0.5:44310", "12 of 10.0.0.5", "31 of 2 clients".
  func client(_ row: Overview.Row) -> String {
    if let report = row.report { return report.clientAddress.description }
    var tally = row.tally.clients
    let (clients, most) = tally.most(1)
    return "\(grouped(row.tally.count)) of " + (clients == 1 ? most[0].name : counted(clients, "client"))
  }

  /// "10.0.9.8:5432, 40 connections".
  func title(_ server: Overview.Server) -> String {
    "\(server.address), \(counted(server.connections, "connection"))"
  }

  /// "2026-11-23 13:20:04 to 14:08:20 UTC (48m 16s)".
  func time(_ overview: Overview) -> String {
    let (begin, end) = (ClockTime(overview.time.lowerBound, zone), ClockTime(overview.time.upperBound, zone))
    let length = DurationText.text(nanoseconds: overview.time.upperBound - overview.time.lowerBound)
    return
      "\(begin.date) \(begin.time) to \(begin.date == end.date ? "" : end.date + " ")\(end.time) \(begin.zone) (\(length))"
  }

  /// "16:36:33  10.9.0.1 fell silent on 13 connections".
  func moment(_ moment: OverviewMoment) -> String {
    let connections = counted(moment.connections, "connection")
    let what =
      switch moment.happening {
      case .fellSilent: "\(moment.host) was heard for the last time, and \(connections) waited for it."
      case .ended(.reset): "\(connections) of \(moment.host) were reset."
      case .ended(.dead): "\(connections) of \(moment.host) were given up."
      case .ended: "\(connections) of \(moment.host) were closed."
      }
    return "\(ClockTime(moment.time, zone).time): \(what)"
  }

  /// What has no row.
  func leftOut(_ overview: Overview) -> String? {
    guard overview.leftOut.connections > 0 else { return nil }
    return "Not drawn: \(counted(overview.leftOut.connections, "connection")) to "
      + "\(counted(overview.leftOut.servers, "other server")), which fared better."
  }

  /// What a phase is called in the legend.
  static func name(_ phase: OverviewLine.Phase) -> String {
    switch phase {
    case .active: "data"
    case .survivedSilence: "silence that was survived"
    case .lostSilence: "silence that was not"
    case .openSilence: "silence to the capture's end"
    case .unacknowledged: "sent, no answer seen"
    }
  }

  /// What a mark is called in the legend.
  static func name(_ sign: OverviewLine.Sign) -> String {
    switch sign {
    case .opened: "opened"
    case .answered: "probe, answered"
    case .fin: "FIN"
    case .windowProbe: "window probe"
    case .unanswered: "probe, no answer seen"
    case .reset: "reset"
    case .giveUp: "given up"
    }
  }
}

extension Overview {
  /// The phases and marks that it has, in the order of the legend.
  var shown: (phases: [OverviewLine.Phase], signs: [OverviewLine.Sign]) {
    let lines = servers.flatMap(\.rows).map(\.line)
    let phases = Set(lines.flatMap { $0.stretches.map(\.phase) })
    let signs = Set(lines.flatMap { $0.marks.map(\.sign) })
    let order: [OverviewLine.Phase] = [.active, .survivedSilence, .lostSilence, .openSilence, .unacknowledged]
    return (order.filter(phases.contains), OverviewLine.Sign.allCases.filter(signs.contains))
  }
}
