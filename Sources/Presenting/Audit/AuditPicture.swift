import Findings

/// Each group's time to notice a dead peer on one axis, the limits of boxes on the path as lines.
struct AuditPicture {
  /// Rows shown.
  private static let shown = 16
  /// The axis: from a second to beyond two hours, by logarithm.
  private static let axis: ClosedRange<Double> = 1...20_000
  private static let ticks: [(seconds: Double, label: String)] = [
    (1, "1 s"), (10, "10 s"), (60, "1m"), (300, "5m"), (900, "15m"), (3600, "1h"), (7875, "2h 11m"),
  ]
  private static let width = 60

  let style: TextStyle

  /// The picture of an audit's groups, the worst first.
  func lines(_ groups: [AuditGroup], thresholds: [PathThreshold]) -> [String] {
    guard !groups.isEmpty else { return [] }
    let boxes = (thresholds.isEmpty ? PathThreshold.common : thresholds).filter { !$0.closes }
    let limits = Set(boxes.map { Self.column($0.seconds) })
    let rows = groups.prefix(Self.shown).map { group in
      "  \(bar(group, limits)) \(AuditNames.group(group, style)), \(grouped(group.connections.count))"
    }
    let more = groups.count > Self.shown ? ["  and \(grouped(groups.count - Self.shown)) more rows"] : []
    return ["", style.bold("WHEN A DEAD PEER IS NOTICED")] + [scale()] + rows + more + legend(boxes)
  }

  private static func column(_ seconds: Double) -> Int {
    let place =
      (logarithm(seconds) - logarithm(axis.lowerBound)) / (logarithm(axis.upperBound) - logarithm(axis.lowerBound))
    return max(0, min(width - 1, Int((place * Double(width - 1)).rounded())))
  }

  /// The binary logarithm, near enough for a column.
  private static func logarithm(_ value: Double) -> Double { Double(value.exponent) + value.significand - 1 }

  private func bar(_ group: AuditGroup, _ limits: Set<Int>) -> String {
    let end: Int
    let mark: String
    switch group.notice {
    case .never: (end, mark) = (Self.width - 1, style.right)
    case .after(let seconds): (end, mark) = (Self.column(seconds), style.diamond)
    case .notBefore(let seconds): (end, mark) = (Self.column(seconds), "?")
    case .unknown: (end, mark) = (0, "?")
    }
    let cells = (0..<Self.width).map { column in
      if column == end { return mark }
      if limits.contains(column) { return "│" }
      return column < end ? "─" : " "
    }
    return cells.joined()
  }

  private func scale() -> String {
    var text = [Character](repeating: " ", count: Self.width + 8)
    for tick in Self.ticks {
      for (offset, character) in tick.label.enumerated() { text[Self.column(tick.seconds) + offset] = character }
    }
    return "  " + String(text)
  }

  private func legend(_ boxes: [PathThreshold]) -> [String] {
    let times = Dictionary(grouping: boxes, by: \.seconds).sorted { $0.key < $1.key }
    let parts = times.map { seconds, boxes in
      let others = boxes.count > 1 ? " and \(counted(boxes.count - 1, "other"))" : ""
      return "\(DurationText.text(seconds)) \(boxes.first?.name ?? "as asked")\(others)"
    }
    return style.wrapped("│ forgets idle connections: \(parts.joined(separator: ", "))", indent: 2)
  }
}
