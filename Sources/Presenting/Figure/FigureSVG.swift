import Findings

/// A connection's figure as SVG: lanes over one time axis, with a title, a legend, and words that tell the same.
///
/// It stands alone in a document, in print and in the dark; what matters is told by shape and words as well as by colour (the
/// colours are Okabe and Ito's, which the colour-blind can tell apart).
public struct FigureSVG {
  private static let width = 960.0
  private static let left = 190.0
  private static let right = 40.0
  private static let laneHeight = 56.0
  private static let top = 92.0

  private let zone: TimeZoneChoice

  /// Figures with times in a zone.
  public init(zone: TimeZoneChoice) { self.zone = zone }

  /// A document of its own: one figure, or several below each other.
  public func document(_ figures: [ConnectionFigure]) -> String {
    SVG.document(figures.map { (element($0), height($0)) }, width: Self.width)
  }

  private func height(_ figure: ConnectionFigure) -> Double {
    bottom(figure) + 96 + Double(wrapped(VerdictText.reason(figure.report)).count) * 17
  }

  private func bottom(_ figure: ConnectionFigure) -> Double {
    Self.top + Double(figure.lanes.count - 1) * Self.laneHeight
  }

  /// The figure as one SVG element, for a document or a page that has `style`.
  public func element(_ figure: ConnectionFigure) -> String {
    let lanes = figure.lanes
    let axis = FoldedAxis(
      figure.marks.flatMap { [$0.time, $0.until] + ($0.answered.map { [$0] } ?? []) },
      width: Self.width - Self.left - Self.right, apart: 9)
    let bottom = bottom(figure)
    let size = "\(n(Self.width)) \(n(height(figure)))"
    let reason = wrapped(VerdictText.reason(figure.report))
    let number = figure.report.number
    var parts = [
      "<svg class=\"keepwatch\" width=\"\(n(Self.width))\" height=\"\(n(height(figure)))\" viewBox=\"0 0 \(size)\" role=\"img\" aria-labelledby=\"title\(number) words\(number)\">",
      "<title id=\"title\(number)\">\(e(figure.title)): \(figure.report.verdict.rawValue)</title>",
      "<desc id=\"words\(number)\">\(e(VerdictText.reason(figure.report)))</desc>",
    ]
    parts.append(
      "<text class=\"heading\" x=\"16\" y=\"26\">\(e(figure.title)): <tspan class=\"verdict\">"
        + "\(figure.report.verdict.rawValue.uppercased())</tspan></text>")
    parts += silence(figure, axis)
    for (index, lane) in lanes.enumerated() {
      let y = Self.top + Double(index) * Self.laneHeight
      parts.append(
        "<line class=\"lane\" x1=\"\(n(Self.left))\" y1=\"\(n(y))\" x2=\"\(n(Self.width - Self.right))\" y2=\"\(n(y))\"/>"
      )
      parts.append("<text class=\"name\" x=\"16\" y=\"\(n(y + 4))\">\(e(lane.name))</text>")
    }
    parts += folds(axis, bottom)
    for mark in figure.marks { parts.append(self.mark(mark, figure, axis, lanes)) }
    parts += timeAxis(figure, axis, bottom + 34)
    parts += legend(figure, y: bottom + 70)
    for (index, line) in reason.enumerated() {
      parts.append("<text class=\"words\" x=\"16\" y=\"\(n(bottom + 94 + Double(index) * 17))\">\(e(line))</text>")
    }
    return parts.joined(separator: "\n") + "\n</svg>"
  }

  // MARK: Parts

  private func silence(_ figure: ConnectionFigure, _ axis: FoldedAxis) -> [String] {
    guard let silence = figure.silence else { return [] }
    let (from, to) = (x(axis, silence.from), x(axis, silence.to))
    let middle = min(max((from + to) / 2, Self.left + 60), Self.width - Self.right - 60)
    return [
      "<path class=\"silence\" data-seconds=\"\(figure.report.silence ?? 0)\" d=\"M\(n(from)) 66v-8H\(n(to))v8\"/>",
      "<text class=\"silence\" x=\"\(n(middle))\" y=\"52\">\(e(silence.text))</text>",
    ]
  }

  private func folds(_ axis: FoldedAxis, _ bottom: Double) -> [String] {
    axis.folds.flatMap { fold -> [String] in
      let middle = Self.left + (fold.range.lowerBound + fold.range.upperBound) / 2
      return [
        "<path class=\"fold\" d=\"M\(n(middle - 3)) \(n(Self.top - 14))l-4 10 8 8-8 8 4 \(n(bottom - Self.top))\"/>",
        "<text class=\"gap\" x=\"\(n(middle))\" y=\"\(n(bottom + 18))\">\(DurationText.text(nanoseconds: fold.length)), folded</text>",
      ]
    }
  }

