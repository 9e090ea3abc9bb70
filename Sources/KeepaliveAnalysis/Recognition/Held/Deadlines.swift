/// Connections of which something is held that time alone may release, by when it does: a heap, so that no look at the clock
/// costs more because many wait.
struct Deadlines {
  private var heap: [(time: Int64, connection: Int)] = []
  private var waiting: Set<Int> = []

  /// Adds a connection, unless it waits already.
  mutating func add(_ connection: Int, until time: Int64) {
    guard waiting.insert(connection).inserted else { return }
    push((time, connection))
  }

  /// Hands out a connection that was to wait no longer than until before `time`; `nil` where there is none.
  ///
  /// It waits no more: where more was held meanwhile, it is to be added again.
  mutating func next(before time: Int64) -> Int? {
    guard let first = heap.first, first.time < time else { return nil }
    if let last = heap.popLast(), !heap.isEmpty { sink(last) }
    waiting.remove(first.connection)
    return first.connection
  }

  /// Connections were forgotten, and the others have new indices.
  mutating func move(to places: [Int32]) {
    let earlier = heap
    (heap, waiting) = ([], [])
    for (time, connection) in earlier where places[connection] >= 0 { add(Int(places[connection]), until: time) }
  }

  private mutating func push(_ entry: (time: Int64, connection: Int)) {
    heap.append(entry)
    var place = heap.count - 1
    while place > 0, heap[(place - 1) / 2].time > entry.time {
      heap[place] = heap[(place - 1) / 2]
      place = (place - 1) / 2
    }
    heap[place] = entry
  }

  /// Puts an entry in place of the first.
  private mutating func sink(_ entry: (time: Int64, connection: Int)) {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].time < heap[child].time { child += 1 }
      guard heap[child].time < entry.time else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = entry
  }
}
