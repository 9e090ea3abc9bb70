import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire
import Presenting
import SystemCalls

/// What a program saw beside what its kernel did, told when it has ended: until then the terminal is the program's.
final class ProgramPresenter: Presenter {
  /// Rows are folded once in so many nanoseconds.
  private static let settling: Int64 = 1_000_000_000

  private let page: TextPage
  private let isTraced: Bool
  private let seesSockets: Bool
  private let tellsOthers: Bool
  private var stories: ProgramStories
  private var nextSettling: Int64 = 0
  private var messages: [String] = []

  /// - Parameters:
  ///   - page: where it is told.
  ///   - isTraced: whether the program's calls are seen.
  ///   - seesSockets: whether its sockets can be looked up.
  ///   - tellsOthers: whether a summary of all connections follows.
  init(_ page: TextPage, isTraced: Bool, seesSockets: Bool, tellsOthers: Bool) {
    self.page = page
    self.isTraced = isTraced
    self.seesSockets = seesSockets
    self.tellsOthers = tellsOthers
    stories = ProgramStories(style: page.style)
  }

  var needs: Needs {
    var needs = Needs()
    needs.tellsEvents = true
    needs.tellsPackets = true
    needs.tellsForgotten = true
    return needs
  }

  func event(_ event: KeepaliveEvent) { stories.take(event) }
  func packet(_ segment: Segment, of connection: Int) { stories.take(segment, of: connection) }
  func call(_ call: JoinedCall) { stories.take(call) }
  func owned(_ socket: OwnedSocket) { stories.take(socket) }
  func socket(_ socket: SocketState, at time: Int64) { stories.take(socket, at: time) }
  func gone(_ ends: SocketPair, at time: Int64) { stories.takeGone(ends, at: time) }
  func forgotten(_ report: ConnectionReport) { stories.forget(report) }
  var connections: Set<Int> { stories.connections }

  func refresh(_ state: WatchState) -> Bool {
    if state.time >= nextSettling {
      nextSettling = state.time + Self.settling
      stories.settle(at: state.time)
    }
    return false
  }

  /// A message would stand in the middle of what the program shows.
  func say(_ message: String) -> Bool {
    guard Descriptor.isTerminal(Descriptor.standardError) else { return false }
    messages.append(message)
    return true
  }

  func end(_ findings: CaptureFindings) {
    for message in messages { complain(message) }
    page.line("")
    if !tellsOthers {
      let summary = CaptureSummaryText(style: page.style, zone: page.zone, isReplay: false)
      page.lines(summary.head(findings))
    }
    page.lines(stories.lines(findings, isTraced: isTraced, seesSockets: seesSockets))
    let others = findings.connections.total - connections.count
    if !tellsOthers, others > 0 {
      let were = others == 1 ? "was" : "were"
      page.line("")
      page.line("\(counted(others, "connection")) of other programs \(were) captured too: --all-connections tells.")
    }
  }
}
