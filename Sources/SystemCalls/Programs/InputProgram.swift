import CLinux
import Glibc

/// A program whose standard output is this program's standard input.
public final class InputProgram {
  private let identifier: pid_t
  private let errors: Int32
  /// Where signals for it are written, as octets, by who may not send them any more; else -1.
  private var signaller: Int32 = -1

  /// Starts the file at `path`, in a process group of its own: a signal from the terminal is for this program, which ends it.
  ///
  /// - Parameters:
  ///   - path: the program's file.
  ///   - arguments: its command line, without its name.
  /// - Throws: `SystemError` where it cannot be started.
  public init(_ path: String, _ arguments: [String]) throws(SystemError) {
    let output = try Self.pipe()
    let errors = try Self.pipe()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] =
      unsafe ([path] + arguments).map { unsafe strdup(FileName.octets($0)) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let status = unsafe posix_spawn(&child, FileName.octets(path), &actions, &attributes, &words, environ)
    for end in [output[1], errors[1]] { close(end) }
    dup2(output[0], STDIN_FILENO)
    close(output[0])
    _ = fcntl(errors[0], F_SETFL, O_NONBLOCK)
    self.errors = errors[0]
    identifier = child
    guard status == 0 else { throw SystemError("posix_spawn", code: status) }
    // Root becomes another user, who may not signal what root has started.
    if geteuid() == 0 { signaller = linux_start_signaller(child) }
  }

  deinit {
    close(errors)
    if signaller >= 0 { close(signaller) }
  }

  private static func pipe() throws(SystemError) -> [Int32] {
    var ends: [Int32] = [0, 0]
    // The kernel writes two descriptors.
    guard unsafe linux_pipe(&ends) == 0 else { throw SystemError("pipe2") }
    return ends
  }

  /// Sends SIGTERM, and waits until it has ended.
  ///
  /// - Returns: its exit status, 128 + n where signal n ended it, and what it wrote to standard error, as far as a pipe holds it.
  public func end() -> (status: Int32, errors: String) {
    if signaller < 0 { kill(identifier, SIGTERM) } else { _ = Descriptor.write([UInt8(SIGTERM)], to: signaller) }
    var word: Int32 = 0
    while unsafe waitpid(identifier, &word, 0) < 0, errno == EINTR {}
    let text = (try? Descriptor.read(errors, atMost: 1 << 16)) ?? []
    return (exitStatus(word), String(decoding: text, as: UTF8.self))
  }
}
