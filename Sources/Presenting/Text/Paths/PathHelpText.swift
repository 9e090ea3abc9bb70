import Findings
import PacketWire

/// HELP: what to do about the lost and ended connections of a server, with numbers, and the line to set them.
struct PathHelpText {
  let style: TextStyle

  /// Times that people set, in seconds.
  private static let roundTimes: [Int64] = [
    1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300, 600, 900, 1200, 1800, 3600, 7200,
  ]

  func lines(_ explanation: PathExplanation) -> [String] {
    let limit = limit(explanation)
    let sentences =
      probed(explanation, limit) + unprobed(explanation, limit) + resetInBothNames(explanation) + closed(explanation)
    let lines = style.labelled("HELP", sentences)
    let shortest = [limit, resetLimit(explanation)].compactMap { $0 }.min()
    return lines.isEmpty ? [] : lines + (shortest.map { program(explanation.server.port, within: $0) } ?? [])
  }

  // MARK: - How often a packet is needed

  /// Nanoseconds without a packet that no silence may reach; `nil` where no box on the path is the cause.
  private func limit(_ explanation: PathExplanation) -> Int64? {
    guard let shortest = explanation.lost.map(\.silence).min() else { return nil }
    if explanation.survived > 0 { return explanation.longestSurvived }
    guard explanation.othersHeard > 0 || explanation.lost.contains(where: \.wasRefused) else { return nil }
    return explanation.fits.map(\.timeout).min() ?? shortest
  }

  /// The same where a box resets both ends.
  private func resetLimit(_ explanation: PathExplanation) -> Int64? {
    let groups = explanation.ended.filter { $0.way == .resetInBothNames }
    return groups.compactMap { $0.fits.map(\.timeout).min() ?? $0.connections.map(\.silence).min() }.min()
  }

  /// "TCP_KEEPIDLE and TCP_KEEPINTVL of 300 s or less".
  private func setting(below limit: Int64) -> String {
    let whole = Self.roundTimes.last { $0 * .second < limit }
    let most = whole.map { "\(grouped(Int($0))) s or less" } ?? "less than \(DurationText.text(nanoseconds: limit))"
    return "TCP_KEEPIDLE and TCP_KEEPINTVL of \(most)"
  }

  // MARK: - Sentences

  private func probed(_ explanation: PathExplanation, _ limit: Int64?) -> [String] {
    let probed = explanation.lost.filter { $0.period != nil }
    guard !probed.isEmpty else { return [] }
    let ids = ConnectionNumbers.text(probed.map(\.number))
    guard let limit else {
      return ["\(ids): a shorter idle time, interval or count notices a silent host sooner."]
    }
    let now = probed.compactMap(\.period).min().map { "; now \(SettingsText.seconds(nanoseconds: $0))" } ?? ""
    return ["\(ids): \(setting(below: limit)), to be below \(DurationText.text(nanoseconds: limit))\(now)."]
  }

  private func unprobed(_ explanation: PathExplanation, _ limit: Int64?) -> [String] {
    let silent = explanation.lost.filter { $0.period == nil }
    guard !silent.isEmpty else { return [] }
    return [
      "\(ConnectionNumbers.text(silent.map(\.number))): \(switchedOn(limit)) TCP_USER_TIMEOUT limits how long unacknowledged "
        + "data waits."
    ]
  }

  private func resetInBothNames(_ explanation: PathExplanation) -> [String] {
    let reset = explanation.ended(.resetInBothNames).map(\.number)
    guard let limit = resetLimit(explanation) else { return [] }
    return ["\(ConnectionNumbers.text(reset)): \(switchedOn(limit))"]
  }

  /// Keepalive alone would come too late.
  private func switchedOn(_ limit: Int64?) -> String {
    guard let limit else { return "switch keepalive on." }
    return "switch keepalive on, with \(setting(below: limit)), to be below \(DurationText.text(nanoseconds: limit)). "
      + "Switched on alone it would not help, as its first probe comes after 7,200 s by default."
  }

  private func closed(_ explanation: PathExplanation) -> [String] {
    let closed = explanation.ended(.inSpiteOfProbes, .closed, .reset).map(\.number)
    guard !closed.isEmpty else { return [] }
    return [
      "\(ConnectionNumbers.text(closed)): keepalive cannot prevent it. Let the program send something of its own protocol in "
        + "time, or raise that timeout."
    ]
  }

  /// How the program at a port is told, to be pasted; nothing where the port tells none.
  private func program(_ port: UInt16, within limit: Int64) -> [String] {
    guard let advice = Advice.forServer(at: port) else { return [] }
    let values = Advice.Values(within: DurationText.seconds(limit))
    return style.wrapped(
      "Only the port, \(port), tells which program the server may be. For \(advice.program):", indent: 5)
      + advice.lines(values).map { "       " + $0 }
  }
}
