import ApplicationLog
import Findings
import KernelView
import PacketWire

/// What became of a program's connection, in sentences: what packets, calls, the socket and its settings tell together.
struct ProgramVerdictText {
  private let report: ConnectionReport
  private let connection: ProgramConnection
  private let outcome: ProgramOutcome
  /// When the story began.
  private let start: Int64
  /// Packets that the capture lost.
  private let lost: Int

  init(_ report: ConnectionReport, _ connection: ProgramConnection, start: Int64, lost: Int) {
    self.report = report
    self.connection = connection
    self.start = start
    self.lost = lost
    outcome = ProgramOutcome(report, connection)
  }

  /// The verdict in capitals.
  var word: String { outcome.kind == .neverOpened ? "NEVER OPENED" : outcome.verdict.rawValue.uppercased() }

  /// What happened, and how the program learned of it.
  var sentences: [String] { [reason] + learned }

  private var reason: String {
    switch outcome.kind {
    case .gaveUp, .gaveUpUnaccepted:
      gaveUp.map { VerdictText.reason(report, beginningWith: $0) } ?? VerdictText.reason(report)
    case .gaveUpUnseen: unseen
    case .unansweredUnseen: unansweredUnseen
    case .gaveUpOnData: onData
    case .neverOpened: "nobody answered the SYN of \(report.clientAddress), as \(evidence ?? "connect()") tells."
    case .asCaptured: asCaptured
    }
  }

  private var settings: SeenSettings? { outcome.settings }
  private var host: String { outcome.ownSide.map { "the \(report.role($0))'s kernel" } ?? "its kernel" }
  private var ownProber: ProberReport? { report.probers.first { outcome.ownSide == nil || $0.side == outcome.ownSide } }

  // MARK: - Its kernel gave up

  /// By probes, and packets show it: with the settings, where they are known.
  private var gaveUp: String? {
    guard let settings, let prober = ownProber, settings.probeLimit ?? settings.userTimeout.map({ _ in 0 }) != nil
    else { return nil }
    let silence = report.silence.map { (report.silenceIsAtLeast ? "at least " : "") + "\(DurationText.fixed($0, 2)) s" }
    let heard =
      outcome.kind == .gaveUpUnaccepted
      ? "without a word from its peer that it accepted" : "without a word from its peer"
    var text = "\(host) gave up (RST \(VerdictText.frame(report.deciding)))"
    if let silence { text += " after \(silence) \(heard)" }
    if let sum = sum(settings, prober) { text += " = \(sum)" }
    text += "."
    if let limit = settings.probeLimit {
      let unanswered =
        outcome.kind == .gaveUpUnaccepted ? max(prober.unanswered, connection.mostUnanswered) : prober.unanswered
      let what = outcome.kind == .gaveUpUnaccepted ? "counted as unanswered" : "unanswered"
      text +=
        " \(min(unanswered, limit)) of \(counted(limit, "probe")) \(what), the last \(VerdictText.frame(prober.latest))."
    }
    if let timeout = settings.userTimeout {
      text += " TCP_USER_TIMEOUT is \(SettingsText.seconds(timeout)), and decides in place of the count."
    }
    return text
  }

  /// "idle 2 s + 3 × interval 1 s + 0.09 s lateness", where that is what the silence was.
  private func sum(_ settings: SeenSettings, _ prober: ProberReport) -> String? {
    guard let idle = settings.idle, let interval = settings.interval, let limit = settings.probeLimit,
      let silence = report.silence, !report.silenceIsAtLeast
    else { return nil }
    // After an answered probe the first of the next ones comes after the longer of the two (tcp_keepalive_timer).
    let firsts = [(idle, "idle"), (interval, "interval")].filter { $0.0 == idle || interval > idle }
    let sums = firsts.map { first in (first, lateness: silence - first.0 - Double(limit) * interval) }
    guard let fit = sums.filter({ $0.lateness >= 0 }).min(by: { $0.lateness < $1.lateness }),
      fit.lateness < 1 + silence / 20
    else { return nil }
    return "\(fit.0.1) \(SettingsText.seconds(fit.0.0)) + \(limit) × interval \(SettingsText.seconds(interval)) + "
      + "\(DurationText.fixed(fit.lateness, 2)) s lateness"
  }

