import Findings
import KernelView
import PacketWire

/// The screen that `live` keeps up to date on a terminal: a table of connections, and the picture of one.
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

  private static let keys =
    "↑↓←→ move  Enter picture  s sort  f show  / find  p pause  d dismiss  q end"

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
  ///   - heading: what is shown of it.
  ///   - rows: the connections, in their order.
  ///   - selected: the number of the connection whose picture stands below; `nil` for none.
  ///   - picture: that picture's lines.
  ///   - message: the latest message.
  ///   - shift: how many columns of the table have left the screen on its left.
  ///   - height: the terminal's rows.
  /// - Returns: lines without their ends, none longer than the terminal is wide; and how many of them are connections.
  public func screen(
    title: String, heading: String, rows: [Row], selected: Int?, picture: [String], message: String, shift: Int,
    height: Int
  ) -> (lines: [String], rows: Int) {
    // The title, the heading, the table's head, what is hidden above and below, the keys and the message.
    let room = max(1, height - 7 - (picture.isEmpty ? 0 : picture.count + 1))
    let position = rows.firstIndex { $0.report.number == selected } ?? 0
    let first = max(0, min(position - room / 2, rows.count - room))
    let shown = rows[first..<min(rows.count, first + room)]
    let below = rows.count - shown.endIndex
    var table = [style.dim(heads)] + shown.map { line($0, isSelected: $0.report.number == selected) }
    table = table.map { style.window(style.ascii($0), from: shift) }
    if first > 0 { table.insert(style.dim("▲ \(grouped(first)) above"), at: 1) }
    if below > 0 { table.append(style.dim("▼ \(grouped(below)) below")) }
    var lines = [style.bold(title), heading] + table
    if !picture.isEmpty { lines += [""] + picture }
    lines += [style.dim(Self.keys)] + (message.isEmpty ? [] : [message])
    return (lines.prefix(height).map { style.window(style.ascii($0), from: 0) }, shown.count)
  }

  private var heads: String {
    cells(["id", "verdict", "silence", "probes", "unanswered", "client", "server"]) + "this host's kernel"
  }

  /// What tells most stands first: a narrow terminal cuts the rest.
  private func cells(_ texts: [String]) -> String {
    let widths = [5, 11, 10, 7, 11, 22, 22]
    return style.padLeft(texts[0], widths[0]) + "  "
      + zip(texts, widths).dropFirst().map { style.pad($0, $1) }.joined()
  }

  private func line(_ row: Row, isSelected: Bool) -> String {
    let report = row.report
    let probes = report.probers.reduce(0) { $0 + $1.probes }
    let text =
      cells([
        "\(report.number)", style.coloured(report.verdict),
        report.silence.map { DurationText.text(max(0, $0)) } ?? "?", probes == 0 ? "–" : grouped(probes),
        probes == 0 ? "–" : grouped(report.probers.map(\.unanswered).max() ?? 0),
        report.clientAddress.description, report.serverAddress.description,
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
}
