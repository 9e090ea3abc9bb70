import Glibc

/// A user of this host, as whom a process can run.
public struct Account: Sendable, Equatable {
  /// The user's name.
  public let name: String
  /// The user's number.
  public let user: uid_t
  /// The number of a group that the user is in.
  public let group: gid_t

  init(name: String, user: uid_t, group: gid_t) {
    self.name = name
    self.user = user
    self.group = group
  }

  /// The user called `name`, with the first of the user's groups; `nil` where there is none.
  public init?(named name: String) {
    guard let entry = unsafe getpwnam(name)?.pointee else { return nil }
    self.init(name: name, user: unsafe entry.pw_uid, group: unsafe entry.pw_gid)
  }

  /// The user of a number; `nil` where there is none, or where that user is not in `group`.
  init?(user: uid_t, group: gid_t) {
    guard let entry = unsafe getpwuid(user)?.pointee, let text = unsafe entry.pw_name else { return nil }
    let name = unsafe String(cString: text)
    guard Self.groups(of: name, unsafe entry.pw_gid).contains(group) else { return nil }
    self.init(name: name, user: user, group: group)
  }

  private static func groups(of name: String, _ first: gid_t) -> [gid_t] {
    // NGROUPS_MAX (limits.h).
    var groups = [gid_t](repeating: first, count: 65_536)
    var count = Int32(groups.count)
    // The C library writes at most `count` groups into the array.
    guard unsafe getgrouplist(name, first, &groups, &count) >= 0 else { return [first] }
    return Array(groups.prefix(Int(count)))
  }
}