  /// As a call or the socket table tells, and no packet.
  private var unseen: String {
    var text = evidence.map { "\(host) gave up, as \($0) tells." } ?? "\(host) gave up: \(socketEvidence)."
    text += " No reset of it was captured"
    if let prober = ownProber, prober.unanswered > 0 {
      text += "; \(counted(prober.unanswered, "probe")) unanswered, the last \(VerdictText.frame(prober.latest))."
    } else if connection.mostUnanswered > 0, let prober = ownProber, isOfTheEnd(prober) {
      text +=
        ". Probes of it were captured, the last \(VerdictText.frame(prober.latest)), and answers to them: its socket did not "
        + "accept these, and had \(counted(connection.mostUnanswered, "probe")) unanswered."
    } else if connection.mostUnanswered > 0 {
      text +=
        ", and none of the \(counted(connection.mostUnanswered, "probe")) that its socket had unanswered. " + neverSent
    } else {
      text += ", and no probe. " + neverSent
    }
    return text
  }

  /// Whether a probe was captured since the socket table told of unanswered ones, or just before.
  private func isOfTheEnd(_ prober: ProberReport) -> Bool {
    guard let since = connection.unansweredSince, let latest = prober.latest.time else { return false }
    return latest > since - Self.latestLook
  }

  /// The table is looked at so long after a change at the latest, in nanoseconds; no interval is shorter than twice that.
  private static let latestLook: Int64 = 500_000_000

  /// Why what the kernel sent was not captured.
  private var neverSent: String {
    guard lost == 0 else { return "They may be among the \(counted(lost, "packet")) that the capture lost." }
    return
      "They never reached the interface: its own link was down, it had no route, or a filter of this host took them."
  }

  private var onData: String {
    let stall = report.stall
    let octets = stall.map { "\(counted($0.octets, "byte")) sent in \(VerdictText.frame($0.sent))" } ?? "data"
    let times = stall.map { ", sent again \(counted($0.retransmissions, "time")) in this capture" } ?? ""
    var text = "\(host) gave up on \(octets) that nobody acknowledged\(times), as \(evidence ?? "the socket") tells."
    if let timeout = settings?.userTimeout { text += " TCP_USER_TIMEOUT is \(SettingsText.seconds(timeout))." }
    return text + " Data in flight suspends keepalive, and this give-up sends no reset."
  }

  private var evidence: String? { outcome.evidence.map { "\($0.call)() = \($0.result ?? -1) \($0.error ?? "")" } }

  /// What the socket table told before the socket was gone.
  private var socketEvidence: String {
    let unanswered = connection.socket?.state.unanswered ?? 0
    let gone = connection.goneAt.map { ", and was gone at \(seconds($0)) s, when its timer was to fire again" } ?? ""
    return "its socket had \(unanswered) of \(counted(settings?.probeLimit ?? unanswered, "probe")) unanswered\(gone)"
  }

  private var unansweredUnseen: String {
    let unanswered = connection.socket?.state.unanswered ?? 0
    let of = settings?.probeLimit.map { "\(unanswered) of \(counted($0, "probe"))" } ?? counted(unanswered, "probe")
    return
      "its socket had \(of) unanswered at \(seconds(connection.socket?.time ?? start)) s, and none of them was captured. "
      + neverSent
  }

  // MARK: - What packets tell, with what is known besides

