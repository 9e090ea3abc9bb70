import ApplicationLog

/// The rows of a story, of which those that say the same again are folded as they come: what is kept is what is printed.
struct FoldedRows {
  /// A row, or many that are told as one.
  private enum Entry {
    case row(ProgramRow)
    case fold(RowFold)
  }

  private var entries: [Entry] = []
  /// The latest call that is never folded, to know when the same comes again.
  private var latestDecisive: ProgramRow?

  /// Takes the next row.
  mutating func take(_ row: ProgramRow) {
    let isAgain = latestDecisive.map { row.repeats($0) } ?? false
    if row.kind == .call, row.call?.isDecisive ?? false { latestDecisive = row }
    if row.kind == .probe, row.probeNumber == 2 { unfoldLatestProbe() }
    guard row.isFoldable || isAgain else { return entries.append(.row(row)) }
    if case .fold(var fold)? = entries.last {
      // Taken out first, it is changed where it lies.
      entries.removeLast()
      fold.take(row)
      entries.append(.fold(fold))
    } else {
      entries.append(.fold(RowFold(row)))
    }
  }

  /// The probe before the second of a run had no answer that was accepted, though one was captured.
  private mutating func unfoldLatestProbe() {
    guard let index = entries.lastIndex(where: { if case .fold = $0 { true } else { false } }),
      case .fold(var fold) = entries[index]
    else { return }
    fold.unfoldLatestProbe()
    entries[index] = .fold(fold)
  }

  /// The lines, as `timeline` writes them.
  func lines(_ timeline: ProgramTimeline, _ style: TextStyle) -> [String] {
    entries.flatMap { entry in
      switch entry {
      case .row(let row): [timeline.line(row)]
      case .fold(let fold): fold.lines(timeline, style)
      }
    }
  }
}

/// Rows in a row that may be folded: the first few, the last, and counts of what lies between.
struct RowFold {
  /// So many rows are shown before what is folded.
  private static let shownFirst = 3
  /// Fewer rows than this are not worth folding.
  private static let fewest = 3

  private var first: [ProgramRow]
  /// The rows between, while they are too few to be folded.
  private var between: [ProgramRow] = []
  private var last: ProgramRow?
  /// The latest probe among those that are counted, and those that turned out to be not for folding.
  private var latestProbe: ProgramRow?
  private var unfolded: [ProgramRow] = []
  private var counts = RowCounts()

  /// One row.
  init(_ row: ProgramRow) { first = [row] }

  /// Takes the next row.
  mutating func take(_ row: ProgramRow) {
    guard first.count == Self.shownFirst else { return first.append(row) }
    if let last {
      counts.take(last)
      if last.kind == .probe { latestProbe = last }
      if between.count < Self.fewest { between.append(last) }
    }
    last = row
  }

  /// Shows the latest probe, where it is counted only.
  mutating func unfoldLatestProbe() {
    guard let probe = latestProbe, last?.kind != .probe else { return }
    unfolded.append(probe)
    counts.removeProbe()
    latestProbe = nil
  }

  /// The lines, as `timeline` writes them.
  func lines(_ timeline: ProgramTimeline, _ style: TextStyle) -> [String] {
    let middle =
      counts.rows + unfolded.count < Self.fewest
      ? between.map(timeline.line)
      : [
        timeline.line(
          at: counts.firstTime,
          "  \(style.dots) until \(timeline.seconds(counts.lastTime))" + counts.calls, counts.packets(style),
          counts.frames)
      ] + unfolded.map(timeline.line)
    return first.map(timeline.line) + middle + (last.map { [timeline.line($0)] } ?? [])
  }
}

/// What folded rows come to.
struct RowCounts {
  private(set) var rows = 0
  private(set) var firstTime: Int64 = 0
  private(set) var lastTime: Int64 = 0
  private var byCall: [String: Int] = [:]
  private var failuresForNow = 0
  private var probes = 0
  private var windowProbes = 0
  private var data = 0
  private var delays: ClosedRange<Double>?
  private var firstFrame: Int?
  private var lastFrame: Int?

  /// Counts a row.
  mutating func take(_ row: ProgramRow) {
    if rows == 0 { firstTime = row.time }
    lastTime = row.time
    rows += 1
    if let call = row.call {
      byCall[call.call, default: 0] += 1
      if call.failsForNow { failuresForNow += 1 }
    }
    switch row.kind {
    case .probe: probes += 1
    case .windowProbe: windowProbes += 1
    case .packets where row.octets > 0: data += 1
    default: break
    }
    if let delay = row.answer?.delay {
      delays = delays.map { min($0.lowerBound, delay)...max($0.upperBound, delay) } ?? delay...delay
    }
    firstFrame = firstFrame ?? row.frames.first
    lastFrame = row.frames.last ?? lastFrame
  }

  /// Takes a probe out again.
  mutating func removeProbe() {
    rows -= 1
    probes -= 1
  }

  /// ": send ×20, recv ×20, 3 failed for now"; nothing where there is no call.
  var calls: String {
    guard !byCall.isEmpty else { return "" }
    var parts = byCall.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) ×\(grouped($0.value))" }
    if failuresForNow > 0 { parts.append("\(grouped(failuresForNow)) failed for now") }
    return ": " + parts.joined(separator: ", ")
  }

  /// "38 probes, answered after 11 to 21 µs; 40 × data".
  func packets(_ style: TextStyle) -> String {
    var parts: [String] = []
    if probes > 0 {
      let bounds = delays.map { [$0.lowerBound, $0.upperBound].map(DurationText.text) } ?? []
      let range =
        bounds.isEmpty ? "" : " after " + (bounds[0] == bounds[1] ? bounds[0] : bounds.joined(separator: " to "))
      parts.append("\(style.diamond) \(counted(probes, "probe")) answered\(range)")
    }
    if windowProbes > 0 { parts.append(counted(windowProbes, "window probe")) }
    if data > 0 { parts.append("data \(grouped(data)) times") }
    return parts.joined(separator: ", ")
  }

  /// "8…121".
  var frames: String {
    guard let firstFrame, let lastFrame else { return "" }
    return "\(firstFrame)…\(lastFrame)"
  }
}
