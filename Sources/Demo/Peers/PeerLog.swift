import ApplicationLog
import CLinux
import Glibc

/// Where a demo program tells what it saw: sentences for people, or the lines of an application log.
public struct PeerLog: Sendable {
  /// Which program.
  public let process: String
  /// Whether it writes JSON lines.
  public let isJSON: Bool

  /// A log on standard output.
  public init(process: String, isJSON: Bool) {
    self.process = process
    self.isJSON = isJSON
  }

  /// Tells of a call.
  func note(
    _ call: String, text: String?, result: Int?, error: Int32?, local: String?, remote: String?
  ) {
    let entry = ApplicationCall(
      time: Self.now(), process: process, call: call, text: text, result: result, error: error.map(ErrorName.name),
      local: local, remote: remote)
    write(
      isJSON ? entry.line : Self.clock() + "  " + entry.description + (error.map { ": \(ErrorName.text($0))" } ?? ""))
  }

  /// Tells people something that is no call.
  func say(_ sentence: String) {
    if !isJSON { write(sentence) }
  }

  private func write(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // The kernel reads from the array's storage, at most its length.
    let count = unsafe bytes.withUnsafeBytes { unsafe linux_write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    guard count < bytes.count else { return }
    if errno == EPIPE { linux_end_by_signal(SIGPIPE) }
    let message = Array("keepwatch: standard output cannot be written: \(ErrorName.text(errno)).\n".utf8)
    _ = unsafe message.withUnsafeBytes { unsafe linux_write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
  }

  private static func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func clock() -> String {
    var seconds = time_t(now() / 1_000_000_000)
    var parts = unsafe tm()
    unsafe localtime_r(&seconds, &parts)
    let fields = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec]
    return fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
