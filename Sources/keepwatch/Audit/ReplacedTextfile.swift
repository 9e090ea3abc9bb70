import ArgumentParser
import SystemCalls

/// A file of the node exporter's textfile collector, which reads it at any time: it is replaced whole, or not at all.
final class ReplacedTextfile {
  private let path: String
  private let file: ReplacedFile

  /// Prepares to replace `path`, with the rights of the user who called.
  ///
  /// To be called before privileges go, while there is one thread.
  ///
  /// - Throws: the exit status 1, after a message, where its folder cannot be written.
  init(_ path: String, of users: Users) throws {
    self.path = path
    let opened: Result<ReplacedFile, SystemError>
    do throws(PrivilegeError) {
      opened = try users.withCallersRights { Result { () throws(SystemError) in try ReplacedFile(path) } }
    } catch {
      throw stop(error)
    }
    switch opened {
    case .success(let file): self.file = file
    case .failure(let error): throw Self.failure(path, error)
    }
  }

  /// Replaces it by these lines.
  ///
  /// - Throws: the exit status 1, after a message; then the file is what it was.
  func write(_ lines: [String]) throws {
    do throws(SystemError) { try file.replace(by: lines.map { "\($0)\n" }.joined()) } catch {
      throw Self.failure(path, error)
    }
  }

  private static func failure(_ path: String, _ error: SystemError) -> ExitCode {
    complain("\(path) cannot be replaced: \(error.text).")
    return ExitCode(1)
  }
}
