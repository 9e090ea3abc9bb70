/// What passes between keepwatch and its helper, in this host's byte order: a question's head and its items, and answers of one
/// length each.
enum HelperMessages {
  /// What is asked for.
  enum Question: UInt32 {
    /// Whose descriptors are these sockets? Items: inodes. Answers: `OwnerAnswer`, as many as there are, the last of process 0.
    case owners = 1
    /// What are these sockets' options? Items: `SocketDescriptor`. Answers: `SettingsAnswer`, one an item.
    case settings = 2
  }

  /// The octets before the items: the question, and how many items follow.
  static let headLength = 8
  static let inodeLength = 8
  /// No question has more: a host's sockets are fewer.
  static let mostItems = 1 << 22

  /// A question's octets, with items of which each is some octets.
  static func question(_ question: Question, count: Int, items: (inout [UInt8]) -> Void) -> [UInt8] {
    var octets: [UInt8] = []
    octets.append(native: question.rawValue)
    octets.append(native: UInt32(count))
    items(&octets)
    return octets
  }
}

/// A descriptor of some process that is a socket.
struct SocketDescriptor {
  static let length = 16

  let process: Int32
  let descriptor: Int32
  let inode: UInt64

  init(process: Int32, descriptor: Int32, inode: UInt64) {
    self.process = process
    self.descriptor = descriptor
    self.inode = inode
  }

  init(_ octets: Span<UInt8>, at offset: Int) {
    process = Int32(bitPattern: octets.native32(at: offset))
    descriptor = Int32(bitPattern: octets.native32(at: offset + 4))
    inode = octets.native64(at: offset + 8)
  }

  func append(to octets: inout [UInt8]) {
    octets.append(native: process)
    octets.append(native: descriptor)
    octets.append(native: inode)
  }
}

/// A socket's owner, as the helper found it.
struct OwnerAnswer {
  static let length = SocketDescriptor.length + nameLength
  /// TASK_COMM_LEN, the NUL included.
  static let nameLength = 16

  /// The descriptor.
  ///
  /// Process 0 ends the answers; then the descriptor's number is that of the processes that could not be looked into.
  let descriptor: SocketDescriptor
  /// The process's name (/proc/PID/comm), padded with NUL.
  let name: [UInt8]

  init(descriptor: SocketDescriptor, name: [UInt8]) {
    self.descriptor = descriptor
    self.name = Array(name.prefix(Self.nameLength))
  }

  init(_ octets: Span<UInt8>, at offset: Int) {
    descriptor = SocketDescriptor(octets, at: offset)
    var name: [UInt8] = []
    for index in offset + SocketDescriptor.length..<offset + Self.length where octets[index] != 0 {
      name.append(octets[index])
    }
    self.name = name
  }

  func append(to octets: inout [UInt8]) {
    descriptor.append(to: &octets)
    octets += name + [UInt8](repeating: 0, count: Self.nameLength - name.count)
  }
}

/// A socket's options, or why they could not be read.
struct SettingsAnswer {
  static let length = 32

  /// What the kernel refused it with; 0 where it did not.
  let error: Int32
  let keepalive: Int32
  let idle: Int32
  let interval: Int32
  let count: Int32
  /// In milliseconds.
  let userTimeout: Int32
  /// For how long a copy was held, in nanoseconds.
  let held: Int64

  init(
    error: Int32 = 0, keepalive: Int32 = 0, idle: Int32 = 0, interval: Int32 = 0, count: Int32 = 0,
    userTimeout: Int32 = 0, held: Int64 = 0
  ) {
    self.error = error
    self.keepalive = keepalive
    self.idle = idle
    self.interval = interval
    self.count = count
    self.userTimeout = userTimeout
    self.held = held
  }

  init(_ octets: Span<UInt8>, at offset: Int) {
    error = Int32(bitPattern: octets.native32(at: offset))
    keepalive = Int32(bitPattern: octets.native32(at: offset + 4))
    idle = Int32(bitPattern: octets.native32(at: offset + 8))
    interval = Int32(bitPattern: octets.native32(at: offset + 12))
    count = Int32(bitPattern: octets.native32(at: offset + 16))
    userTimeout = Int32(bitPattern: octets.native32(at: offset + 20))
    held = Int64(bitPattern: octets.native64(at: offset + 24))
  }

  func append(to octets: inout [UInt8]) {
    for value in [error, keepalive, idle, interval, count, userTimeout] { octets.append(native: value) }
    octets.append(native: held)
  }
}
