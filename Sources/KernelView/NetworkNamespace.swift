import CLinux
import Glibc

/// A network namespace: its table of sockets, and what new sockets have there.
public struct NetworkNamespace {
  /// Its number, as lsns(8) shows it.
  public let number: UInt64
  /// Its name below /run/netns; `nil` where it has none.
  public let name: String?
  /// Its sockets.
  public let sockets: SocketTable
  /// Its parameters.
  public let parameters: TCPParameters

  private static let own = "/proc/self/ns/net"
  private static let namedFolder = "/run/netns"

  /// The one that this process is in; `nil` where the kernel does not show its sockets.
  public static func current() -> NetworkNamespace? {
    guard let number = number(of: own) else { return nil }
    return current(number, name: names()[number])
  }

  /// Goes on in the namespace with a name below /run/netns (ip-netns(8)), which takes CAP_SYS_ADMIN.
  ///
  /// - Throws: `KernelRefusal`.
  public static func enter(named name: String) throws(KernelRefusal) {
    guard !name.contains("/"), name != "..", !name.isEmpty else { throw KernelRefusal(code: ENOENT) }
    try enter("\(namedFolder)/\(name)")
  }

  /// Every namespace that a process is in or that has a name, this process's own first; it takes CAP_SYS_ADMIN to read the others.
  ///
  /// - Returns: the namespaces, and how many could not be read.
  /// - Throws: `KernelRefusal` where this process cannot come back into its own.
  public static func all() throws(KernelRefusal) -> (namespaces: [NetworkNamespace], unread: Int) {
    guard let here = number(of: own) else { throw KernelRefusal() }
    let names = names()
    var paths: [(path: String, number: UInt64)] = [(own, here)]
    var seen: Set<UInt64> = [here]
    let named = names.values.sorted().map { "\(namedFolder)/\($0)" }
    for path in ProcFolder.processes().sorted().map({ "/proc/\($0)/ns/net" }) + named {
      if let number = number(of: path), seen.insert(number).inserted { paths.append((path, number)) }
    }
    let home = try open(own)
    defer { close(home) }
    var namespaces: [NetworkNamespace] = []
    for (path, number) in paths {
      do throws(KernelRefusal) { try enter(path) } catch { continue }
      if let namespace = current(number, name: names[number]) { namespaces.append(namespace) }
    }
    guard linux_enter_network(home) == 0 else { throw KernelRefusal() }
    return (namespaces, paths.count - namespaces.count)
  }

  private static func current(_ number: UInt64, name: String?) -> NetworkNamespace? {
    SocketTable().map { NetworkNamespace(number: number, name: name, sockets: $0, parameters: .current()) }
  }

  private static func enter(_ path: String) throws(KernelRefusal) {
    let descriptor = try open(path)
    defer { close(descriptor) }
    guard linux_enter_network(descriptor) == 0 else { throw KernelRefusal() }
  }

  private static func open(_ path: String) throws(KernelRefusal) -> Int32 {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw KernelRefusal() }
    return descriptor
  }

  private static func number(of path: String) -> UInt64? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  private static func names() -> [UInt64: String] {
    var names: [UInt64: String] = [:]
    _ = ProcFolder.forEachEntry(of: namedFolder) { _, name in
      if !name.hasPrefix("."), let number = number(of: "\(namedFolder)/\(name)") { names[number] = name }
    }
    return names
  }
}

/// What a network namespace's new sockets have, where their program says nothing else (ip-sysctl).
public struct TCPParameters: Sendable, Equatable {
  /// tcp_keepalive_time, in seconds.
  public var idle = 7200.0
  /// tcp_keepalive_intvl, in seconds.
  public var interval = 75.0
  /// tcp_keepalive_probes.
  public var count = 9
  /// tcp_retries2: how long unacknowledged data is sent again, as a number of retransmissions.
  public var retries = 15
  /// tcp_rto_max_ms, from Linux 6.15 on: the longest retransmission timeout, in seconds.
  public var longestTimeout = 120.0

  /// Linux' defaults.
  public init() {}

  /// Those of the namespace that this process is in; what cannot be read is Linux' default.
  static func current() -> TCPParameters {
    var parameters = TCPParameters()
    let read = { (name: String) in
      ProcFile.text("/proc/sys/net/ipv4/\(name)").flatMap { Int($0.prefix { !$0.isWhitespace }) }
    }
    if let value = read("tcp_keepalive_time") { parameters.idle = Double(value) }
    if let value = read("tcp_keepalive_intvl") { parameters.interval = Double(value) }
    if let value = read("tcp_keepalive_probes") { parameters.count = value }
    if let value = read("tcp_retries2") { parameters.retries = value }
    if let value = read("tcp_rto_max_ms") { parameters.longestTimeout = Double(value) / 1000 }
    return parameters
  }
}