  private var asCaptured: String {
    if report.verdict == .closed, outcome.ownSide == report.subject, let closed = closedByProgram {
      return VerdictText.reason(report, beginningWith: closed)
    }
    guard let settings else { return VerdictText.reason(report) }
    switch report.verdict {
    case .stalled where report.stall.map { $0.side == outcome.ownSide } ?? false:
      guard let stall = report.stall, let timeout = settings.userTimeout else { return VerdictText.reason(report) }
      return VerdictText.reason(
        report,
        beginningWith:
          "\(counted(stall.octets, "byte")) unacknowledged since \(VerdictText.frame(stall.sent)), "
          + "\(counted(stall.retransmissions, "retransmission")). Data in flight suspends keepalive. TCP_USER_TIMEOUT is set: "
          + "\(host) gives up at the first retransmission after \(SettingsText.seconds(timeout)), without a reset.")
    case .unanswered where ownProber?.side == outcome.ownSide:
      guard let prober = ownProber, let limit = settings.probeLimit, let interval = settings.interval else {
        return VerdictText.reason(report)
      }
      let left = Double(max(1, limit - prober.unanswered + 1)) * interval
      return VerdictText.reason(
        report,
        beginningWith:
          "\(prober.unanswered) of \(counted(limit, "probe")) unanswered when the watch ends, the last "
          + "\(VerdictText.frame(prober.latest)). \(host.prefix(1).uppercased() + host.dropFirst()) would have given up "
          + "\(DurationText.text(left)) after that one.")
    case .notProbed where report.silence ?? 0 >= 1 && outcome.ownSide != nil:
      return VerdictText.reason(report, beginningWith: notProbed(settings))
    default: return VerdictText.reason(report)
    }
  }

  /// The program itself has closed it, or ended: no other cause is to be guessed.
  private var closedByProgram: String? {
    guard let time = report.deciding.time else { return nil }
    let fin = "the \(report.role(report.subject)) sent a FIN (\(VerdictText.frame(report.deciding)))"
    // A call is told a little before or after the packet that it causes.
    if let call = connection.closing, abs(call.time - time) < Self.sameMoment {
      return "\(fin) as \(call.process) called \(call.description.prefix { $0 != "=" })at \(seconds(call.time)) s."
    }
    if let ending = connection.ending, abs(ending.time - time) < Self.sameMoment {
      return "\(fin) as \(ending.process) \(ending.description)."
    }
    return nil
  }

  /// A call and the packet that it causes are less apart, in nanoseconds.
  private static let sameMoment: Int64 = 200_000_000

  private func notProbed(_ settings: SeenSettings) -> String {
    let silence = "in \(report.silenceIsAtLeast ? "at least " : "")\(DurationText.text(report.silence ?? 0)) of silence"
    switch settings.keepalive {
    case false?:
      return
        "no probe was seen \(silence): keepalive is off on its socket, and unless it sends its kernel waits for ever."
    case true?:
      let idle = settings.idle.map { " after \(SettingsText.seconds($0)) of silence" } ?? ""
      return "no probe was seen \(silence): keepalive is on, and the first comes\(idle)."
    case nil: return "no probe was seen \(silence)."
    }
  }

  // MARK: - The program

  /// By which call it learned of the end; or that none told it.
  private var learned: [String] {
    guard connection.calls > 0 else { return [] }
    guard let told = connection.told.first else {
      let isOver = [.dead, .reset, .closed].contains(outcome.verdict) && outcome.ownSide != endingSide
      guard isOver else { return waits }
      return ["No call told \(connection.programs.first ?? "the program") of it."] + waits
    }
    let call = told.call
    var text = "\(call.process) learned of it by \(call.description) at \(seconds(call.time)) s"
    if let learned = told.learned, learned.delay >= 0 {
      text += ", \(DurationText.text(nanoseconds: learned.delay)) after #\(learned.frame.frame)"
    }
    return [text + "."]
  }

  /// The side that ended it of its own will: its program knows.
  private var endingSide: Side? { report.verdict == .closed ? report.subject : nil }

  /// What it waits in.
  private var waits: [String] {
    guard let waiting = connection.waiting else { return [] }
    let what = waiting.call == "epoll_wait" ? waiting.text.map { " for \($0)" } ?? "" : ""
    let end =
      connection.ending.map { " until it \($0.call == "killed" ? "was killed" : "ended")" } ?? " when the watch ended"
    return ["It waited in \(waiting.call)\(what)\(end), since \(seconds(waiting.time)) s."]
  }

  private func seconds(_ time: Int64) -> String { DurationText.fixed(DurationText.seconds(time - start), 3) }
}
