import ApplicationLog
import Findings

/// What programs saw of their connections, as text.
public struct ApplicationText {
  /// Connections shown in the summary.
  private static let shown = 20

  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// Text in a style, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// That a log's clock disagrees with the packets'.
  public static func clock(_ disagreement: ClockDisagreement) -> String {
    let side = disagreement.ahead > 0 ? "ahead of" : "behind"
    let evidence = disagreement.evidence
    let amount = DurationText.text(nanoseconds: abs(disagreement.ahead))
    return "\(disagreement.log): its clock is at least \(amount) \(side) the packets' "
      + "(\(evidence.process): \(evidence.description)). No delays between calls and packets are told."
  }

  /// A call, and how long after the packet that decided it the program learned of the end: "recv() = -1 ETIMEDOUT, 0.2 ms after #11".
  public func call(_ joined: JoinedCall) -> String {
    let text = joined.call.description
    let coloured = joined.call.error == nil ? text : style.red(text)
    guard let learned = joined.learned else { return coloured }
    return coloured + ", \(DurationText.text(nanoseconds: learned.delay)) after #\(learned.frame.frame)"
  }

  /// For each connection with calls, what its programs learned of its end.
  public func lines(_ programs: ProgramFindings) -> [String] {
    let calls = programs.calls
    guard !calls.isEmpty else { return [] }
    let byConnection = Dictionary(grouping: calls.filter { $0.connection != nil }, by: { $0.connection ?? 0 })
    let apart = calls.filter { $0.connection == nil && !$0.call.isEvent }.count
    var head = "\(counted(calls.count, "call")), on \(counted(byConnection.count, "connection")) of the capture"
    if apart > 0 { head += "; \(counted(apart, "call")) on other sockets" }
    var lines = ["", style.bold("PROGRAMS") + "  \(head)"]
    let numbers = byConnection.keys.sorted { rank($0, programs) < rank($1, programs) }
    for number in numbers.prefix(Self.shown) {
      for (index, line) in connection(number, LoggedCalls.of(number, calls)).enumerated() {
        lines.append(index == 0 ? style.padLeft("\(number)", 6) + "  " + line : "        " + line)
      }
    }
    if numbers.count > Self.shown {
      lines.append("        and \(numbers.count - Self.shown) more: --connection N shows one")
    }
    return lines
  }

  private func rank(_ number: Int, _ programs: ProgramFindings) -> (Int, Int) {
    (programs.reports[number]?.verdict.rank ?? .max, number)
  }

  /// A line for each program: what told it of the end; or that nothing did, and its last call.
  private func connection(_ number: Int, _ calls: [JoinedCall]) -> [String] {
    let programs = Dictionary(grouping: calls, by: \.call.process)
    return programs.keys.sorted().map { program in
      let own = programs[program] ?? []
      let told = own.filter { $0.call.tellsOfTheEnd || $0.call.isEvent }
      guard !told.isEmpty else {
        guard let last = own.last else { return program }
        let time = ClockTime(last.call.time, zone).milliseconds
        return "\(program) learned of no end; its last call: \(last.call.description) at \(time)"
      }
      let shown = told.prefix(3).map { "\(call($0)) at \(ClockTime($0.call.time, zone).milliseconds)" }
      return "\(program): " + shown.joined(separator: "; then ")
    }
  }
}
