import ArgumentParser
import SystemCalls

extension Users {
  /// The users of this run, and as whom it reads where -Z names one.
  ///
  /// - Throws: a mistake of the command line where -Z names nobody, or root; the exit status 77, after a message, where
  ///   keepwatch cannot go on as the user it should.
  static func running(as name: String? = nil) throws -> Users {
    let reader = try name.map { name in
      guard let account = Account(named: name) else { throw ValidationError("-Z: there is no user '\(name)'.") }
      guard account.user != 0 else { throw ValidationError("-Z takes another user than root, who reads no packets.") }
      return account
    }
    do throws(PrivilegeError) { return try Users(reader: reader) } catch { throw stop(error) }
  }

  /// Goes on as the reader; nothing may be read before.
  ///
  /// - Throws: the exit status 77, after a message, where the kernel refuses.
  func goOn(keepingNetworkAdministration keepsNetwork: Bool = false) throws {
    do throws(PrivilegeError) { try giveUpPrivileges(keepsNetworkAdministration: keepsNetwork) } catch {
      throw stop(error)
    }
  }

  /// As whom a run goes on, for its user; `nil` where that is the user who called.
  var notice: String? { reader.map { "packets are read as user \($0.name), without privileges" } }
}

/// Says why this cannot go on as the user it should.
///
/// - Returns: the exit status for it, 77.
func stop(_ error: PrivilegeError) -> ExitCode {
  complain(error.description)
  return ExitCode(77)
}
