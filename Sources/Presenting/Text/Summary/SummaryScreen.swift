import Findings

/// The whole summary of a capture: everything where that has room, else what matters most.
public struct SummaryScreen {
  /// What programs saw takes at most this part of the room.
  private static let partOfPrograms = 5

  private let style: TextStyle
  private let zone: TimeZoneChoice
  private let isReplay: Bool
  /// `nil` where everything is asked for.
  private let room: ScreenRoom?

  /// A summary in a style, with times in a zone, in so much room, or however long it is; only of saved captures can more be asked.
  public init(style: TextStyle, zone: TimeZoneChoice, isReplay: Bool, room: ScreenRoom?) {
    self.style = style
    self.zone = zone
    self.isReplay = isReplay
    self.room = room
  }

  /// The lines of the summary.
  ///
  /// - Parameters:
  ///   - findings: what came of the capture.
  ///   - showsPrograms: whether it tells what programs saw, and has pictures of the worst connections.
  ///   - end: lines that stand below it in any case.
  /// - Returns: no more than there is room for.
  public func lines(_ findings: CaptureFindings, showsPrograms: Bool, end: [String]) -> [String] {
    let summary = CaptureSummaryText(
      style: style, zone: zone, isReplay: isReplay, listsAll: room == nil,
      path: findings.source.path)
    let head =
      summary.head(findings)
      + SharedCaptureText(
        names: findings.source.names, copies: findings.copiesAcrossFiles, style: style, listsAll: room == nil
      ).lines(findings.source.shared) + (findings.source.emptyFilter.map { [EmptyFilterText.line($0)] } ?? [])
    var programs =
      showsPrograms ? ApplicationText(style: style, zone: zone).lines(findings.programs).flatMap(style.fitted) : []
    var connections = summary.connections(findings.connections)
    let pictures = showsPrograms ? pictures(findings) : []
    guard let room else { return head + connections + programs + pictures.flatMap(\.self) + end }
    if room.count(head + connections + programs + end) > room.rows {
      programs = cut(programs, to: room.rows / Self.partOfPrograms, in: room)
      connections = summary.connections(
        findings.connections, in: room, atMost: room.rows - room.count(head + programs + end))
    }
    var free = room.rows - room.count(head + connections + programs + end)
    let shown = pictures.prefix { picture in
      free -= room.count(picture)
      return free >= 0
    }
    return head + connections + programs + shown.flatMap(\.self) + end
  }

  /// `lines`, or as many as `most` rows hold, and how to see the others.
  private func cut(_ lines: [String], to most: Int, in room: ScreenRoom) -> [String] {
    guard room.count(lines) > most else { return lines }
    var lines = lines
    let more = "        and more: --connection N shows those of one"
    while !lines.isEmpty, room.count(lines + [more]) > most { lines.removeLast() }
    return lines + [more]
  }

  private func pictures(_ findings: CaptureFindings) -> [[String]] {
    guard findings.events.count <= WorstLanes.keptEvents else { return [] }
    return WorstLanes(style: style, zone: zone).pictures(findings.connections, findings.stories)
  }
}