  private func mark(
    _ mark: ConnectionFigure.Mark, _ figure: ConnectionFigure, _ axis: FoldedAxis,
    _ lanes: [(name: String, side: Side, isProgram: Bool)]
  ) -> String {
    let at = x(axis, mark.time)
    let lane = lanes.firstIndex { $0.side == mark.side && $0.isProgram == (mark.kind == .call) } ?? 0
    let y = Self.top + Double(lane) * Self.laneHeight
    let peer = Self.top + Double(lanes.firstIndex { $0.side == mark.side.peer && !$0.isProgram } ?? 0) * Self.laneHeight
    let time = ClockTime(mark.time, zone).milliseconds
    // Words stand beside the first call of a program that tells it of the end; the others have theirs when pointed at.
    let isFirst = figure.marks.first { $0.kind == .call && $0.isFailure && $0.side == mark.side }?.time == mark.time
    let fields = mark.count == 1 ? mark.fields.map { ", \($0)" } ?? "" : ""
    let words = "\(mark.text)\(mark.frame.map { mark.count == 1 ? ", #\($0)" : "" } ?? ""), \(time)\(fields)"
    let classes =
      "mark \(mark.kind.rawValue)" + (mark.isFailure ? " failure" : "")
      + (mark.kind != .probe || mark.isFailure ? "" : mark.answered == nil ? " unanswered" : " answered")
    return "<g class=\"\(classes)\" tabindex=\"0\" role=\"img\" aria-label=\"\(e(words))\" data-x=\"\(n(at))\" "
      + "data-time=\"\(mark.time)\"\(mark.frame.map { " data-frame=\"\($0)\"" } ?? "")><title>\(e(words))</title>"
      + shape(mark, at, y, peer, until: x(axis, mark.until), isFirst: isFirst) + "</g>"
  }

  private func shape(
    _ mark: ConnectionFigure.Mark, _ x: Double, _ y: Double, _ peer: Double, until: Double, isFirst: Bool
  ) -> String {
    let direction = peer > y ? 1.0 : -1.0
    let reach = peer - direction * 6
    switch mark.kind {
    case .open:
      return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(reach))\"/><circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"4\"/>"
    case .data:
      guard mark.count == 1 else {
        return
          "<rect x=\"\(n(x))\" y=\"\(n(min(y, peer)))\" width=\"\(n(max(4, until - x)))\" height=\"\(n(abs(peer - y)))\"/>"
      }
      return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(reach))\"/>" + arrow(x, reach, direction)
    case .probe:
      let arrived = mark.answered != nil || mark.isFailure
      let end = arrived ? reach : y + (peer - y) * 0.62
      let tip = arrived ? arrow(x, reach, direction) : cross(x, end, 4)
      return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(end))\"/>" + tip + diamond(x, y)
    case .answeredProbes:
      return "<rect x=\"\(n(x))\" y=\"\(n(y - 5))\" width=\"\(n(max(8, until - x)))\" height=\"10\" rx=\"5\"/>"
        + "<text class=\"count\" x=\"\(n((x + until) / 2))\" y=\"\(n(y - 10))\">\(mark.count)</text>" + diamond(x, y)
        + diamond(until, y)
    case .windowProbe: return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(reach))\"/>" + triangle(x, y)
    case .giveUp, .reset:
      return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(reach))\"/>" + arrow(x, reach, direction) + cross(x, y, 7)
    case .fin:
      return "<path class=\"wire\" d=\"M\(n(x)) \(n(y))V\(n(reach))\"/>" + arrow(x, reach, direction)
        + "<rect x=\"\(n(x - 5))\" y=\"\(n(y - 5))\" width=\"10\" height=\"10\"/>"
    case .call:
      return mark.isFailure
        ? cross(x, y, 5) + (isFirst ? label(mark, x, y) : "") : "<path class=\"tick\" d=\"M\(n(x)) \(n(y - 6))v12\"/>"
    case .end: return "<path class=\"wire\" d=\"M\(n(x)) \(n(Self.top - 16))V\(n(max(y, peer) + 12))\"/>"
    }
  }

  /// The words beside a call that tells of the end, on the side where there is room.
  private func label(_ mark: ConnectionFigure.Mark, _ x: Double, _ y: Double) -> String {
    let isLeft = x > Self.width / 2
    return
      "<text class=\"label\" x=\"\(n(isLeft ? x - 9 : x + 9))\" y=\"\(n(y - 8))\" text-anchor=\"\(isLeft ? "end" : "start")\">"
      + "\(e(mark.text))</text>"
  }

  private func timeAxis(_ figure: ConnectionFigure, _ axis: FoldedAxis, _ y: Double) -> [String] {
    guard let first = figure.marks.first?.time, let last = figure.marks.last?.until else { return [] }
    var parts = [
      "<line class=\"axis\" x1=\"\(n(Self.left))\" y1=\"\(n(y))\" x2=\"\(n(Self.width - Self.right))\" y2=\"\(n(y))\"/>"
    ]
    // Times where something happens, as long as their texts have room; the end always.
    var free = Self.left - 1000
    let candidates = figure.marks.map(\.time).filter { x(axis, $0) < x(axis, last) - 76 } + [last]
    for time in candidates where x(axis, time) >= free {
      let at = x(axis, time)
      free = at + 76
      parts.append("<path class=\"axis\" d=\"M\(n(at)) \(n(y))v5\"/>")
      parts.append(
        "<text class=\"time\" x=\"\(n(at))\" y=\"\(n(y + 17))\">\(time == first ? ClockTime(time, zone).time : "+" + DurationText.text(nanoseconds: time - first))</text>"
      )
    }
    let clock = ClockTime(first, zone)
    parts.append("<text class=\"name\" x=\"16\" y=\"\(n(y + 17))\">time, \(clock.date) \(e(clock.zone))</text>")
    return parts
  }

  private func legend(_ figure: ConnectionFigure, y: Double) -> [String] {
    let present = Set(figure.marks.map(\.kind))
    var entries: [(classes: String, shape: (Double) -> String, text: String)] = []
    if present.contains(.open) {
      entries.append(("open", { "<circle cx=\"\(n($0))\" cy=\"\(n(y))\" r=\"4\"/>" }, "SYN"))
    }
    if present.contains(.probe) || present.contains(.answeredProbes) {
      if present.contains(.answeredProbes) || figure.marks.contains(where: { $0.kind == .probe && $0.answered != nil })
      {
        entries.append(("probe answered", { diamond($0, y) }, "probe, answered"))
      }
      if figure.marks.contains(where: { $0.kind == .probe && $0.answered == nil && !$0.isFailure }) {
        entries.append(("probe unanswered", { diamond($0, y) }, "probe, no answer"))
      }
    }
    if present.contains(.windowProbe) { entries.append(("window-probe", { triangle($0, y) }, "window probe")) }
    if present.contains(.data) {
      entries.append(("data", { "<path class=\"wire\" d=\"M\(n($0)) \(n(y - 7))v14\"/>" }, "data"))
    }
    if present.contains(.giveUp) || present.contains(.reset) {
      entries.append(("reset failure", { cross($0, y, 6) }, "reset"))
    }
    if present.contains(.fin) {
      entries.append(("fin", { "<rect x=\"\(n($0 - 5))\" y=\"\(n(y - 5))\" width=\"10\" height=\"10\"/>" }, "FIN"))
    }
    if present.contains(.call) {
      entries.append(("call", { "<path class=\"tick\" d=\"M\(n($0)) \(n(y - 6))v12\"/>" }, "program's call"))
    }
    if figure.marks.contains(where: { $0.kind == .call && $0.isFailure }) {
      entries.append(("call failure", { cross($0, y, 5) }, "call that tells of the end"))
    }
    var x = 22.0
    return entries.map { entry in
      defer { x += 34 + Double(entry.text.count) * 6.6 }
      return
        "<g class=\"\(entry.classes)\">\(entry.shape(x))</g><text class=\"legend\" x=\"\(n(x + 11))\" y=\"\(n(y + 4))\">\(entry.text)</text>"
    }
  }

  // MARK: Shapes

  private func x(_ axis: FoldedAxis, _ time: Int64) -> Double { Self.left + axis.position(time) }

  private func diamond(_ x: Double, _ y: Double) -> String { SVG.diamond(x, y, 7) }

  private func triangle(_ x: Double, _ y: Double) -> String { SVG.triangle(x, y, 7) }

  private func cross(_ x: Double, _ y: Double, _ size: Double) -> String { SVG.cross(x, y, size) }

  private func arrow(_ x: Double, _ y: Double, _ direction: Double) -> String {
    "<path d=\"M\(n(x)) \(n(y + direction * 5))l-3 \(n(-direction * 6))h6z\"/>"
  }

  private func n(_ value: Double) -> String { SVG.number(value) }

  private func e(_ text: String) -> String { MarkupText.escaped(text) }

  /// Text in lines as long as the picture is wide.
  private func wrapped(_ text: String) -> [String] {
    var style = TextStyle(hasColour: false, isASCII: false)
    style.columns = 128
    return style.wrapped(text, indent: 0)
  }

  /// The style of a figure, for light and dark: colours by Okabe and Ito.
  public static let style = EmbeddedText.of(PackageResources.figure_css)
}
