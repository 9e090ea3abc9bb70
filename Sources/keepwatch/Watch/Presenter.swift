import ApplicationLog
import Findings
import KeepaliveAnalysis
import KernelView
import PacketObservation
import PacketWire
import Presenting
import SystemCalls

/// Makes something of a watch: lines, a screen, JSON, a figure, a page.
///
/// It is told what happens, in the order in which it becomes known. What it does not implement does nothing: it takes what it
/// has a use for, and says in `needs` what must be made or kept for it.
protocol Presenter: AnyObject {
  /// What must be made or kept for it.
  var needs: Needs { get }
  /// Whether what it makes goes elsewhere than standard output, and is wanted also when nobody reads that any more.
  var writesElsewhere: Bool { get }

  /// A part of what is watched begins: a file, or an interface.
  func begin(_ part: CapturePart)
  /// The first packet's time is known: nanoseconds since the epoch.
  func start(at time: Int64)
  /// Something was recognised.
  func event(_ event: KeepaliveEvent)
  /// A segment of a connection was captured, whose events were told before it: each, or those alone that open and end connections.
  func packet(_ segment: Segment, of connection: Int)
  /// A program made a call.
  func call(_ call: JoinedCall)
  /// Connections of this host have keepalive armed when the watch begins.
  func armed(_ connections: [AuditedConnection], at time: Int64)
  /// A socket of the watched program was found, or has other settings than before.
  func owned(_ socket: OwnedSocket)
  /// The kernel's table tells something new of a socket.
  func socket(_ socket: SocketState, at time: Int64)
  /// A socket of which the kernel's table told has gone from it.
  func gone(_ ends: SocketPair, at time: Int64)
  /// Something was done to a program, a host or the watch.
  func note(_ note: Note)
  /// All that is known at this time was told.
  ///
  /// - Returns: whether its user asks for the end.
  func refresh(_ state: WatchState) -> Bool
  /// Descriptors that become readable when it has something to do.
  var descriptors: [Int32] { get }
  /// Shows a message for the user.
  ///
  /// - Returns: whether it has a place for messages; otherwise they go to standard error.
  func say(_ message: String) -> Bool
  /// Nothing more comes but what was on its way: whoever has taken the terminal gives it back.
  func leaveScreen()
  /// The user ended the watch before its story was told: nothing is said of its end.
  func abandon()
  /// A connection is forgotten, some time after it ended: what became of it.
  func forgotten(_ report: ConnectionReport)
  /// What became of a connection: each of them, in turn, where `needs` asks for it.
  func connection(_ report: ConnectionReport)
  /// The connections whose reports it needs at the end.
  var connections: Set<Int> { get }
  /// What came of it all.
  ///
  /// - Throws: an exit status, after a message, where something could not be written; a mistake of the command line.
  func end(_ findings: CaptureFindings) throws
}

extension Presenter {
  var needs: Needs { Needs() }
  var writesElsewhere: Bool { false }
  func begin(_ part: CapturePart) {}
  func start(at time: Int64) {}
  func event(_ event: KeepaliveEvent) {}
  func packet(_ segment: Segment, of connection: Int) {}
  func call(_ call: JoinedCall) {}
  func armed(_ connections: [AuditedConnection], at time: Int64) {}
  func owned(_ socket: OwnedSocket) {}
  func socket(_ socket: SocketState, at time: Int64) {}
  func gone(_ ends: SocketPair, at time: Int64) {}
  func note(_ note: Note) {}
  func refresh(_ state: WatchState) -> Bool { false }
  var descriptors: [Int32] { [] }
  func say(_ message: String) -> Bool { false }
  func leaveScreen() {}
  func abandon() {}
  func forgotten(_ report: ConnectionReport) {}
  func connection(_ report: ConnectionReport) {}
  var connections: Set<Int> { [] }
  func end(_ findings: CaptureFindings) throws {}
}

/// A part of what is watched.
struct CapturePart {
  /// Its number, from 0.
  let file: Int
  /// What it is: a file's format, "live", "run", "demo".
  let kind: String
  /// How its packets begin, as far as that is known when it begins.
  let linkTypes: [LinkType]
  /// The interface of this host that is watched; `nil` for a file.
  var interface: String?
}

/// Something that was done, to a program, a host or the watch.
enum Note {
  /// A demo did it: what, in words.
  case done(String, time: Int64)
  /// A demo's clients end the story with these sockets.
  case lastLook([SocketState], time: Int64)
  /// Segments with data stay in the kernel from now on, or are taken again.
  case dataLeftOut(Bool, time: Int64)
}

/// How things stand while a watch goes on.
struct WatchState {
  /// Now: nanoseconds since the epoch.
  let time: Int64
  /// Packets captured.
  let packets: Int
  /// Connections that began, forgotten ones included.
  let begun: Int
  /// The time of the latest packet.
  let captureEnd: Int64
  private let connections: Connections
  private let askForLosses: () -> CaptureLosses?

  /// Packets that the capture lost so far; `nil` where nobody tells.
  var losses: CaptureLosses? { askForLosses() }
  /// Connections that are tracked now.
  var tracked: Int { connections.count }

  /// How things stand with what `observer` has seen.
  ///
  /// - Parameters:
  ///   - observer: which has seen it.
  ///   - losses: asks what the capture lost, which takes the kernel a while.
  init(_ observer: borrowing PacketObserver, losses: @escaping () -> CaptureLosses?) {
    askForLosses = losses
    time = currentTime()
    packets = observer.counts.packets
    connections = observer.analyzer.connections
    begun = connections.begun
    captureEnd = connections.captureEnd
  }

  /// What the connection with a number has come to; `nil` where it was forgotten.
  func report(_ number: Int) -> ConnectionReport? {
    connections.isTracked(number) ? connections.report(number) : nil
  }

  /// What the connections have come to: of many, only those with something to tell are kept.
  func findings(keepingAllOf few: Int) -> ConnectionFindings {
    ConnectionFindings(connections, connections.count > few ? .notable : .all)
  }
}
