import Findings
import KeepaliveAnalysis
import Presenting
import SystemCalls

/// What a user has made of the screen with its keys: the order, what is shown, what is selected, what was put aside.
struct ScreenView {
  /// What stands first.
  enum Order: String, CaseIterable {
    case wrongNow = "what is wrong now"
    case silence = "the longest silence"
    case newest = "the newest connection"
    case client = "the client's address"
  }

  /// Which connections are shown.
  enum Choice: String, CaseIterable {
    case all = "all"
    case wrong = "what is wrong, or went wrong"
    case probed = "what was probed"
  }

  /// Connections that ended as they should are shown for so many nanoseconds more.
  private static let afterglow: Int64 = 30_000_000_000
  /// So far one key moves the picture sideways, in columns.
  private static let sideStep = 16

  private(set) var order = Order.wrongNow
  private(set) var choice = Choice.all
  private(set) var words = ""
  /// Whether words are being written.
  private(set) var isWriting = false
  private(set) var isPaused = false
  private(set) var showsPicture = false
  private(set) var selected: Int?
  /// The columns that have left the screen on its left.
  private(set) var shift = 0
  /// Connections that were put aside.
  private(set) var dismissed: Set<Int> = []
  /// The connections shown, as they stand.
  private var shown: [ConnectionReport] = []
  /// How many rows of them there is room for.
  var page = 10

  /// What a key asks for.
  enum Answer {
    case draw
    case end
  }

  /// Takes a key.
  mutating func take(_ key: TerminalScreen.Key) -> Answer {
    if isWriting {
      write(key)
      return .draw
    }
    switch key {
    case .character("q"): return .end
    case .up, .character("k"): move(by: -1)
    case .down, .character("j"): move(by: 1)
    case .pageUp: move(by: -page)
    case .pageDown: move(by: page)
    case .home: selected = shown.first?.number
    case .end: selected = shown.last?.number
    case .left: shift = max(0, shift - Self.sideStep)
    case .right: shift += Self.sideStep
    case .enter, .character(" "): showsPicture.toggle()
    case .character("s"): order = Self.next(order)
    case .character("f"): choice = Self.next(choice)
    case .character("/"): (isWriting, words) = (true, "")
    case .character("p"): isPaused.toggle()
    case .character("d"): dismiss()
    case .escape: (words, choice) = ("", .all)
    case .backspace, .character: break
    }
    return .draw
  }

  private mutating func write(_ key: TerminalScreen.Key) {
    switch key {
    case .character(let character): words.append(character)
    case .backspace: words = String(words.dropLast())
    case .enter: isWriting = false
    case .escape: (isWriting, words) = (false, "")
    case .up, .down, .left, .right, .pageUp, .pageDown, .home, .end: break
    }
  }

  private static func next<Value: CaseIterable & Equatable>(_ value: Value) -> Value {
    let all = Array(Value.allCases)
    let place = all.firstIndex(of: value) ?? 0
    return all[(place + 1) % all.count]
  }

  private mutating func move(by step: Int) {
    guard let position = selected.flatMap({ number in shown.firstIndex { $0.number == number } }) else {
      selected = step < 0 ? shown.last?.number : shown.first?.number
      return
    }
    selected = shown[max(0, min(shown.count - 1, position + step))].number
  }

  /// Puts the selected connection aside, where it has ended; what goes on cannot be.
  private mutating func dismiss() {
    guard let position = shown.firstIndex(where: { $0.number == selected }), shown[position].verdict.isEnd else {
      return
    }
    dismissed.insert(shown[position].number)
    shown.remove(at: position)
    selected = shown.isEmpty ? nil : shown[min(position, shown.count - 1)].number
  }

  /// The connections that are shown, in their order.
  mutating func rows(_ reports: [ConnectionReport], at time: Int64) -> [ConnectionReport] {
    let wanted = words.lowercased()
    shown = reports.filter { report in
      isShown(report, at: time)
        && (wanted.isEmpty
          || "\(report.clientAddress) \(report.serverAddress) \(report.verdict.rawValue)".contains(wanted))
    }
    .sorted(by: isBefore)
    return shown
  }

  private func isShown(_ report: ConnectionReport, at time: Int64) -> Bool {
    guard !dismissed.contains(report.number) else { return false }
    // A loss stays until it was seen; what ended as it should goes.
    if report.verdict.isEnd, !Self.isLoss(report), let end = report.deciding.time, time - end > Self.afterglow {
      return false
    }
    return switch choice {
    case .all: true
    case .wrong: Notability.isVictim(report) && (!report.verdict.isEnd || Self.isLoss(report))
    case .probed: !report.probers.isEmpty
    }
  }

  /// Whether a connection ended in a way that somebody may want to know of.
  static func isLoss(_ report: ConnectionReport) -> Bool {
    report.verdict == .dead || report.verdict == .reset && (!report.probers.isEmpty || report.lost != nil)
  }

  private func isBefore(_ one: ConnectionReport, _ other: ConnectionReport) -> Bool {
    switch order {
    case .wrongNow:
      let (first, second) = (Self.urgency(one), Self.urgency(other))
      return (first.0, first.1, one.number) < (second.0, second.1, other.number)
    case .silence: return (-(one.silence ?? -1), one.number) < (-(other.silence ?? -1), other.number)
    case .newest: return one.number > other.number
    case .client:
      return (one.clientAddress.description, one.number) < (other.clientAddress.description, other.number)
    }
  }

  /// What goes wrong now, the longest silence first; then what was lost, the latest first; then the rest.
  private static func urgency(_ report: ConnectionReport) -> (Int, Double) {
    if isLoss(report) { return (1, -Double(report.deciding.time ?? 0)) }
    switch report.verdict {
    case .unanswered, .stalled, .blocked: return (0, -(report.silence ?? 0))
    case .unknown: return (2, 0)
    case .answered: return (3, 0)
    case .notProbed: return (4, -(report.silence ?? 0))
    case .dead, .reset, .closed: return (5, -Double(report.deciding.time ?? 0))
    }
  }

  /// What is shown, and in which order, in words.
  func heading(of total: Int, leftOut: Int = 0) -> String {
    var parts = ["\(grouped(shown.count)) of \(grouped(total)) shown: \(choice.rawValue)"]
    if !words.isEmpty || isWriting { parts.append("with \"\(words)\(isWriting ? "_" : "")\"") }
    parts.append("first \(order.rawValue)")
    if !dismissed.isEmpty { parts.append("\(grouped(dismissed.count)) dismissed") }
    if leftOut > 0 { parts.append("\(counted(leftOut, "earlier loss")) left out") }
    if isPaused { parts.append("PAUSED") }
    return parts.joined(separator: "; ")
  }

  /// Selects the first where nothing is selected.
  mutating func selectIfNone() { if selected == nil { selected = shown.first?.number } }
}
