import Findings
import KernelView
import PacketWire

/// The screen that `live` keeps up to date on a terminal: connections, the worst first, and the picture of one.
public struct LiveScreenText {
  /// A connection on the screen.
  public struct Row: Sendable {
    let report: ConnectionReport
    /// What the kernel's table says of its ends that are this host's.
    let sockets: [SocketState]

    /// A row from its parts.
    public init(_ report: ConnectionReport, sockets: [SocketState]) {
      self.report = report
      self.sockets = sockets
    }
  }

  private let style: TextStyle
  private let zone: TimeZoneChoice

  /// A screen in a style, with times in a zone.
  public init(style: TextStyle, zone: TimeZoneChoice) {
    self.style = style
    self.zone = zone
  }

  /// The screen's lines, at most `height` of them.
  ///
  /// - Parameters:
  ///   - title: what is watched, and counts.
  ///   - rows: the connections, the worst first.
  ///   - selected: the number of the connection whose picture stands below; `nil` for none.
  ///   - picture: that picture's lines.
  ///   - message: the latest message.
  ///   - height: the terminal's rows.
  /// - Returns: lines without their ends, none longer than the terminal is wide.
  public func lines(
    title: String, rows: [Row], selected: Int?, picture: [String], message: String, height: Int
  ) -> [String] {
    let foot = [style.dim("↑ ↓ select   Enter time line   q or Ctrl-C end, with the summary"), message]
    let room = max(1, height - 3 - foot.count - (picture.isEmpty ? 0 : picture.count + 1))
    let position = rows.firstIndex { $0.report.number == selected } ?? 0
    let first = max(0, min(position - room / 2, rows.count - room))
    let shown = rows[first..<min(rows.count, first + room)]
    var lines = [style.bold(title), style.dim(heads)]
    lines += shown.map { line($0, isSelected: $0.report.number == selected) }
    if rows.count > shown.count { lines.append(style.dim("\(rows.count - shown.count) more")) }
    if !picture.isEmpty { lines += [""] + picture }
    return (lines + foot).prefix(height).map { cut(style.ascii($0)) }
  }

  private var heads: String {
    cells(["id", "client", "server", "verdict", "silence", "probes", "unanswered"]) + "this host's kernel"
  }

  private func cells(_ texts: [String]) -> String {
    let widths = [5, 22, 22, 11, 10, 7, 11]
    return style.padLeft(texts[0], widths[0]) + "  "
      + zip(texts, widths).dropFirst().map { style.pad($0, $1) }.joined()
  }

  private func line(_ row: Row, isSelected: Bool) -> String {
    let report = row.report
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let text =
      cells([
        "\(report.number)", report.clientAddress.description, report.serverAddress.description,
        style.coloured(report.verdict),
        report.silence.map { DurationText.text(max(0, $0)) } ?? "?", probes == 0 ? "–" : grouped(probes),
        probes == 0 ? "–" : grouped(report.probers.map(\.unanswered).max() ?? 0),
      ]) + kernel(row.sockets)
    return (isSelected ? style.bold("▶") : " ") + text.dropFirst()
  }

  /// What the kernel's timers say: "probe in 12 s".
  private func kernel(_ sockets: [SocketState]) -> String {
    guard let socket = sockets.first(where: { $0.timeLeft != nil }) ?? sockets.first else { return "" }
    guard let expires = socket.timeLeft else { return "\(socket.state), \(socket.timerName)" }
    let what = socket.timer == .keepalive ? "probe" : socket.timerName
    return "\(socket.state), \(what) in \(DurationText.text(expires))"
  }

  /// A line cut to the terminal's width; colour takes no width.
  private func cut(_ line: String) -> String {
    guard TextStyle.width(line) > style.columns else { return line }
    var result = ""
    var width = 0
    var isInEscape = false
    for character in line {
      if character == "\u{1b}" { isInEscape = true }
      if !isInEscape {
        if width == style.columns { continue }
        width += 1
      }
      result.append(character)
      if isInEscape, character == "m" { isInEscape = false }
    }
    return result
  }
}
