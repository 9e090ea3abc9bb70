import CLinux
import Glibc

/// This program started again, or another one of keepwatch's, its standard output a pipe.
public final class ChildProcess {
  /// Why it could not be started.
  public typealias Failure = SystemError

  /// F_SETPIPE_SZ (linux/fcntl.h).
  private static let setPipeSize: Int32 = 1031

  private let identifier: pid_t
  /// Where its output is read.
  public let output: Int32
  /// Its standard input, where it takes cues.
  private var input: Int32?
  /// Whether its output has ended.
  public private(set) var isAtEnd = false
  private var unread = ""
  private var isReaped = false

  /// Starts it in a process group of its own: Ctrl-C in the terminal is for the observer, which ends it in order.
  ///
  /// - Parameters:
  ///   - program: its file; `nil`: this program's own.
  ///   - arguments: its command line, without the program's name.
  ///   - takesCues: whether its standard input is a pipe for `cue()`; otherwise it has none.
  /// - Throws: `SystemError`.
  public init(_ program: String? = nil, arguments: [String], takesCues: Bool = false) throws(SystemError) {
    let ends = try Self.pipe()
    let cues = takesCues ? try Self.pipe() : nil
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let cues {
      unsafe posix_spawn_file_actions_adddup2(&actions, cues[0], STDIN_FILENO)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    // What is told at once must not wait for its reader: as much as a pipe may hold (pipe(7), /proc/sys/fs/pipe-max-size).
    if let cues { _ = fcntl(cues[1], Self.setPipeSize, Int32(1 << 20)) }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] =
      unsafe ([program ?? "keepwatch"] + arguments).map { unsafe strdup(FileName.octets($0)) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let path = FileName.octets(program ?? "/proc/self/exe")
    let status = unsafe posix_spawn(&child, path, &actions, &attributes, &words, environ)
    close(ends[1])
    if let cues { close(cues[0]) }
    guard status == 0 else {
      close(ends[0])
      if let cues { close(cues[1]) }
      throw SystemError("posix_spawn", code: status)
    }
    identifier = child
    output = ends[0]
    input = cues?[1]
  }

  /// The two ends of a pipe that programs started meanwhile do not inherit.
  private static func pipe() throws(SystemError) -> [Int32] {
    var ends: [Int32] = [0, 0]
    // The kernel writes two descriptors.
    guard unsafe linux_pipe(&ends) == 0 else { throw SystemError("pipe2") }
    return ends
  }

  deinit {
    kill()
    close(output)
  }

  /// Writes an empty line to its standard input.
  public func cue() { tell("") }

  /// Writes a line to its standard input.
  public func tell(_ words: String) {
    guard let input else { return }
    _ = Descriptor.write("\(words)\n".utf8, to: input)
  }

  /// Waits for a line on standard input, in the process that was started; ends it where its parent has gone.
  public static func awaitCue() {
    if readLine() == nil { exit(0) }
  }

  /// Sends SIGSTOP.
  public func stop() { Glibc.kill(identifier, SIGSTOP) }

  /// The whole lines that it has written since the last call.
  public func readLines() -> [String] {
    while let piece = try? Descriptor.read(output, atMost: 4096) {
      if piece.isEmpty {
        isAtEnd = true
        break
      }
      unread += String(decoding: piece, as: UTF8.self)
    }
    var lines = unread.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    unread = lines.removeLast()
    return lines
  }

  /// Sends SIGKILL, and waits until it is gone.
  public func kill() {
    guard !isReaped else { return }
    // One that waits for its first cue ends by this. It may be root still, as this process is no more.
    if let input { close(input) }
    input = nil
    // One that has begun gives root up at once; then it can be killed.
    while Glibc.kill(identifier, SIGKILL) < 0, errno == EPERM, !hasEnded { usleep(1000) }
    _ = wait()
  }

  /// Whether it is a zombie already, for `wait()`.
  private var hasEnded: Bool {
    var information = unsafe siginfo_t()
    let flags = WEXITED | WNOHANG | WNOWAIT
    return unsafe waitid(P_PID, id_t(identifier), &information, flags) == 0 && information.si_signo == SIGCHLD
  }

  /// Waits until it has ended.
  ///
  /// - Returns: its exit status, or 128 + n where signal n ended it.
  public func wait() -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    isReaped = true
    return exitStatus(status)
  }
}
