/// A process and those that it started, and they in turn; also those whose parents have ended since.
public struct ProcessTree {
  private var members: Set<Int32>

  /// The tree below a process.
  public init(_ root: Int32) { members = [root] }

  /// Takes a process that is known to be in it, though its parents may have ended before they were seen.
  ///
  /// - Returns: whether that is new.
  public mutating func add(_ process: Int32) -> Bool { members.insert(process).inserted }

  /// Whether a process was seen in it.
  public func contains(_ process: Int32) -> Bool { members.contains(process) }

  /// Looks which processes there are now.
  public mutating func look() {
    var parents: [Int32: Int32] = [:]
    for process in ProcFolder.processes() { parents[process] = Self.parent(of: process) }
    members.formIntersection(parents.keys)
    var found = members
    while true {
      let children = parents.filter { found.contains($0.value) && !found.contains($0.key) }.map(\.key)
      if children.isEmpty { break }
      found.formUnion(children)
    }
    members = found
  }

  /// The parent's number, which follows the name in parentheses and the state (proc_pid_stat(5)).
  private static func parent(of process: Int32) -> Int32? {
    guard let text = ProcFile.text("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let words = text[text.index(after: end)...].split(separator: " ")
    return words.count > 1 ? Int32(words[1]) : nil
  }
}

/// A process, told apart from a later one with the same number by the time of its start.
public struct ProcessIdentity: Sendable {
  /// Its number.
  public let process: Int32
  private let start: Substring

  /// The process that has a number now; `nil` where none has.
  public init?(_ process: Int32) {
    guard let start = Self.start(of: process) else { return nil }
    self.process = process
    self.start = start
  }

  /// Its name, of at most 15 octets (/proc/PID/comm): any program may call itself anything.
  public var name: String {
    String((ProcFile.text("/proc/\(process)/comm") ?? "program").prefix { $0 != "\n" })
  }

  /// Whether it has not ended; one whose parent has not taken note of its end has.
  public var isAlive: Bool { Self.start(of: process) == start }

  /// Its 22nd field, starttime; the third is its state (proc_pid_stat(5)).
  private static func start(of process: Int32) -> Substring? {
    guard let text = ProcFile.text("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let words = text[text.index(after: end)...].split(separator: " ")
    return words.count > 19 && words[0] != "Z" ? words[19] : nil
  }
}
