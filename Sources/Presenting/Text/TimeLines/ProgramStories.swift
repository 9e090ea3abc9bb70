import ApplicationLog
import Findings
import KernelView
import PacketWire

/// The time lines of a program's connections: its calls beside its kernel's packets, the worst first.
public struct ProgramStories {
  /// Connections shown; and of each so many packets, calls and samples, the first and the last: nobody reads more, and rows that
  /// are still open are looked at again for each.
  private static let shown = 3
  private static let longest = 400

  private let style: TextStyle
  private let programs: ProgramFindings
  private let events: [KeepaliveEvent]
  private let packets: [Segment]
  private let samples: [Sample]

  /// What the kernel's table said of a socket, and when: nanoseconds since the epoch.
  public typealias Sample = (time: Int64, socket: SocketState)

  /// Stories of what programs saw, from what was kept of their connections, and samples of the kernel's table.
  public init(
    _ programs: ProgramFindings, events: [KeepaliveEvent], packets: [Segment], samples: [Sample], style: TextStyle
  ) {
    self.programs = programs
    self.events = events
    self.packets = packets
    self.samples = samples
    self.style = style
  }

  /// The lines of the time lines.
  public func lines() -> [String] {
    let reports = programs.reports.values.worstFirst
    var lines = reports.prefix(Self.shown).flatMap(story)
    if reports.count > Self.shown {
      lines.append("\(counted(reports.count - Self.shown, "more connection")) of the program")
    }
    return lines
  }

  private func shortened<Item>(_ items: [Item]) -> [Item] {
    items.count <= Self.longest ? items : Array(items.prefix(Self.longest / 2) + items.suffix(Self.longest / 2))
  }

  private func story(_ report: ConnectionReport) -> [String] {
    let own = LoggedCalls.of(report.number, programs.calls)
    let programs = Set(own.map(\.call.process))
    let ends = report.ends.unordered
    let locals = Set(own.compactMap(\.local))
    var timeline = ProgramTimeline(
      style: style, probeLimit: nil, principal: programs.count == 1 ? programs.first : nil,
      own: locals == [ends.one, ends.other] ? [report.clientAddress] : locals)
    for event in events where event.connection == report.number { timeline.take(event) }
    let packets = self.packets.filter {
      $0.ends.unordered == ends && $0.time >= report.firstTime
    }
    for segment in shortened(packets) { timeline.take(segment) }
    for joined in shortened(own) {
      var call = joined.call
      if call.local == nil { call.local = joined.local?.description }
      timeline.take(call)
    }
    for sample in shortened(samples.filter { $0.socket.ends.unordered == ends }) {
      timeline.take(socket: sample.socket.text, at: sample.time)
    }
    let names = programs.sorted().joined(separator: ", ")
    var lines = [
      "",
      style.bold("connection \(report.number)")
        + ": \(report.clientAddress) ⇄ \(report.serverAddress); calls of \(names)",
      timeline.heading,
    ]
    lines += timeline.finishedLines(at: nil)
    let leftOut = [(packets.count, "packet"), (own.count, "call")].filter { $0.0 > Self.longest }
    if !leftOut.isEmpty {
      let texts = leftOut.map { counted($0.0 - Self.longest, $0.1) }
      lines.append("          … without \(texts.joined(separator: " and ")) between the first and the last of them")
    }
    return lines
      + style.wrapped(style.bold(report.verdict.rawValue.uppercased()) + ": " + VerdictText.reason(report), indent: 0)
  }
}
