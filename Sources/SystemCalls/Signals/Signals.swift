import CLinux
import Glibc

/// What signals do to this program; CLinux's handlers do it (Signals.h).
public enum Signals {
  /// From here on what ends this program puts the terminal back before, and a failing write ends nothing.
  public static func catchThem() { linux_catch_signals() }

  /// From here on the first ending signal is only noted: reading standard input ends soon after it.
  public static func endInOrder() { linux_end_in_order() }

  /// The ending signal that was noted; `nil` before one comes.
  public static var noted: Int32? {
    let number = linux_noted_signal()
    return number == 0 ? nil : number
  }

  /// Ends this program as if no one had caught SIGPIPE: its reader is gone.
  public static func endByBrokenPipe() -> Never { linux_end_by_signal(SIGPIPE) }

  /// Ends this program by the signal that was noted, or as Ctrl-C does.
  public static func endByNoted() -> Never { linux_end_by_signal(noted ?? SIGINT) }

  /// Whether a program's exit status, as a shell tells it, is that of one ended by Ctrl-C or a plain kill.
  public static func isEnding(status: Int32) -> Bool { status == 128 + SIGINT || status == 128 + SIGTERM }

  /// The kernel ends this program (SIGKILL) when its parent ends; with another user it forgets that (prctl(2)).
  public static func dieWithParent() { linux_die_with_parent() }
}
