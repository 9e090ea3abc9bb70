import KeepaliveAnalysis
import PacketWire

/// What became of a connection, or of several, along the time of a capture.
public struct OverviewLine: Sendable {
  /// What a stretch of time was.
  public enum Phase: Int, Sendable, Comparable {
    /// Silence of which nobody knows what would have come: the capture ended, or shows one end only.
    case openSilence
    /// Silence after which a packet got through.
    case survivedSilence
    /// Silence that ended the connection, or may: no packet got through after it began.
    case lostSilence
    /// Something was sent, and nothing was seen to come back.
    case unacknowledged
    /// Data, or the connection's beginning or end, got through.
    case active

    /// Of two at one moment the greater is drawn.
    public static func < (one: Phase, other: Phase) -> Bool { one.rawValue < other.rawValue }
  }

  /// Something that happened at one moment.
  public enum Sign: Int, Sendable, CaseIterable, Comparable {
    case opened
    case answered
    case fin
    case windowProbe
    case unanswered
    case reset
    case giveUp

    /// Of two at one moment the greater is drawn.
    public static func < (one: Sign, other: Sign) -> Bool { one.rawValue < other.rawValue }
  }

  /// The stretches, in the order of time where they are of one connection.
  public private(set) var stretches: [(phase: Phase, time: ClosedRange<Int64>)] = []
  /// The marks.
  public private(set) var marks: [(sign: Sign, time: Int64)] = []

  /// From when on nothing got through; `nil` where the connection was not lost.
  let lostFrom: Int64?
  /// When something was first sent after that in vain.
  private(set) var firstInVain: Int64?

  /// The line of one connection.
  ///
  /// - Parameters:
  ///   - report: what became of it.
  ///   - activity: when something happened.
  ///   - next: when the next connection between the same ends began; else when the capture ended.
  ///   - captureEnd: when the capture ended.
  init(_ report: ConnectionReport, _ activity: CaptureActivity, before next: Int64, captureEnd: Int64) {
    let life = report.firstTime...max(report.firstTime, next)
    let probes = activity.probes(report.number)
    let spans = activity.spans(report.ends, within: life)
    lostFrom = Self.beginningOfLoss(report, captureEnd: captureEnd)
    let end = Self.end(report, probes, spans, captureEnd: captureEnd)
    addStretches(report, probes, spans, to: end)
    addMarks(report, probes)
  }

  /// The line of several connections together.
  init(_ lines: [OverviewLine]) {
    stretches = lines.flatMap(\.stretches)
    marks = lines.flatMap(\.marks)
    lostFrom = nil
  }

  private static func beginningOfLoss(_ report: ConnectionReport, captureEnd: Int64) -> Int64? {
    if let lost = report.lost, let time = lost.frame.time {
      return PacketTime.before(time, by: Int64(nanosecondsIn: lost.length))
    }
    guard let silence = report.silence else { return nil }
    switch report.verdict {
    case .dead:
      return report.deciding.time.map { PacketTime.before($0, by: Int64(nanosecondsIn: silence)) }
    case .unanswered, .stalled:
      return PacketTime.before(captureEnd, by: Int64(nanosecondsIn: silence))
    case .reset, .blocked, .unknown, .closed, .answered, .notProbed: return nil
    }
  }

  /// When its line ends: with the capture, or with the last that was seen of it after it ended.
  private static func end(
    _ report: ConnectionReport, _ probes: [CaptureActivity.Probe], _ spans: [ClosedRange<Int64>], captureEnd: Int64
  ) -> Int64 {
    guard report.verdict.isEnd, let time = report.deciding.time else { return captureEnd }
    return max(time, spans.last?.upperBound ?? time, probes.last?.time ?? time)
  }

  private mutating func addStretches(
    _ report: ConnectionReport, _ probes: [CaptureActivity.Probe], _ spans: [ClosedRange<Int64>], to end: Int64
  ) {
    // Double seconds tell a time to some hundred nanoseconds.
    let lost = lostFrom.map { $0 + 1_000_000 } ?? .max
    let answers = probes.filter { $0.outcome == .answered }.map { ($0.answeredAt ?? $0.time, $0.time, false) }
    let data = spans.map { ($0.lowerBound, $0.upperBound, true) }
    var reached = report.firstTime
    // Of what was sent to an end that was never heard, nothing shows that it got through.
    let isUnheard = report.unheard != nil
    for (from, to, isData) in (answers + data).sorted(by: { $0.0 < $1.0 }) {
      let gotThrough = from <= lost && !isUnheard
      if from > reached { add(isUnheard ? .openSilence : gotThrough ? .survivedSilence : .lostSilence, reached...from) }
      if isData { add(gotThrough ? .active : .unacknowledged, from...to) }
      if isData, from > lost { firstInVain = min(firstInVain ?? from, from) }
      reached = max(reached, to, from)
    }
    if let probe = probes.first(where: { $0.outcome == .unanswered && $0.time > lost }) {
      firstInVain = min(firstInVain ?? probe.time, probe.time)
    }
    guard end > reached else { return }
    let isLost = lostFrom != nil || report.verdict == .reset
    add(isLost ? .lostSilence : report.verdict.isEnd ? .survivedSilence : .openSilence, reached...end)
  }

  private mutating func add(_ phase: Phase, _ time: ClosedRange<Int64>) { stretches.append((phase, time)) }

  private mutating func addMarks(_ report: ConnectionReport, _ probes: [CaptureActivity.Probe]) {
    if report.clientIsCertain { marks.append((.opened, report.firstTime)) }
    for probe in probes {
      switch probe.outcome {
      case .answered: marks.append((.answered, probe.time))
      case .ofWindow: marks.append((.windowProbe, probe.time))
      case .unanswered, .refused: marks.append((.unanswered, probe.time))
      }
    }
    guard let time = report.deciding.time else { return }
    switch report.verdict {
    case .dead: marks.append((.giveUp, time))
    case .reset: marks.append((.reset, time))
    case .closed: marks.append((.fin, time))
    case .stalled, .blocked, .unanswered, .unknown, .answered, .notProbed: break
    }
  }
}

extension Verdict {
  /// Whether the connection has ended, or one direction of it.
  public var isEnd: Bool {
    switch self {
    case .dead, .reset, .closed: true
    case .stalled, .blocked, .unanswered, .unknown, .answered, .notProbed: false
    }
  }
}
