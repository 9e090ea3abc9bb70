import CLinux
import Glibc

/// A program that was started, with this one's standard input, output and error and no other descriptor.
public final class StartedProgram {
  /// The exit status, once it has ended and `poll()` has seen it: its own, or 128 + n where signal n ended it.
  public private(set) var status: Int32?

  /// Its number.
  public let process: pid_t
  /// Where signals for it are written, as octets, when this process may not send them itself; else -1.
  private var signaller: Int32 = -1

  /// Starts the file at `path`, which is not searched for, with the words of its command line.
  ///
  /// - Parameters:
  ///   - path: the program's file.
  ///   - words: its command line, the program's name first.
  ///   - account: as whom it runs; `nil`: as this process.
  /// - Throws: `SystemError` where it cannot be started.
  public init(_ path: String, _ words: [String], as account: Account?) throws(SystemError) {
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup(FileName.octets($0)) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    // The child has a copy of the strings.
    process = unsafe linux_start_program(
      FileName.octets(path), &arguments, account?.user ?? 0, account?.group ?? 0)
    guard process > 0 else { throw SystemError("execv") }
  }

  deinit { if signaller >= 0 { close(signaller) } }

  /// Passes signals on to it from now on that processes send to this one; those of the terminal reach it anyhow.
  ///
  /// - Parameter goesOnAsAnother: whether this process is about to become a user who may not signal it: then another is started
  ///   that may.
  public func passSignals(goesOnAsAnother: Bool) {
    if goesOnAsAnother { signaller = linux_start_signaller(process) }
    linux_pass_signals(process, signaller)
  }

  /// Makes ready to send it signals from now on.
  ///
  /// - Parameter goesOnAsAnother: whether this process is about to become a user who may not signal it.
  public func expectSignals(goesOnAsAnother: Bool) {
    if goesOnAsAnother { signaller = linux_start_signaller(process) }
  }

  /// Sends it SIGINT.
  public func interrupt() {
    guard status == nil else { return }
    if signaller >= 0 {
      _ = Descriptor.write([UInt8(SIGINT)], to: signaller)
    } else {
      kill(process, SIGINT)
    }
  }

  /// Looks whether it has ended.
  public func poll() {
    var word: Int32 = 0
    guard status == nil, unsafe waitpid(process, &word, WNOHANG) == process else { return }
    status = exitStatus(word)
  }

  /// Waits until it has ended.
  ///
  /// - Returns: whether its exit status is 0.
  public func succeeds() -> Bool {
    var word: Int32 = -1
    while unsafe waitpid(process, &word, 0) < 0, errno == EINTR {}
    return word == 0
  }
}

/// The exit status as a shell tells it: the program's own, or 128 + n where signal n ended it (wait(2)).
func exitStatus(_ word: Int32) -> Int32 { word & 0x7f == 0 ? word >> 8 & 0xff : 128 + word & 0x7f }
