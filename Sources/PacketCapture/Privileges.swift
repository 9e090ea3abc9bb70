import CLinux
import Glibc

/// What opening a capture needs, and nothing after it does.
public enum Privileges {
  /// The user who called sudo, and his group, where this runs as root by it; else `nil`.
  public static var sudoUser: (user: uid_t, group: gid_t)? {
    guard geteuid() == 0, let user = number("SUDO_UID"), let group = number("SUDO_GID"), user != 0 else { return nil }
    return (user, group)
  }

  /// Gives up root for the user who called sudo, where there is one, and in any case all capabilities.
  ///
  /// What is open stays open: a capture goes on, takes other filters and tells its losses.
  ///
  /// - Throws: `LiveCaptureError` where the kernel refuses.
  public static func giveUp() throws(LiveCaptureError) {
    // In a user namespace that does not know him it fails, and root there is nobody outside.
    if let (user, group) = sudoUser { _ = linux_become(user, group) }
    guard linux_give_up_capabilities() == 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw LiveCaptureError(isPrivilege: false, description: "The privileges cannot be given up: \(reason).")
    }
  }

  private static func number(_ name: String) -> UInt32? {
    guard let value = unsafe getenv(name) else { return nil }
    return UInt32(unsafe String(cString: value))
  }
}
