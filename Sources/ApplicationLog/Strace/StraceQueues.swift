/// The sockets that programs wait for by epoll(7): each was registered, and the queue's answers name it by the number given then.
struct StraceQueues: Sendable {
  /// An epoll descriptor of a process.
  struct Queue: Hashable {
    let process: Int
    let descriptor: Int
  }

  /// Two ends.
  struct Ends: Sendable {
    let local: String
    let remote: String
  }

  /// The connected sockets of each queue, by the number that its events carry.
  private var queues: [Queue: [String: Ends]] = [:]
  /// Of one wait so many sockets are told: a server has thousands.
  static let mostTold = 32

  /// Takes an epoll_ctl() that succeeded.
  mutating func register(_ arguments: String, process: Int) {
    guard let queue = Self.queue(arguments, process), let socket = StraceSocket.all(in: arguments).first,
      let local = socket.local, let remote = socket.remote
    else { return }
    if arguments.firstRange(of: "EPOLL_CTL_DEL") != nil { return remove(local, remote, from: queue) }
    guard let event = Self.events(arguments).first else { return }
    // A socket has one number in a queue: EPOLL_CTL_MOD may give it another.
    remove(local, remote, from: queue)
    queues[queue, default: [:]][String(event.data)] = Ends(local: local, remote: remote)
  }

  /// Takes the close() of a socket.
  mutating func remove(_ local: String, _ remote: String, process: Int) {
    for queue in queues.keys where queue.process == process { remove(local, remote, from: queue) }
  }

  /// Takes the end of a process.
  mutating func removeAll(of process: Int) {
    for queue in queues.keys where queue.process == process { queues[queue] = nil }
  }

  private mutating func remove(_ local: String, _ remote: String, from queue: Queue) {
    for (data, ends) in queues[queue] ?? [:] where ends.local == local && ends.remote == remote {
      queues[queue]?[data] = nil
    }
  }

  /// The sockets that a wait was for.
  func all(_ arguments: String, process: Int) -> [Ends] {
    guard let queue = Self.queue(arguments, process) else { return [] }
    return Array((queues[queue] ?? [:]).values)
  }

  /// The sockets that a wait has found ready, and its events of each.
  func ready(_ arguments: String, process: Int) -> [(ends: Ends, events: Substring)] {
    guard let queue = Self.queue(arguments, process), let sockets = queues[queue] else { return [] }
    return Self.events(arguments).compactMap { event in sockets[String(event.data)].map { ($0, event.events) } }
  }

  /// "5<anon_inode:[eventpoll]>, …".
  private static func queue(_ arguments: String, _ process: Int) -> Queue? {
    Int(arguments.prefix { $0.isNumber }).map { Queue(process: process, descriptor: $0) }
  }

  /// "{events=EPOLLIN|EPOLLRDHUP, data={u32=17, u64=17}}", each.
  private static func events(_ arguments: String) -> [(events: Substring, data: Substring)] {
    var found: [(Substring, Substring)] = []
    var rest = arguments[...]
    while let start = rest.firstRange(of: "{events=") {
      let events = rest[start.upperBound...]
      guard let data = events.firstRange(of: "u64=") else { break }
      rest = events[data.upperBound...]
      found.append((events.prefix { $0 != "," }, rest.prefix { $0 != "}" }))
    }
    return found
  }
}
