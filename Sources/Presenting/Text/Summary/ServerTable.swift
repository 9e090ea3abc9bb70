import Findings

/// The connections of all servers in one table that has so many rows and no more, the worst first.
///
/// First the victims have rows, one each or several together; then comes why, once for all that have the same reason; then those
/// that survived have theirs.
struct ServerTable {
  /// The lines of the table; none where it has no room.
  private(set) var lines: [String] = []
  /// The servers that have no room.
  private(set) var leftOut: ArraySlice<ServerFindings> = []

  private let rows: ConnectionRows
  private let room: ScreenRoom
  private var free: Int
  private var entries: [Entry] = []
  /// So many servers have rows.
  private var told = 0

  /// A row, which takes more than one line where those are short, and what may stand below it.
  private struct Entry {
    let row: [String]
    /// The connection that it is of; `nil` of a title, and of a row of several.
    var report: ConnectionReport?
    var below: [String] = []
    /// Whether its reason is told, here or below another.
    var hasReason = false
  }

  /// Of each group at most so many victims have rows of their own, where there is room for that.
  private static let toldOneByOne = [10, 6, 4, 3, 2, 1]

  init(_ servers: [ServerFindings], _ rows: ConnectionRows, in room: ScreenRoom, atMost most: Int) {
    self.rows = rows
    self.room = room
    free = most - room.count([""] + rows.columns)
    guard free > 1 else {
      leftOut = servers[...]
      return
    }
    let victims = servers.prefix(while: \.hasVictims)
    addVictims(victims)
    addReasons()
    if told == victims.count { addRows(servers.dropFirst(told)) }
    leftOut = servers.dropFirst(told)
    addReasons()
    guard told > 0 else { return }
    lines = [""] + rows.columns + entries.flatMap { $0.row + $0.below }
  }

  /// The rows that a table of the first of these servers alone takes, without reasons; 0 where there is none.
  static func fewestRows(_ servers: [ServerFindings], _ rows: ConnectionRows, in room: ScreenRoom) -> Int {
    guard let first = servers.first else { return 0 }
    let table = ServerTable([], rows, in: room, atMost: 0)
    return room.count([""] + rows.columns + table.entries(first, oneByOne: 1).flatMap(\.row))
  }

  /// Gives all victims rows, and leaves a third of the room for reasons where that can be.
  private mutating func addVictims(_ servers: ArraySlice<ServerFindings>) {
    for most in Self.toldOneByOne {
      // There may be a million: nothing is written that cannot fit.
      guard servers.reduce(0, { $0 + $1.groups.count }) <= free else { break }
      let entries = servers.flatMap { self.entries($0, oneByOne: most) }
      guard room.count(entries.flatMap(\.row)) <= free * 2 / 3 else { continue }
      add(entries)
      told = servers.count
      return
    }
    addRows(servers)
  }

  /// Gives servers rows, one for each group, until there is no room.
  private mutating func addRows(_ servers: ArraySlice<ServerFindings>) {
    for (place, server) in zip(servers.indices, servers) {
      let entries = entries(server, oneByOne: 1)
      guard room.count(entries.flatMap(\.row)) <= free else { break }
      add(entries)
      told = place + 1
    }
  }

  private mutating func add(_ more: [Entry]) {
    entries += more
    free -= room.count(more.flatMap(\.row))
  }

  /// Gives the rows that have none a reason, those of one kind together below the first of them.
  private mutating func addReasons() {
    var kinds: [String: [Int]] = [:]
    for (index, entry) in entries.enumerated() where !entry.hasReason {
      if let report = entry.report { kinds[rows.kind(report), default: []].append(index) }
    }
    for alike in kinds.values.sorted(by: { $0[0] < $1[0] }) {
      guard let first = entries[alike[0]].report else { continue }
      let reason = rows.reason(first, alsoOf: alike.dropFirst().compactMap { entries[$0].report?.number })
      guard room.count(reason) <= free else { continue }
      free -= room.count(reason)
      entries[alike[0]].below = reason
      for index in alike { entries[index].hasReason = true }
    }
  }

  /// A server's title and rows.
  private func entries(_ server: ServerFindings, oneByOne most: Int) -> [Entry] {
    [Entry(row: [rows.title(server)])] + server.groups.flatMap { entries($0, oneByOne: $0.areVictims ? most : 1) }
  }

  private func entries(_ group: ServerFindings.Group, oneByOne most: Int) -> [Entry] {
    let told = group.count <= most ? group.count : most - 1
    var entries = group.reports.prefix(told).map { Entry(row: rows.row($0), report: $0) }
    if told < group.count {
      let note = group.areVictims ? rows.note(group, after: told) : []
      entries.append(Entry(row: rows.folded(group, after: told)))
      entries += note.map { Entry(row: [$0]) }
    }
    return entries
  }
}
