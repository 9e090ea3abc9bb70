import CLinux
import Glibc

/// Why this cannot go on as the user it should; nothing has been read.
public struct PrivilegeError: Error, CustomStringConvertible {
  /// What is wrong and what to do, in sentences.
  public let description: String
}

/// On whose behalf keepwatch runs, and as whom it reads what strangers have sent.
public struct Users: Sendable {
  /// The user who called, where that is not this process's own user: the one who called sudo.
  ///
  /// Programs run as this user, and outputs are opened with this user's rights.
  public let caller: Account?
  /// The user as whom packets and files are read, where that is not this process's own user.
  public let reader: Account?

  /// Users of their own for the reader, the first that exists.
  private static let ownUsers = ["_keepwatch", "nobody"]

  /// The users of this process.
  ///
  /// - Parameter reader: as whom to read; `nil`: where this is root, as the user who called sudo, else as a user that owns
  ///   nothing.
  /// - Throws: `PrivilegeError` where that is nobody, or cannot be told.
  public init(reader: Account? = nil) throws(PrivilegeError) {
    guard getuid() == geteuid(), getgid() == getegid() else {
      throw PrivilegeError(
        description:
          "keepwatch is not made to be set-user-ID or set-group-ID. Take that off, and give it the one privilege that "
          + "it needs: sudo setcap cap_net_raw=ep FILE.")
    }
    guard geteuid() == 0 else {
      guard reader.map({ $0.user == geteuid() }) ?? true else {
        throw PrivilegeError(description: "Only root can go on as another user: leave -Z away.")
      }
      (caller, self.reader) = (nil, nil)
      return
    }
    let sudoCaller = try Self.sudoCaller()
    guard let wanted = reader ?? sudoCaller ?? Self.ownUsers.lazy.compactMap(Account.init(named:)).first else {
      throw PrivilegeError(
        description: "Root does not read packets, and there is no user "
          + "'\(Self.ownUsers.joined(separator: "' nor '"))' to go on as. Name one: -Z USER.")
    }
    // Root of a user namespace without other users is a plain user outside, and has nothing to become.
    let isPlainUser = UserNamespace.outside(0) != 0 && UserNamespace.outside(wanted.user) == nil
    caller = isPlainUser ? nil : sudoCaller
    self.reader = isPlainUser ? nil : wanted
  }

  /// The user who called sudo; `nil` where this was not started by sudo, or by root's.
  private static func sudoCaller() throws(PrivilegeError) -> Account? {
    let texts = (environmentVariable("SUDO_UID"), environmentVariable("SUDO_GID"))
    guard texts.0 != nil || texts.1 != nil else { return nil }
    if let user = texts.0.flatMap({ uid_t($0) }), let group = texts.1.flatMap({ gid_t($0) }) {
      if user == 0 { return nil }
      if let account = Account(user: user, group: group) { return account }
    }
    throw PrivilegeError(
      description:
        "SUDO_UID (\(texts.0 ?? "not set")) and SUDO_GID (\(texts.1 ?? "not set")) are not a user of this host "
        + "and a group of that user's, so it is not known who called sudo. Start keepwatch by sudo again, or unset both."
    )
  }

  /// Opens, makes or removes files with the caller's rights, and no more; once privileges have gone, with one's own.
  ///
  /// - Throws: `PrivilegeError` where the kernel does not let root do that; then nothing was done.
  public func withCallersRights<Result>(_ body: () -> Result) throws(PrivilegeError) -> Result {
    try Self.acting(as: caller, body)
  }

  /// Looks at files with the rights of the user as whom this will go on; once it has, with one's own.
  ///
  /// - Throws: `PrivilegeError` where the kernel does not let root do that; then nothing was done.
  public func withReadersRights<Result>(_ body: () -> Result) throws(PrivilegeError) -> Result {
    try Self.acting(as: reader, body)
  }

  private static func acting<Result>(as account: Account?, _ body: () -> Result) throws(PrivilegeError) -> Result {
    guard let account, geteuid() == 0 else { return body() }
    let isOther = linux_act_as(account.user, account.group) == 0
    let code = errno
    defer { linux_act_as_oneself() }
    guard isOther else { throw refused("become \(account.name) to open files", code) }
    return body()
  }

  /// Goes on as the reader, for good and without any capability; what is open stays open.
  ///
  /// To be called while this process has one thread. A capture goes on, takes other filters and tells its losses.
  ///
  /// - Parameter keepsNetworkAdministration: whether CAP_NET_ADMIN stays: for a process that reads nothing.
  /// - Throws: `PrivilegeError` where the kernel refuses; nothing may be read then.
  public func giveUpPrivileges(keepsNetworkAdministration: Bool = false) throws(PrivilegeError) {
    guard reader != nil || linux_has_capabilities() != 0 else { return }
    let user = reader?.user ?? geteuid()
    let group = reader?.group ?? getegid()
    let kept: UInt64 = keepsNetworkAdministration ? UInt64(LINUX_NETWORK_ADMINISTRATION) : 0
    guard linux_give_up_privileges(user, group, kept) == 0 else {
      throw Self.refused("go on as \(reader?.name ?? "user \(user)") without privileges", errno)
    }
  }

  private static func refused(_ what: String, _ code: Int32) -> PrivilegeError {
    return PrivilegeError(
      description:
        "keepwatch cannot \(what): \(ErrorName.text(code)). Root needs CAP_SETUID and CAP_SETGID for that; or run keepwatch "
        + "as a plain user, with CAP_NET_RAW.")
  }
}
