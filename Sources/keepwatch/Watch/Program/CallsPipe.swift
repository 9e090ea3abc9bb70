import ApplicationLog
import ArgumentParser
import SystemCalls

/// The named pipe through which strace's lines come.
final class CallsPipe {
  /// How long strace may take to open its pipe, in nanoseconds.
  private static let longestStart: Int64 = 30_000_000_000

  /// What strace writes.
  let log: ApplicationLogFile
  private let users: Users
  /// Where the pipe lies, until strace has opened it.
  private var folder: String?

  /// Makes a named pipe that only the program's user, and root, can open: made and opened with that user's rights, so that
  /// whatever somebody puts in its place is opened with no more than those.
  ///
  /// - Throws: the exit status 125, after a message.
  init(_ users: Users) throws {
    self.users = users
    let made: Result<(ApplicationLogFile, String), PipeFailure>
    do throws(PrivilegeError) { made = try users.withCallersRights(Self.make) } catch { throw stop(error) }
    switch made {
    case .success(let (log, folder)):
      self.log = log
      self.folder = folder
      log.isGrowing = true
    case .failure(let failure):
      complain(failure.description)
      throw ExitCode(125)
    }
  }

  deinit { remove() }

  private static func make() -> Result<(ApplicationLogFile, String), PipeFailure> {
    let temporary = environmentVariable("TMPDIR") ?? "/tmp"
    let folder: String
    do throws(SystemError) { folder = try FileSystem.makeTemporaryFolder(in: temporary) } catch {
      return .failure(PipeFailure("No folder can be made in \(temporary): \(error.text)."))
    }
    do throws(SystemError) { try FileSystem.makePipe(folder + "/calls") } catch {
      FileSystem.removeFolder(folder)
      return .failure(PipeFailure("No pipe can be made in \(folder): \(error.text)."))
    }
    do throws(ApplicationLogFile.Failure) {
      return .success((try ApplicationLogFile(path: folder + "/calls", format: .strace), folder))
    } catch {
      return .failure(PipeFailure(error.description))
    }
  }

  /// Waits until strace has opened it, and removes its name: nobody needs that any more, and root's could not be removed later.
  ///
  /// - Parameter hasEnded: whether nobody will open it any more.
  func awaitWriter(orUntil hasEnded: () -> Bool) {
    let deadline = currentTime() + Self.longestStart
    while !log.hasWriter, currentTime() < deadline {
      if hasEnded() { break }
      pause(milliseconds: 1)
    }
    if log.hasWriter || hasEnded() { remove() }
  }

  private func remove() {
    guard let folder else { return }
    _ = try? users.withCallersRights {
      FileSystem.remove(folder + "/calls")
      FileSystem.removeFolder(folder)
    }
    self.folder = nil
  }

  /// Why no pipe could be made.
  private struct PipeFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }
}
