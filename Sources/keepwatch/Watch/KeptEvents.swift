import KeepaliveAnalysis

/// The events that are kept for the end of a watch.
struct KeptEvents {
  private let wanted: Needs.Events
  private(set) var events: [KeepaliveEvent] = []

  init(_ wanted: Needs.Events) { self.wanted = wanted }

  /// Whether none is kept any more, whatever comes.
  var isFull: Bool {
    switch wanted {
    case .none: true
    // One more tells that there were more.
    case .first(let count): events.count > count
    case .connections, .frame, .all: false
    }
  }

  /// Keeps an event that is wanted.
  mutating func keep(_ event: KeepaliveEvent) {
    let isWanted =
      switch wanted {
      case .none: false
      case .first(let count): events.count <= count
      case .connections(let wanted): wanted.contains(event)
      case .frame(let number): event.file == 0 && event.frame == number
      case .all: true
      }
    if isWanted { events.append(event) }
  }
}
