import CLinux
import Glibc

/// A network namespace of this process's own: nothing but its own `lo`, and counters that start at 0.
public enum PrivateNetwork {
  /// Why none could be had, in sentences.
  public struct Unavailable: Error, CustomStringConvertible {
    /// What failed and what to do.
    public let description: String
  }

  /// Moves this process into a network namespace of its own, and brings its `lo` up.
  ///
  /// Must be called while the process has one thread: unshare moves only the calling one, and gives EINVAL for a user
  /// namespace. Where it is not root, or root without CAP_SYS_ADMIN, a user namespace goes with it, in which this user
  /// is uid 0 (with another uid, programs it starts would lose their capabilities at exec, user_namespaces(7)).
  ///
  /// - Throws: `Unavailable`; then the process may be in a namespace whose `lo` is down, and should end.
  public static func enter() throws(Unavailable) {
    let user = getuid()
    let group = getgid()
    if geteuid() != 0 || linux_unshare_network(0) != 0 {
      guard linux_unshare_network(1) == 0 else { throw unavailable(errno) }
      do throws(SystemError) {
        try KernelFile.write("deny", to: "/proc/self/setgroups")
        try KernelFile.write("0 \(user) 1", to: "/proc/self/uid_map")
        try KernelFile.write("0 \(group) 1", to: "/proc/self/gid_map")
      } catch {
        throw unavailable(error.code)
      }
    }
    // Some systems let unshare succeed and give no capabilities (AppArmor's restriction of user namespaces).
    guard linux_bring_loopback_up() == 0 else { throw unavailable(errno) }
  }

  /// Takes the `lo` of this process's network namespace down.
  ///
  /// - Returns: whether that succeeded.
  public static func takeLoopbackDown() -> Bool { linux_take_loopback_down() == 0 }

  /// How to get one, as a sentence.
  public static let advice =
    "Run it with sudo, or allow user namespaces (sysctl user.max_user_namespaces, "
    + "kernel.apparmor_restrict_unprivileged_userns)."

  private static func unavailable(_ code: Int32) -> Unavailable {
    let reason =
      switch code {
      case ENOSPC: "the limit user.max_user_namespaces is reached, or 0"
      case EPERM, EACCES: "this system does not let this user have one"
      default: "error \(code)"
      }
    return Unavailable(
      description: "A private network namespace cannot be had: \(reason). \(advice)")
  }
}
