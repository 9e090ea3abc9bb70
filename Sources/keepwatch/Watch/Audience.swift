import ApplicationLog
import Findings
import KeepaliveAnalysis
import KernelView
import PacketWire

/// The presenters of a watch, who are told together.
struct Audience {
  let presenters: [any Presenter]
  /// What they need, all together.
  let needs: Needs
  /// Those who are told each event.
  private let listeners: [any Presenter]

  init(_ presenters: [any Presenter]) {
    self.presenters = presenters
    needs = presenters.reduce(Needs()) { $0.joined(with: $1.needs) }
    listeners = presenters.filter(\.needs.tellsEvents)
  }

  /// Whether one writes elsewhere than to standard output.
  var writesElsewhere: Bool { presenters.contains(where: \.writesElsewhere) }

  func begin(_ part: CapturePart) { for presenter in presenters { presenter.begin(part) } }
  func start(at time: Int64) { for presenter in presenters { presenter.start(at: time) } }
  func event(_ event: KeepaliveEvent) { for presenter in listeners { presenter.event(event) } }
  func call(_ call: JoinedCall) { for presenter in presenters { presenter.call(call) } }
  func note(_ note: Note) { for presenter in presenters { presenter.note(note) } }
  func leaveScreen() { for presenter in presenters { presenter.leaveScreen() } }
  func owned(_ socket: OwnedSocket) { for presenter in presenters { presenter.owned(socket) } }
  func abandon() { for presenter in presenters { presenter.abandon() } }

  func packet(_ segment: Segment, of connection: Int) {
    for presenter in presenters { presenter.packet(segment, of: connection) }
  }

  func gone(_ ends: SocketPair, at time: Int64) {
    for presenter in presenters { presenter.gone(ends, at: time) }
  }

  func armed(_ connections: [AuditedConnection], at time: Int64) {
    for presenter in presenters { presenter.armed(connections, at: time) }
  }

  func socket(_ socket: SocketState, at time: Int64) {
    for presenter in presenters { presenter.socket(socket, at: time) }
  }

  /// Lets each make of it what it likes.
  ///
  /// - Returns: whether the user of one asks for the end.
  func refresh(_ state: WatchState) -> Bool {
    var isEnding = false
    for presenter in presenters where presenter.refresh(state) { isEnding = true }
    return isEnding
  }

  /// Descriptors that tell of keys, for who waits.
  var descriptors: [Int32] { presenters.flatMap(\.descriptors) }

  /// Tells the user something: where a presenter has a place for it, else on standard error.
  ///
  /// - Returns: whether a presenter shows it, and it goes away with what it shows.
  @discardableResult func say(_ message: String) -> Bool { say([message]) }

  /// Tells the user several things; where a presenter has room for one message, the first.
  @discardableResult func say(_ messages: [String]) -> Bool {
    guard let first = messages.first else { return false }
    for presenter in presenters where presenter.say(first) { return true }
    for message in messages { complain(message) }
    return false
  }
}
