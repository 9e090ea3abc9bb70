import PacketWire

/// Which connections somebody asks for: by their numbers, by an end that they have, or all.
public struct ConnectionSelection: Equatable, Sendable {
  /// Those with these numbers.
  public private(set) var numbers: Set<Int> = []
  /// Those that have one of these ends; a server's end has many.
  public private(set) var ends: Set<SocketAddress> = []
  private var isAll = false

  /// Every connection.
  public static let all = {
    var all = ConnectionSelection()
    all.isAll = true
    return all
  }()

  private init() {}

  /// The connection with a number.
  public init(number: Int) { numbers = [number] }

  /// The connections that have an end.
  public init(end: SocketAddress) { ends = [end] }

  /// The connections of both.
  public func union(_ other: Self) -> Self {
    var both = self
    both.numbers.formUnion(other.numbers)
    both.ends.formUnion(other.ends)
    both.isAll = isAll || other.isAll
    return both
  }

  /// Whether the connection with a number and two ends is asked for.
  public func contains(_ number: Int, _ pair: SocketPair) -> Bool {
    isAll || numbers.contains(number) || !ends.isEmpty && (ends.contains(pair.one) || ends.contains(pair.other))
  }

  /// Whether what was recognised is of a connection that is asked for.
  public func contains(_ event: KeepaliveEvent) -> Bool {
    contains(event.connection, SocketPair(event.source, event.destination))
  }
}

extension Connections {
  /// What the capture tells so far of the connections that are asked for, in the order in which they began.
  public func reports(_ selection: ConnectionSelection) -> [ConnectionReport] {
    (0..<count).filter { place in
      let addresses = table.addresses(place)
      return selection.contains(table.number(place), SocketPair(addresses.first, addresses.second))
    }
    .map { report(table.number($0)) }
  }
}
