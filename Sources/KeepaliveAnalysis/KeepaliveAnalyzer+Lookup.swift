import PacketWire

extension KeepaliveAnalyzer {
  /// The latest connection between two ends, in either order; `nil` where none was captured.
  public func connection(between one: SocketAddress, and other: SocketAddress) -> Int? {
    var segment = Segment()
    segment.source = one.address
    segment.sourcePort = one.port
    segment.destination = other.address
    segment.destinationPort = other.port
    return table.find(segment, table.tag(segment)).map { $0.index + 1 }
  }

  /// The connection to `server` whose first packet was captured in `times`, nanoseconds since the epoch; `nil` where there is
  /// none, or more than one.
  public func connection(openedTo server: SocketAddress, in times: ClosedRange<Int64>) -> Int? {
    // Connections are in the order of their first packets; copies and clocks set back disturb that by little.
    let slack: Int64 = 1_000_000_000
    var found: Int?
    for index in table.records.indices.reversed() {
      let first = table.ends[index].firstTime
      if first < times.lowerBound - slack { break }
      guard times.contains(first), table.addresses(index).second == server else { continue }
      if found != nil { return nil }
      found = index + 1
    }
    return found
  }
}
