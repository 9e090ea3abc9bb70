import Foundation
import Testing

@testable import SystemCalls

/// Who runs this, and as whom it may go on.
///
/// What the kernel lets it do is tried with the built program: PrivilegeTests.
@Suite struct UsersTests {
  @Test("An account is known by its name, with its number and its first group")
  func accounts() throws {
    let root = try #require(Account(named: "root"))
    #expect(root.user == 0 && root.group == 0)
    #expect(Account(named: "no-such-user-here") == nil)
    #expect(Account(user: 0, group: 0) == root)
    #expect(Account(user: 0, group: 54_321) == nil, "it is in no such group")
  }

  @Test("A plain user goes on as himself, and as nobody else", .enabled(if: geteuid() != 0, "this is root"))
  func plainUser() throws {
    let users = try Users()
    #expect(users.caller == nil && users.reader == nil)
    let root = try #require(Account(named: "root"))
    #expect(throws: PrivilegeError.self) { try Users(reader: root) }
  }

  @Test("Root reads as somebody else", .enabled(if: geteuid() == 0, "this is not root"))
  func root() throws {
    let nobody = try #require(Account(named: "nobody"))
    let users = try Users(reader: nobody)
    // Root of a user namespace may have nobody to become.
    #expect(users.reader == nobody || UserNamespace.outside(nobody.user) == nil)
  }

  @Test(
    "With the caller's rights a file that only root may read stays shut",
    .enabled(
      if: geteuid() == 0 && ProcessInfo.processInfo.environment["SUDO_UID"] != nil, "sudo did not start this as root"))
  func callersRights() throws {
    let users = try Users()
    let opened = try users.withCallersRights { try? InputFile(path: "/etc/shadow") }
    #expect(opened == nil)
    #expect(geteuid() == 0)
  }

  @Test("Outside of every user namespace each user is himself")
  func namespace() throws {
    let map = try #require(KernelFile.text("/proc/self/uid_map"))
    let isOutside =
      map.split(separator: " ").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } == ["0", "0", "4294967295"]
    if isOutside { #expect(UserNamespace.outside(1234) == 1234) }
    #expect(UserNamespace.outside(geteuid()) != nil)
  }
}
