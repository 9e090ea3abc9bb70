import Findings

/// What to paste where, so that dead peers are noticed in time.
struct AdviceText {
  let style: TextStyle

  /// Groups shown: who has more has many of one kind.
  private static let shown = 12

  /// What to do for some groups.
  func lines(_ groups: [AuditGroup], values: Advice.Values) -> [String] {
    guard !groups.isEmpty else { return [] }
    var lines = ["", style.bold("ADVICE: idle \(values.idle) s, interval \(values.interval) s, count \(values.count)")]
    for (fitting, groups) in alike(Array(groups.prefix(Self.shown))) {
      let names = groups.map { "\(AuditNames.group($0, style)), \(grouped($0.connections.count))" }
      lines += style.wrapped(names.joined(separator: "; ") + ":", indent: 2).map(style.bold)
      if fitting.isEmpty {
        lines.append(
          "    how this program is told is not known: its sockets need SO_KEEPALIVE and these times, by setsockopt(2);")
      }
      for advice in fitting.isEmpty ? [Advice.go] : fitting { lines += Self.text(advice, values, style) }
    }
    if groups.count > Self.shown { lines.append("  and \(grouped(groups.count - Self.shown)) more rows") }
    return lines + Self.text(Advice.system, values, style, indent: 2)
      + style.wrapped(
        "Then a dead peer is noticed after \(DurationText.text(Double(values.noticedAfter))), and no silence is longer than "
          + "\(AuditText.seconds(Double(values.idle))) and a timer's lateness.", indent: 2)
  }

  /// Groups by the advice that fits them, in the order of their first.
  private func alike(_ groups: [AuditGroup]) -> [(advice: [Advice], groups: [AuditGroup])] {
    var alike: [(advice: [Advice], groups: [AuditGroup])] = []
    for group in groups {
      let fitting = Advice.fitting(group)
      if let place = alike.firstIndex(where: { $0.advice.map(\.program) == fitting.map(\.program) }) {
        alike[place].groups.append(group)
      } else {
        alike.append((fitting, [group]))
      }
    }
    return alike
  }

  private static func text(
    _ advice: Advice, _ values: Advice.Values, _ style: TextStyle, indent: Int = 4
  ) -> [String] {
    let space = String(repeating: " ", count: indent)
    let remark = advice.remark.map { style.wrapped($0, indent: indent) } ?? []
    return ["\(space)\(advice.program) (\(advice.source)):"] + advice.lines(values).map { "\(space)    \($0)" } + remark
  }
}
