import ApplicationLog
import ArgumentParser
import PacketCapture
import Presenting
import SystemCalls

/// A program that `keepwatch run` starts, under strace where that can be had.
final class WatchedProgram {
  /// How long strace may take to open its pipe, in nanoseconds.
  private static let longestStart: Int64 = 30_000_000_000

  /// What strace writes, where it traces.
  private(set) var logs: [ApplicationLogFile] = []
  /// The exit status, once it has ended: its own, or 128 + n where signal n ended it.
  var status: Int32? { process?.status }

  private let command: [String]
  private let path: String
  private let users: Users
  private var tracer: [String] = []
  /// Where the pipe lies that strace writes into, until strace has opened it.
  private var folder: String?
  private var process: StartedProgram?
  /// Where what strace writes is saved.
  private var saved: OpenedOutput?

  /// Finds the program and strace; nothing is started yet.
  ///
  /// - Throws: the exit statuses 126 and 127, after a message, where there is no such program.
  init(_ command: [String], users: Users, saving calls: OpenedOutput?) throws {
    self.command = command
    guard let path = ProgramSearch.file(of: command[0]) else {
      complain("\(command[0]) was not found.")
      throw ExitCode(127)
    }
    if let error = FileSystem.refusesToRun(path) {
      complain("\(path) may not be run: \(error.text).")
      throw ExitCode(126)
    }
    self.path = path
    self.users = users
    try prepareTracer(calls)
  }

  deinit { removePipe() }

  // MARK: strace

  /// Makes ready for strace: a named pipe, from which what it writes is copied to where it is to be saved.
  private func prepareTracer(_ saved: OpenedOutput?) throws {
    guard let strace = ProgramSearch.file(of: "strace") else {
      return complain(
        "strace is not installed, so the program's calls cannot be shown, only its packets. On Debian and Ubuntu: sudo apt "
          + "install strace")
    }
    let words = [strace, "-D", "-f", "-q", "-ttt", "-T", "-yy", "-s", "64", "-e", "trace=" + StraceLog.tracedCalls]
    guard canTrace(words) else {
      return complain(
        "strace may not trace here (ptrace is restricted: kernel.yama.ptrace_scope, or a container), so the program's calls "
          + "cannot be shown, only its packets.")
    }
    let log = try makePipe()
    if let saved { log.copy(to: saved.begin()) }
    self.saved = saved
    logs = [log]
    tracer = words + ["-o", log.path, "--"]
  }

  /// Makes a named pipe that only the program's user, and root, can open: made and opened with that user's rights, so that
  /// whatever somebody puts in its place is opened with no more than those.
  private func makePipe() throws -> ApplicationLogFile {
    let temporary = environmentVariable("TMPDIR") ?? "/tmp"
    let made: Result<ApplicationLogFile, PipeFailure>
    do throws(PrivilegeError) {
      made = try users.withCallersRights {
        let folder: String
        do throws(SystemError) { folder = try FileSystem.makeTemporaryFolder(in: temporary) } catch {
          return .failure(PipeFailure("No folder can be made in \(temporary): \(error.text)."))
        }
        self.folder = folder
        do throws(SystemError) { try FileSystem.makePipe(folder + "/calls") } catch {
          return .failure(PipeFailure("No pipe can be made in \(folder): \(error.text)."))
        }
        do throws(ApplicationLogFile.Failure) {
          return .success(try ApplicationLogFile(path: folder + "/calls", format: .strace))
        } catch {
          return .failure(PipeFailure(error.description))
        }
      }
    } catch {
      throw stop(error)
    }
    switch made {
    case .success(let log): return log
    case .failure(let failure):
      complain(failure.description)
      throw ExitCode(125)
    }
  }

  private func removePipe() {
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

  private func canTrace(_ words: [String]) -> Bool {
    guard let nothing = ProgramSearch.file(of: "true") else { return false }
    let trial = try? StartedProgram(words[0], words + ["-o", "/dev/null", "--", nothing], as: users.caller)
    return trial?.succeeds() ?? false
  }

  // MARK: The process

  /// Starts the program.
  ///
  /// - Throws: the exit status 126, after a message, where that fails.
  func start() throws {
    let process: StartedProgram
    do throws(SystemError) {
      process = try StartedProgram(tracer.first ?? path, tracer + command, as: users.caller)
    } catch {
      complain("\(path) could not be started: \(error.text).")
      throw ExitCode(126)
    }
    self.process = process
    // Under root the program may be root's, and this process somebody else's from now on.
    process.passSignals(goesOnAsAnother: users.reader.map { $0.user != users.caller?.user } ?? false)
    if tracer.isEmpty { return }
    // Nobody needs the pipe's name any more once strace has opened it, and root's could not be removed later.
    let deadline = currentTime() + Self.longestStart
    var isOpen = false
    while !isOpen, status == nil, currentTime() < deadline {
      pause(milliseconds: 1)
      isOpen = logs.allSatisfy(\.hasWriter)
      poll()
    }
    if isOpen || status != nil { removePipe() }
  }

  /// Looks whether it has ended.
  func poll() { process?.poll() }
}
