import KeepaliveAnalysis

/// What must be made or kept for a presenter.
///
/// Events cost more than the packets that they are recognised in: none are made that nobody needs.
struct Needs {
  /// The events that are kept for the end.
  enum Events {
    case none
    /// The first so many, and then no more.
    case first(Int)
    /// Those of some connections.
    case connections(ConnectionSelection)
    /// Those of one frame of the first file.
    case frame(Int)
    case all
  }

  /// The packets that are kept for the end, up to the analyzer's bound.
  enum Packets {
    case none
    /// Those of some connections.
    case connections(ConnectionSelection)
    case all
  }

  /// Whether each event is told.
  var tellsEvents = false
  /// Which are kept.
  var events = Events.none
  /// Whether each packet is told.
  var tellsPackets = false
  /// Which are kept.
  var packets = Packets.none
  /// Whether calls are told at once, when their packets may not have come yet.
  var callsAtOnce = false
  /// Whether every connection is told at the end.
  var tellsConnections = false
  /// Whether each connection is told when it is forgotten, not only those with something to tell.
  var tellsForgotten = false
  /// Whether every connection's report is kept, not only of those with something to tell.
  var keepsReports = false
  /// The connections whose reports are asked for.
  var connections: ConnectionSelection?
  /// The frame, of the first file, whose reasons are asked for.
  var frame: Int?

  /// The packets that the analyzer has to keep, as it takes that (`KeepaliveAnalyzer.traced`).
  var traced: ConnectionSelection? {
    switch packets {
    case .none: tellsPackets ? .all : nil
    case .connections(let some): tellsPackets ? .all : some
    case .all: .all
    }
  }

  /// Whether connections may be forgotten before the end: nothing is asked for that must be there then.
  var forgets: Bool {
    guard case .none = packets, !keepsReports, connections == nil, frame == nil else { return false }
    return true
  }

  /// What both this and `other` need.
  func joined(with other: Needs) -> Needs {
    var all = self
    all.tellsEvents = tellsEvents || other.tellsEvents
    all.events = events.joined(with: other.events)
    all.tellsPackets = tellsPackets || other.tellsPackets
    all.packets = packets.joined(with: other.packets)
    all.callsAtOnce = callsAtOnce || other.callsAtOnce
    all.tellsConnections = tellsConnections || other.tellsConnections
    all.tellsForgotten = tellsForgotten || other.tellsForgotten
    all.keepsReports = keepsReports || other.keepsReports
    all.connections = connections ?? other.connections
    all.frame = frame ?? other.frame
    return all
  }
}

extension Needs.Events {
  /// The events that serve both; presenters of one watch ask for the same connections or one frame.
  fileprivate func joined(with other: Self) -> Self {
    switch (self, other) {
    case (.all, _), (_, .all): .all
    case (.none, _): other
    case (_, .none): self
    case (.first(let one), .first(let two)): .first(max(one, two))
    case (.connections(let one), .connections(let two)) where one == two: self
    case (.frame(let one), .frame(let two)) where one == two: self
    default: .all
    }
  }
}

extension Needs.Packets {
  /// The packets that serve both.
  fileprivate func joined(with other: Self) -> Self {
    switch (self, other) {
    case (.none, _): other
    case (_, .none): self
    case (.connections(let one), .connections(let two)) where one == two: self
    default: .all
    }
  }
}
