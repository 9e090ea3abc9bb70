import Findings
import FoundationEssentials

/// A whole capture as one page that loads nothing from elsewhere: its summary, and its connections in a table that can be sorted
/// and filtered, each with its figure.
public struct CapturePage {
  /// A row of the table, as the page's script takes it.
  private struct Row: Encodable {
    let id: Int
    let client: String
    let server: String
    let verdict: String
    let rank: Int
    let heard: String
    let silence: Double?
    let silenceText: String
    let probes: Int
    let unanswered: Int
    let reason: String
    let evidence: [String]
    /// `nil` where the page has no room for it.
    let figure: String?
  }

  /// So many connections are listed, the worst first: a browser keeps them all in memory.
  public static let mostRows = 100_000
  /// When so many octets of figures are drawn, no more are: Chromium opens 43 MB in 2 s (measured).
  var mostFigureOctets = 64 << 20
  var mostListed = mostRows

  private let zone: TimeZoneChoice

  /// A page with times in a zone.
  public init(zone: TimeZoneChoice) { self.zone = zone }

  /// The page's text.
  ///
  /// - Parameters:
  ///   - overview: the whole at one look; `nil` where there is nothing to see.
  ///   - title: the capture's name.
  ///   - head: lines about the capture.
  ///   - explanations: lines about what may explain lost connections.
  ///   - reports: the connections to list.
  ///   - figure: draws a connection.
  /// - Returns: HTML.
  public func page(
    overview: Overview?, title: String, head: [String], explanations: [String], reports: [ConnectionReport],
    figure: (ConnectionReport) -> ConnectionFigure
  ) -> String {
    var room = mostFigureOctets
    let rows = reports.worstFirst.prefix(mostListed).map { report in
      guard room > 0 else { return row(report, nil) }
      let row = row(report, figure(report))
      room -= row.figure?.utf8.count ?? 0
      return row
    }
    let head = head + leftOut(rows, of: reports.count)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and finite numbers can always be encoded.
    let data = (try? encoder.encode(rows)) ?? Data("[]".utf8)
    let name = MarkupText.escaped(title)
    let verdicts = Verdict.allCases.filter { verdict in rows.contains { $0.verdict == verdict.rawValue } }
    let choices = verdicts.map { verdict in
      let count = rows.count { $0.verdict == verdict.rawValue }
      return
        "<label><input type=\"checkbox\" name=\"verdict\" value=\"\(verdict.rawValue)\" checked> \(verdict.rawValue) (\(count))</label>"
    }
    let why =
      explanations.isEmpty
      ? "" : "<h2>What may explain it</h2><pre>\(MarkupText.escaped(explanations.joined(separator: "\n")))</pre>"
    let picture =
      overview.map { overview in
        let element = OverviewSVG(zone: zone, hasLinks: true).element(overview, title: title)
        return "<section id=\"overview\" aria-label=\"The whole capture\">\(element)</section>"
      } ?? ""
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>\(name): keepwatch</title>
      <style>\(FigureSVG.style)\(EmbeddedText.of(PackageResources.page_css))</style>
      </head>
      <body>
      <header><h1>\(name)</h1><p>\(MarkupText.escaped(head.joined(separator: " ")))</p>\(picture)\(why)</header>
      <main>
      <form id="filter" aria-label="Filter the connections">
      <label>Address, verdict or words <input type="search" id="words" autocomplete="off"></label>
      <fieldset><legend>Verdicts</legend>\(choices.joined(separator: "\n"))</fieldset>
      <output id="shown" aria-live="polite"></output>
      </form>
      <section id="detail" aria-label="The selected connection" tabindex="-1"><p>Select a connection in the table: its time line appears here.</p></section>
      <table>
      <thead><tr></tr></thead>
      <tbody id="connections"></tbody>
      </table>
      <button type="button" id="rest" hidden></button>
      </main>
      <script type="application/json" id="data">\(MarkupText.scriptSafe(data))</script>
      <script>\(EmbeddedText.of(PackageResources.page_js))</script>
      </body>
      </html>

      """
  }

  /// What the page had no room for.
  private func leftOut(_ rows: [Row], of connections: Int) -> [String] {
    let withoutFigure = rows.count { $0.figure == nil }
    var lines: [String] = []
    if connections > rows.count {
      lines.append(
        "This page lists the \(grouped(rows.count)) connections that fared worst of the \(grouped(connections)) with something to tell."
      )
    }
    if withoutFigure > 0 {
      lines.append(
        "It has no room for the figures of \(counted(withoutFigure, "connection")), those that fared best: --connection and --svg draw one."
      )
    }
    return lines
  }

  private func row(_ report: ConnectionReport, _ figure: ConnectionFigure?) -> Row {
    let silence = report.silence.map { (report.silenceIsAtLeast ? "≥ " : "") + DurationText.text($0) } ?? "?"
    return Row(
      id: report.number, client: report.clientAddress.description, server: report.serverAddress.description,
      verdict: report.verdict.rawValue, rank: report.verdict.rank,
      heard: report.lastHeard.map { ClockTime($0, zone).time } ?? (report.hasTimes ? "before" : "?"),
      silence: report.silence,
      silenceText: silence, probes: report.probers.reduce(0) { $0 + $1.probes },
      unanswered: report.probers.map(\.unanswered).max() ?? 0, reason: VerdictText.reason(report),
      evidence: evidence(report, figure), figure: figure.map(FigureSVG(zone: zone).element))
  }

  /// What the verdict rests on, in lines.
  private func evidence(_ report: ConnectionReport, _ figure: ConnectionFigure?) -> [String] {
    var lines = ["Decided by frame #\(report.deciding.frame)"]
    if figure == nil {
      lines.append(
        "The page has no room for its figure: keepwatch replay … --connection \(report.number) --svg … draws it")
    }
    lines += report.probers.map { SettingsText.line($0, of: report) }
    if report.hasGaps { lines.append("The capture misses packets of this connection") }
    if let figure, figure.leftOut > 0 { lines.append("\(figure.leftOut) marks had no room in the figure") }
    let ends = [report.clientAddress, report.serverAddress]
    lines.append(
      "Wireshark: \(ends[0].address.isIPv4 ? "ip" : "ipv6").addr==\(ends[0].address) && tcp.port==\(ends[0].port) && tcp.port==\(ends[1].port)"
    )
    return lines
  }
}
